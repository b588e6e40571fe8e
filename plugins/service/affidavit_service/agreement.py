"""Hold the manifest of a bundle against the function that is to run it, before any byte moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from affidavit_service.errors import ServiceError
from affidavit_service.service_model import Function

LAMBDA_SETS: Final = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "LANG", "PATH"),
        *("TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "HOME"),
    }
)
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, beside AWS_…"""

SCHEMES: Final = {"oracle": "oracle", "dynamodb": "dynamodb", "sqlite": "sqlite"}
"""Sources by the scheme of their URL, and the plugin that opens them."""


class Difference(NamedTuple):
    """One thing that a bundle and its function do not agree on."""

    what: str
    bundle: str
    function: str


def differences(
    function: Function, manifest: Mapping[str, Any], policy: str | None = None
) -> list[Difference]:
    """Return what the manifest says and the function does not; nothing if they agree."""
    return list(_differences(function, manifest, policy))


def refuse_differences(
    name: str, function: Function, manifest: Mapping[str, Any], policy: str | None = None
) -> None:
    """Raise for the first difference.

    Raises:
        ServiceError: The bundle is not for this function.

    """
    for one in _differences(function, manifest, policy):
        raise ServiceError(
            f"the bundle is not for the function {name}",
            why=f"{one.what}: the bundle has {one.bundle}, the function has {one.function}",
            fix="Make the bundle from the definition: affidavit bundle make --service FILE",
        )


def deployed_differences(
    manifest: Mapping[str, Any], config: Mapping[str, Any]
) -> list[Difference]:
    """Return where a manifest and a function that is there differ, as Lambda describes it.

    What the manifest does not say is not compared; a bundle of affidavit's says all of it.
    """
    architectures = config.get("Architectures") or ["x86_64"]
    have = {
        "handler": config.get("Handler"),
        "runtime": config.get("Runtime"),
        "architecture": architectures[0],
    }
    found = [
        Difference(what, str(manifest[what]), str(held))
        for what, held in have.items()
        if manifest.get(what) and held and str(manifest[what]) != str(held)
    ]
    variables = set((config.get("Environment") or {}).get("Variables") or {})
    return found + list(_unset(manifest, variables))


def _unset(manifest: Mapping[str, Any], have: AbstractSet[str]) -> Iterator[Difference]:
    needed = (manifest.get("variables") or {}).get("needed") or ()
    for variable in sorted(map(str, needed)):
        lambdas = variable.startswith("AWS_") or variable in LAMBDA_SETS
        if variable not in have and not lambdas:
            yield Difference(f"variable {variable}", "code that reads it", "no such variable")


def _differences(
    function: Function, manifest: Mapping[str, Any], policy: str | None
) -> Iterator[Difference]:
    said = {
        "handler": function.handler.replace(":", "."),
        "runtime": function.runtime,
        "architecture": function.architecture,
    }
    for what, wanted in said.items():
        held = str(manifest.get(what))
        if held != wanted:
            yield Difference(what, held, wanted)
    plugins = set(map(str, manifest.get("plugins") or ()))
    if plugins != set(function.plugins):
        told = [", ".join(sorted(one)) or "none" for one in (plugins, set(function.plugins))]
        yield Difference("plugins", *told)
    for source, url in sorted(function.sources.items()):
        plugin = SCHEMES.get(url.partition(":")[0])
        if plugin is not None and plugin not in plugins:
            yield Difference(f"source {source}", f"no plugin {plugin}", f"a source of {plugin}")
    affidavits = {
        str(one)
        for one in (manifest.get("variables") or {}).get("needed") or ()
        if str(one).startswith("AFFIDAVIT_")
    }
    yield from _unset(manifest, {*function.variables, *function.secrets, *affidavits})
    held_policy = manifest.get("policy")
    if policy is not None and isinstance(held_policy, dict) and held_policy.get("label"):
        label = str(held_policy["label"]).partition(" ")[0].partition("@")[0]
        if not policy.endswith((".yaml", ".json")) and label != policy:
            yield Difference("policy", label, policy)
