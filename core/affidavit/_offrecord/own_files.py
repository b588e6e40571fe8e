"""Tell which files are the function's own: its code, its interpreter, its temporary folder.

What lies elsewhere, on a mounted file system for example, may be somebody's data.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Final

_PLATFORM: Final = (
    "/dev/", "/etc/ca-certificates", "/etc/crypto-policies", "/etc/ld.so.", "/etc/pki",
    "/etc/ssl", "/lib", "/proc/cpuinfo", "/proc/meminfo",
    "/proc/mounts", "/proc/self", "/proc/stat", "/proc/sys", "/proc/version", "/sys/",
    "/usr/include", "/usr/lib", "/usr/share/ca-certificates", "/usr/share/locale",
    "/usr/share/zoneinfo", "/var/lang", "/var/runtime",
)  # fmt: skip
_CONFIGURATION: Final = frozenset({
    "/etc/debian_version", "/etc/gai.conf", "/etc/host.conf", "/etc/hosts", "/etc/localtime",
    "/etc/lsb-release", "/etc/machine-id", "/etc/mime.types", "/etc/nsswitch.conf",
    "/etc/os-release", "/etc/protocols", "/etc/resolv.conf", "/etc/services", "/etc/timezone",
})  # fmt: skip
_NAMES_FILES: Final = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE")
_NAMES_FOLDERS: Final = ("LAMBDA_TASK_ROOT", "TMPDIR", "TEMP", "TMP")


class OwnFiles:
    """The places whose files are the function's own."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        home = environ.get("HOME", "")
        folders = [environ[name] for name in _NAMES_FOLDERS if environ.get(name)]
        folders += [sys.prefix, sys.base_prefix, sys.exec_prefix, "/tmp", absolute(".")]  # noqa: S108
        folders += [f"{home}/.aws", f"{home}/.cache"] if home else []
        self._fixed = (*_PLATFORM, *(_folder(path) for path in folders))
        self._files = _CONFIGURATION | {environ[name] for name in _NAMES_FILES if name in environ}
        self._paths = 0
        self._roots: tuple[str, ...] = ()

    def has(self, path: str) -> bool:
        """Tell whether an absolute path leads to a file of the function's own."""
        if len(sys.path) != self._paths:
            self._paths = len(sys.path)
            given = map(_folder, sys.path)
            self._roots = (*self._fixed, *(one for one in given if one != "/"))
        return path.startswith(self._roots) or f"{path}/" in self._roots or path in self._files


def absolute(path: object) -> str:
    """Return a path from the root, without dots; empty if `path` is none."""
    if path is None or isinstance(path, int):
        return ""
    text = os.fsdecode(path)  # type: ignore[arg-type]
    # Not `Path`: it costs ten times as much, and links are not followed on purpose.
    return os.path.abspath(text) if text else ""  # noqa: PTH100


def _folder(path: str) -> str:
    return absolute(path).rstrip("/") + "/"
