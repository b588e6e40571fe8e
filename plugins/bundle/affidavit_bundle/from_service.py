"""Bundles as the definition of a service says: nothing of it is said again on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from affidavit_bundle.handler_reference import HandlerReference, read_handler
from affidavit_bundle.make import Made, Order, make_bundles
from affidavit_bundle.policy import read_policy
from affidavit_bundle.requirements import read_needs
from affidavit_bundle.target import check_target
from affidavit_service.agreement import refuse_differences
from affidavit_service.functions import function_of
from affidavit_service.read import Service
from affidavit_service.service_model import Function

FILES = (".txt", ".toml")
"""Endings of what is a file in `requirements`; the rest are distributions."""


def make_service(service: Service, names: Sequence[str], given: Order) -> Iterator[Made]:
    """Make the bundles of some functions, or of all, and hold each against its function.

    Raises:
        BundleError: One cannot be made.
        ServiceError: One is not for its function, and is not kept.

    """
    for name in names or sorted(service.functions):
        function = function_of(service, name)
        handler, order = order_of(service, name, function, given)
        made = make_bundles([handler], order)[0]
        manifest = json.loads(made.path.with_suffix(".manifest.json").read_text("utf-8"))
        try:
            refuse_differences(service, name, manifest)
        except Exception:
            made.path.unlink()
            raise
        yield made


def order_of(
    service: Service, name: str, function: Function, given: Order
) -> tuple[HandlerReference, Order]:
    """Return what is to be made for one function; `given` is what the command line adds."""
    folder, about = service.folder, service.about
    wanted = [*about.requirements, *function.requirements]
    files = [folder / one for one in wanted if one.endswith(FILES)]
    lock = folder / about.lock if about.lock else None
    needs = read_needs(files, (), (), lock)
    plain = [one for one in wanted if not one.endswith(FILES)]
    policy = about.policy
    if policy and (folder / policy).is_file():
        policy = str(folder / policy)
    order = given._replace(
        target=check_target(function.runtime.removeprefix("python"), function.architecture),
        source=folder / about.source,
        plugins=tuple(sorted(function.plugins)),
        requirements=tuple(dict.fromkeys((*needs.requirements, *plain, *given.requirements))),
        includes=(*(folder / one for one in function.include), *given.includes),
        lock=needs.lock if needs.lock.pins or needs.lock.hashes else given.lock,
        policy=read_policy(policy) or given.policy,
        # A secret is not known here, and its name is all that the start needs.
        variables={
            **dict.fromkeys(function.secrets, "secret"),
            **function.variables,
            **given.variables,
        },
    )
    return read_handler(f"{name}={function.handler}"), order
