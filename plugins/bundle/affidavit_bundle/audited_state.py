"""What a manifest says of its handler's evidence: audited or not, and who is named how."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affidavit_bundle.errors import BundleError
from affidavit_bundle.handler_reference import HandlerReference
from affidavit_bundle.inspection import Inspection
from affidavit_bundle.sources import source_files
from affidavit_bundle.unpack import Distribution

if TYPE_CHECKING:
    from affidavit_bundle.make import Order


def is_own(handler: HandlerReference, source: Path, distributions: Iterable[Distribution]) -> bool:
    """Tell whether a handler comes from affidavit's own wheel, and from no folder of the user's."""
    theirs = next(source_files(source, {handler.top}, handler.top), None) is not None
    ours = any(
        name.startswith(f"{handler.top}/")
        for one in distributions
        if one.name == "affidavit"
        for name in one.files
    )
    return ours and not theirs


def state_of(
    handler: HandlerReference, order: Order, found: Inspection, *, own: bool
) -> dict[str, Any]:
    """Return whether the handler is audited, as which action, and where actor and subject stand.

    It is asked of the handler that the runtime's client has imported. `own` says that
    it does not come from the sources: affidavit's sealer and harness write evidence, or test it,
    and are not audited themselves. Nobody knows of a bundle that was not started here.

    Raises:
        BundleError: It is not audited, and `--unaudited` does not name it.

    """
    if own and handler.top.startswith("affidavit_"):
        return {"state": "own"}
    if found.started is None:
        return {"state": "unknown"}
    if found.started.audited is not None:
        policy = order.variables.get("AFFIDAVIT_POLICY", "")
        if order.policy is not None:
            policy = order.policy.label
        return {"state": "audited", **found.started.audited, "policy": policy}
    if handler.name in order.unaudited:
        return {"state": "unaudited"}
    raise BundleError(
        f"the handler {handler.entry} is not audited",
        why="what it does would leave no evidence",
        fix=f"Decorate it with @audited; or say --unaudited {handler.name}, which the manifest "
        "records, and which no gate of a release lets through",
    )
