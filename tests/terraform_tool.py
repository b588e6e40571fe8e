"""Terraform for tests: where it is, where its providers are, and how it is run.

Nothing here belongs to one machine. Providers come from where the user's own
configuration says; without one, from a mirror on this machine if there is one
(`AFFIDAVIT_TEST_TF_MIRROR` names it, or it lies in a usual place), and otherwise
from the ordinary registry.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
HCL: Final = ROOT / "terraform"
BUILD: Final = ROOT / "build" / "terraform"

MISSING: Final = (
    "terraform not found, install version 1.9 or newer: "
    "https://developer.hashicorp.com/terraform/install"
)
PROVIDER: Final = Path("hashicorp") / "aws"

_PSEUDO: Final = {"boot", "dev", "lost+found", "proc", "run", "sys", "tmp"}
_LINES: Final = 40


class TerraformError(RuntimeError):
    """A command of Terraform failed. The text ends with what it printed last."""


def find_terraform() -> str | None:
    """Return the program's path, or None."""
    return shutil.which("terraform")


def need_terraform(environ: Mapping[str, str]) -> str:
    """Return the program's path, or skip the test and say what to install.

    Where `CI` is `true` Terraform has to be there: a gate that nobody passes
    through is open.
    """
    found = shutil.which("terraform", path=environ.get("PATH"))
    if found is not None:
        return found
    if environ.get("CI") == "true":
        pytest.fail(MISSING)
    pytest.skip(MISSING)


def modules() -> list[Path]:
    """Return the root module and every module below it."""
    return [HCL, *sorted(path.parent for path in HCL.glob("modules/*/main.tf"))]


