"""Hold the manifest of a bundle against the function that is to run it, before any byte moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from affidavit_service.errors import ServiceError
from affidavit_service.functions import function_of
from affidavit_service.read import Service
from affidavit_service.service_model import SCHEMES, Function

LAMBDA_SETS: Final = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "LANG", "PATH"),
        *("TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "HOME"),
    }
)
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, beside AWS_…"""

SOURCE: Final = "AFFIDAVIT_SOURCE_"


class Difference(NamedTuple):
    """One thing that a bundle and its function do not agree on."""

    what: str
    bundle: str
    function: str


def differences(service: Service, name: str, manifest: Mapping[str, Any]) -> list[Difference]:
    """Return what the manifest says and the definition does not; nothing if they agree.

    Raises:
        ServiceError: The service has no such function.

    """
    return list(_differences(service, function_of(service, name), manifest))


def refuse_differences(service: Service, name: str, manifest: Mapping[str, Any]) -> None:
    """Raise for the first difference.

    Raises:
        ServiceError: The bundle is not for this function.

    """
    for one in differences(service, name, manifest):
        raise ServiceError(
            f"the bundle is not for the function {name}",
            why=f"{one.what}: the bundle has {one.bundle}, the function has {one.function}",
            fix="Make the bundle from the definition: affidavit bundle make --service FILE",
        )


def deployed_differences(
    manifest: Mapping[str, Any], config: Mapping[str, Any], shared: AbstractSet[str] = frozenset()
) -> list[Difference]:
    """Return where a manifest and a function that is there differ, as Lambda describes it.

    `shared` are variables that other functions of the release have: code that they
    share may read these. What the manifest does not say is not compared; a bundle of
    affidavit's says all of it.
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
    variables = (config.get("Environment") or {}).get("Variables") or {}
    layers = [str(one.get("Arn")) for one in config.get("Layers") or ()]
    found += _layer(manifest, layers)
    return [*found, *_foreign(manifest, variables), *_unset(manifest, set(variables), shared)]


def _foreign(manifest: Mapping[str, Any], variables: Mapping[str, str]) -> Iterator[Difference]:
    """Yield plugins, sources and policy of a deployed function that the bundle is not for."""
    if isinstance(manifest.get("plugins"), list):
        held = set(map(str, manifest["plugins"]))
        wanted = {one.strip() for one in variables.get("AFFIDAVIT_PLUGINS", "").split(",")} - {""}
        if wanted - held:
            yield Difference("plugins", *(", ".join(sorted(one)) for one in (held, wanted)))
        for name, url in sorted(variables.items()):
            plugin = SCHEMES.get(url.partition(":")[0])
            if name.startswith(SOURCE) and plugin is not None and plugin not in held:
                source = name.removeprefix(SOURCE).lower()
                yield Difference(f"source {source}", f"no plugin {plugin}", f"one of {plugin}")
    policy = variables.get("AFFIDAVIT_POLICY")
    if policy is not None:
        yield from _policy(manifest, policy)


def _layer(manifest: Mapping[str, Any], layers: Sequence[str]) -> Iterator[Difference]:
    """Yield the layer that a bundle cannot do without; which contents an ARN has is not known."""
    wanted = manifest.get("layer")
    if isinstance(wanted, dict) and not layers:
        yield Difference("layer", f"code that needs {wanted.get('name')}", "no layer")


def _policy(manifest: Mapping[str, Any], policy: str) -> Iterator[Difference]:
    held = manifest.get("policy")
    if isinstance(held, dict) and held.get("label"):
        label = str(held["label"]).partition(" ")[0].partition("@")[0]
        if not policy.endswith((".yaml", ".json")) and label != policy:
            yield Difference("policy", label, policy)


def _unset(
    manifest: Mapping[str, Any], have: AbstractSet[str], shared: AbstractSet[str]
) -> Iterator[Difference]:
    said = manifest.get("variables") or {}
    needed = {str(one): have for one in said.get("needed") or ()}
    later = {str(one): have | shared for one in said.get("later") or ()}
    for variable, there in sorted({**later, **needed}.items()):
        lambdas = variable.startswith("AWS_") or variable in LAMBDA_SETS
        if variable not in there and not lambdas:
            yield Difference(f"variable {variable}", "code that reads it", "no such variable")


def _differences(
    service: Service, function: Function, manifest: Mapping[str, Any]
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
    yield from _layer(manifest, function.layers)
    plugins = set(map(str, manifest.get("plugins") or ()))
    if plugins != set(function.plugins):
        told = [", ".join(sorted(one)) or "none" for one in (plugins, set(function.plugins))]
        yield Difference("plugins", *told)
    for source, url in sorted(function.sources.items()):
        plugin = SCHEMES.get(url.partition(":")[0])
        if plugin is not None and plugin not in plugins:
            yield Difference(f"source {source}", f"no plugin {plugin}", f"a source of {plugin}")
    said_variables = manifest.get("variables") or {}
    own = {*function.variables, *function.secrets}
    shared = {name for one in service.functions.values() for name in (*one.variables, *one.secrets)}
    for kind in ("needed", "later"):
        names = map(str, said_variables.get(kind) or ())
        own |= {name for name in names if name.startswith("AFFIDAVIT_")}
    yield from _unset(manifest, own, shared)
    if service.about.policy is not None:
        yield from _policy(manifest, service.about.policy)
