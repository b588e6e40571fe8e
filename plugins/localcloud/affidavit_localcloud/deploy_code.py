"""Give a deployed function the code as it is now: its bundle, with the service's own files anew.

Dependencies stay those of the bundle, so that nothing is resolved and an edit is
live in seconds. What changes them, or the function's settings, takes a bundle and
an apply.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from affidavit import SettingsError
from affidavit_service.functions import function_of
from affidavit_service.read import Service

PLACES: Final = ("terraform/affidavit/build/bundles", "build/bundles")
"""Where bundles of a service lie, beside its definition."""


def deploy_code(service: Service, name: str, client: Any) -> str:
    """Deploy the code of a function to the local cloud; return the function's full name.

    Raises:
        ServiceError: There is no such function.
        SettingsError: It has no bundle yet.

    """
    full = f"{service.about.name}-{service.environment}-{name}"
    code = repacked(find_bundle(service, name), service, name)
    made = client.update_function_code(FunctionName=full, ZipFile=code, Publish=True)
    for alias in client.list_aliases(FunctionName=full)["Aliases"]:
        client.update_alias(FunctionName=full, Name=alias["Name"], FunctionVersion=made["Version"])
    return full


def find_bundle(service: Service, name: str) -> Path:
    """Return the bundle that was made for a function.

    Raises:
        SettingsError: There is none.

    """
    function = function_of(service, name)
    file = f"{name}-{function.runtime}-{function.architecture}.zip"
    for place in PLACES:
        path = service.folder / place / file
        if path.is_file():
            return path
    raise SettingsError(
        f"{name} has no bundle yet",
        why=f"there is no {file} in {' or '.join(PLACES)}",
        fix="Make it with affidavit bundle make, and deploy it with Terraform, once",
    )


def repacked(bundle: Path, service: Service, name: str) -> bytes:
    """Return the bundle with the files of the handler's package as they are now."""
    root = (service.folder / service.about.source).resolve()
    top = function_of(service, name).handler.partition(":")[0].partition(".")[0]
    fresh = dict(_files(root, top))
    packed = io.BytesIO()
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            if item.filename.partition("/")[0] not in {top, f"{top}.py"}:
                new.writestr(item, old.read(item), compresslevel=1)
        for path, data in fresh.items():
            new.writestr(path, data)
    return packed.getvalue()


def _files(root: Path, top: str) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a package, or the one of a module."""
    module = root / f"{top}.py"
    if module.is_file():
        yield module.name, module.read_bytes()
    for path in sorted((root / top).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(root).as_posix(), path.read_bytes()
