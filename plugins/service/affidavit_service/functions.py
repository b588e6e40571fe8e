"""Find one function of a service, and what a bundle says of itself."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any, Final

from affidavit_service.errors import ServiceError
from affidavit_service.read import Service
from affidavit_service.service_model import Function

INSIDE: Final = "affidavit-bundle.json"


def function_of(service: Service, name: str) -> Function:
    """Return the function of that name.

    Raises:
        ServiceError: There is none.

    """
    found = service.functions.get(name)
    if found is None:
        raise ServiceError(
            f"the service has no function {name[:40]}",
            why=f"its functions are {', '.join(sorted(service.functions))}",
            fix="Name one of these, or add it to the definition",
        )
    return found


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest from beside a bundle, or from inside a zip.

    Raises:
        ServiceError: There is none.

    """
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                told = json.loads(archive.read(INSIDE))
        else:
            told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        failed = f"reading it raised {type(error).__name__}"
    else:
        if isinstance(told, dict):
            return told
        failed = "it is no JSON object"
    raise ServiceError(
        f"{path.name} has no manifest", why=failed, fix="Make it with affidavit bundle make"
    )
