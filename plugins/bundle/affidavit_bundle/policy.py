"""The policy in a bundle: compiled, with its digest."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from affidavit.plugin import load_policy, policy_from, shipped_policies
from affidavit_bundle.errors import BundleError

FILE = "policy.json"


class BundledPolicy(NamedTuple):
    """A policy: what AFFIDAVIT_POLICY has to be, and the file's text if it is not shipped."""

    setting: str
    label: str
    digest: str
    text: str = ""


def read_policy(named: str | None) -> BundledPolicy | None:
    """Read a shipped policy by name, or a `.yaml` or compiled `.json` file by path.

    Raises:
        PolicyError: It cannot be compiled, or is stale.
        BundleError: There is no such policy.

    """
    if named is None:
        return None
    path = Path(named)
    if named in shipped_policies():
        held = load_policy(named)
        return BundledPolicy(named, held.label, held.digest)
    if not path.is_file():
        raise BundleError(
            f"there is no policy {path.name}",
            why=f"it is no file, and not one of {', '.join(shipped_policies())}",
            fix="Name one of them, or a YAML file",
        )
    if path.suffix == ".json":
        held = load_policy(named)
        return BundledPolicy(FILE, held.label, held.digest, path.read_text("utf-8"))
    from affidavit_policy.compile import compile_policy, compiled_text  # noqa: PLC0415 - YAML

    document = compile_policy(path).needed()
    held = policy_from(document)
    return BundledPolicy(FILE, held.label, held.digest, compiled_text(document))
