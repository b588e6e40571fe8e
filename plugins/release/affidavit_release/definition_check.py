"""Hold the bundles of a release against the definition of the service, in every environment."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from affidavit_release.errors import Reason, ReleaseRefusedError
from affidavit_release.gates import MANIFEST
from affidavit_service.agreement import differences
from affidavit_service.read import read_service


def check_definition(
    files: Mapping[str, bytes], path: Path, environments: Collection[str], apart: Collection[str]
) -> None:
    """Refuse a release that is not the service: one zip is promoted, so it has to fit everywhere.

    `apart` are bundles that are no functions of the definition: the sealer's and
    the harness's, which Terraform deploys.

    Raises:
        ReleaseRefusedError: A bundle is missing, is no function's, or does not fit one.
        ServiceError: The definition is wrong.

    """
    held = {
        name.removesuffix(MANIFEST): json.loads(data)
        for name, data in files.items()
        if name.endswith(MANIFEST) and name.removesuffix(MANIFEST) not in apart
    }
    for environment in environments:
        service = read_service(path, environment)
        for name in sorted(service.functions.keys() ^ held.keys()):
            why = "it has no bundle" if name in service.functions else "the definition has no such"
            raise _bad(name, f"{why} function" if name in held else why)
        for name, manifest in sorted(held.items()):
            for one in differences(service, name, manifest):
                raise _bad(
                    name,
                    f"in {environment} {one.what} is {one.function} by the definition, "
                    f"and {one.bundle} in the bundle",
                )


def _bad(name: str, why: str) -> ReleaseRefusedError:
    return ReleaseRefusedError(
        Reason.BUNDLE_BAD,
        f"{name} is not what the service's definition says",
        why=why,
        fix="affidavit bundle make --service FILE --to the folder of build.bundles",
    )
