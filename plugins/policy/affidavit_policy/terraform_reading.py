"""What Terraform reads of a policy's file beside its modules, compared with what functions obey.

Terraform reads the YAML by itself, follows no `extends`, and takes what is not
said for the strict choice; functions obey what was compiled into their bundle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from affidavit.plugin import DEFAULT_ENVIRONMENT, EnvironmentProperties, Policy
from affidavit_policy.strict_yaml import NotStrictError, read_yaml

PROPERTIES: Final = EnvironmentProperties._fields


def differences(file: Path, held: Policy) -> Iterator[str]:
    """Yield what Terraform would read otherwise, as sentences without values."""
    try:
        told = read_yaml(file.read_text("utf-8")).value
    except NotStrictError as error:
        yield f"a key or a word has two readings in line {error.problems[0].line}"
        return
    except (OSError, UnicodeDecodeError) as error:
        yield f"reading it raised {type(error).__name__}"
        return
    for path, wanted in _wanted(held):
        said = _at(told, path)
        if (set(said) if isinstance(said, list) else said) != wanted:
            yield f"it does not say {path} as functions obey it"
    believed = {"anonymous", "asserted"} & {one.value for one in held.actor.trust}
    for name in sorted({*(_at(told, "environments") or ()), *held.environments}):
        for one in PROPERTIES:
            if one == "trust_asserted" and not believed:
                continue  # nobody is, whatever the environment says
            if _property(told, name, one) != _held(held, name, one):
                yield f"it does not say environments.{name}.{one} as functions obey it"


def _wanted(held: Policy) -> Iterator[tuple[str, Any]]:
    yield "policy", held.name
    yield "version", held.version
    yield "retention.archive_days", held.retention.archive_days
    yield "actor.trust", {one.value for one in held.actor.trust}


def _property(told: Any, environment: str, name: str) -> Any:
    """Return what Terraform takes: of the environment, or of every one that is not named."""
    found = _at(told, f"environments.{environment}") or _at(
        told, f"environments.{DEFAULT_ENVIRONMENT}"
    )
    strict = EnvironmentProperties._field_defaults.get(name)
    return found.get(name, strict) if isinstance(found, Mapping) else None


def _held(held: Policy, environment: str, name: str) -> Any:
    default = held.environments[DEFAULT_ENVIRONMENT]
    return getattr(held.environments.get(environment, default), name)


def _at(told: Any, path: str) -> Any:
    for name in path.split("."):
        told = told.get(name) if isinstance(told, Mapping) else None
    return told