class Terraform(NamedTuple):
    """One folder of HCL with a working directory of its own, so that many run side by side.

    `data` takes what `init` fetches; `state` is the state's file.
    """

    folder: Path
    data: Path
    state: Path
    environ: Mapping[str, str] = {}

    def init(self) -> None:
        """Fetch providers and modules."""
        self.data.mkdir(parents=True, exist_ok=True)
        backend = [f"-backend-config=path={self.state}"] if _has_backend(self.folder) else []
        self.run("init", "-input=false", "-reconfigure", *backend, timeout_s=300)

    def plan(self, *options: str) -> dict[str, Any]:
        """Return a plan as JSON."""
        file = self.data / "plan.bin"
        self.run("plan", "-input=false", "-lock=false", f"-out={file}", *options)
        shown: dict[str, Any] = json.loads(self.run("show", "-json", str(file)).stdout)
        return shown

    def changes(self, *options: str) -> list[str]:
        """Return the addresses that a plan would change now; empty if nothing has drifted."""
        return changed(self.plan(*options))

    def apply(self, *options: str) -> dict[str, Any]:
        """Make it so; return the outputs."""
        command = ("apply", "-input=false", "-auto-approve", "-parallelism=20", *options)
        self.run(*command, timeout_s=1200)
        return self.outputs()

    def outputs(self) -> dict[str, Any]:
        """Return the outputs by name."""
        told = json.loads(self.run("output", "-json").stdout)
        return {name: one["value"] for name, one in told.items()}

    def destroy(self, *options: str) -> None:
        """Remove everything that is in the state."""
        self.run("destroy", "-input=false", "-auto-approve", "-parallelism=20", *options)

    def leftovers(self) -> list[str]:
        """Return the addresses that are in the state still."""
        return self.run("state", "list").stdout.split() if self.state.exists() else []

    def run(
        self, *arguments: str, timeout_s: float = 600, good: tuple[int, ...] = (0,)
    ) -> subprocess.CompletedProcess[str]:
        """Run one command.

        Raises:
            TerraformError: It failed, or there is no Terraform.

        """
        program = find_terraform()
        if program is None:
            raise TerraformError(MISSING)
        environ = {**_clean(os.environ), **self.environ, "TF_DATA_DIR": str(self.data)}
        environ.update(CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1", NO_COLOR="1")
        environ.setdefault("TF_CLI_CONFIG_FILE", str(cli_config(os.environ)))
        command = [program, f"-chdir={self.folder}", *arguments]
        if arguments[0] not in {"output", "show", "state"}:
            command.append("-no-color")
        done = subprocess.run(
            command, env=environ, capture_output=True, text=True, timeout=timeout_s, check=False
        )
        if done.returncode not in good:
            told = (done.stdout + done.stderr).strip().splitlines()[-_LINES:]
            raise TerraformError(f"terraform {arguments[0]} failed\n" + "\n".join(told))
        return done


_CALM: Final = (["no-op"], ["read"])


def changed(plan: Mapping[str, Any]) -> list[str]:
    """Return the addresses that a plan would change."""
    planned = plan.get("resource_changes", [])
    return [one["address"] for one in planned if one["change"]["actions"] not in _CALM]


def cli_config(environ: Mapping[str, str], build: Path = BUILD) -> Path:
    """Return the configuration to run with: the user's own if there is one, or one of ours."""
    own = Path(environ.get("TF_CLI_CONFIG_FILE") or Path.home() / ".terraformrc")
    if own.is_file():
        return own
    mirror = find_mirror(environ)
    lines = ["disable_checkpoint = true"]
    if mirror is not None:
        lines += [
            "provider_installation {",
            "  filesystem_mirror {",
            f"    path    = {json.dumps(str(mirror))}",
            f'    include = ["{PROVIDER.as_posix()}"]',
            "  }",
            "  direct {",
            f'    exclude = ["{PROVIDER.as_posix()}"]',
            "  }",
            "}",
        ]
    build.mkdir(parents=True, exist_ok=True)
    path = build / "terraform.rc"
    text = "\n".join(lines) + "\n"
    if not path.is_file() or path.read_text() != text:
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(text)
        fresh.replace(path)
    return path


def find_mirror(environ: Mapping[str, str]) -> Path | None:
    """Return a folder with the provider in the layout of a filesystem mirror, or None."""
    said = environ.get("AFFIDAVIT_TEST_TF_MIRROR")
    if said:
        return Path(said)
    for folder in _places(environ):
        if any(_is_provider(found) for found in folder.glob(f"*.*/{PROVIDER.as_posix()}")):
            return folder
    return None


def _places(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield folders that may be a mirror, likely ones first."""
    if cache := environ.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(cache)
    homes = [Path.home()]
    if config := environ.get("TF_CLI_CONFIG_FILE"):
        homes.append(Path(config).parent)
    for home in homes:
        yield home
        yield from (home / ".terraform.d" / name for name in ("plugins", "plugin-cache"))
        yield home / ".local" / "share" / "terraform" / "plugins"
    for top in sorted(Path("/").iterdir()):
        if top.is_dir() and not top.is_symlink() and top.name not in _PSEUDO:
            yield from _folders(top)


def _folders(top: Path) -> Iterator[Path]:
    try:
        yield from sorted(path for path in top.iterdir() if path.is_dir())
    except OSError:
        return


def _is_provider(folder: Path) -> bool:
    """Tell whether a folder holds a version that the modules take: 5.100 or newer, before 7."""
    versions = (re.fullmatch(r"([56])\.(\d+)\.\d+", path.name) for path in folder.iterdir())
    found = ((int(one.group(1)), int(one.group(2))) for one in versions if one)
    return any(version >= (5, 100) for version in found)


def _clean(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what would lead a test elsewhere."""
    return {name: value for name, value in environ.items() if not name.startswith(("AWS_", "TF_"))}


def _has_backend(folder: Path) -> bool:
    return any('backend "' in path.read_text("utf-8") for path in folder.glob("*.tf"))


def asked_for(arguments: Sequence[str], folder: Path, *also: Path) -> bool:
    """Tell whether pytest was called with something in this folder, or with one of `also`.

    What needs minutes does not run with everything else, only by its own name.
    """
    named = [Path(argument.partition("::")[0]).resolve() for argument in arguments]
    return any(path.is_relative_to(folder) or path in also for path in named)
