"""Read a compiled policy: JSON that `affidavit policy compile` wrote.

The YAML file is for people and for Terraform; a function reads the compiled
form, so that no YAML parser ships with it. The compiler has checked it; here
its digest is checked, so that what runs is what was compiled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import EnumMeta
from pathlib import Path
from typing import Any, Final

from affidavit._canonical import canonical_bytes
from affidavit._policy.model import Policy
from affidavit.errors import PolicyError

POLICY_FORMAT: Final = 2
"""Version of the compiled form."""

SHIPPED_POLICIES: Final = Path(__file__).parent / "compiled"
"""Where the compiled policies of this distribution are."""

_COMPILE = "Run `affidavit policy compile` on the YAML file"


def shipped_policies() -> tuple[str, ...]:
    """Return the names of the policies that come with affidavit.

    >>> "hipaa" in shipped_policies()
    True
    """
    return tuple(sorted(path.stem for path in SHIPPED_POLICIES.glob("*.json")))


def load_policy(name: str) -> Policy:
    """Load a shipped policy by name, or a compiled one by path.

    Raises:
        PolicyError: There is no such policy, it was changed after it was
            compiled, or its YAML source was.

    >>> load_policy("hipaa").retention.archive_days
    2192
    """
    path = _find(name)
    try:
        text = path.read_bytes()
        document = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        failed = type(error).__name__
    else:
        _check_source(path, document)
        return policy_from(document)
    raise PolicyError(
        f"policy {path.name} cannot be read", why=f"reading it raised {failed}", fix=_COMPILE
    )


def policy_digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hexadecimal, of a compiled policy without its digest.

    >>> len(policy_digest({"policy": "clinic"}))
    64
    """
    rest = {key: value for key, value in document.items() if key != "digest"}
    return hashlib.sha256(canonical_bytes(rest)).hexdigest()


def policy_from(document: Any) -> Policy:
    """Turn a compiled policy into objects.

    Raises:
        PolicyError: It was not written by the compiler, or was changed since.

    >>> import json
    >>> policy_from(json.loads((SHIPPED_POLICIES / "hipaa.json").read_text())).name
    'hipaa'
    """
    if not isinstance(document, dict) or document.get("format") != POLICY_FORMAT:
        raise PolicyError(
            "this is not a compiled policy",
            why=f"it does not say format {POLICY_FORMAT}",
            fix=_COMPILE,
        )
    try:
        same = document.get("digest") == policy_digest(document)
    except ValueError:
        same = False
    if not same:
        raise PolicyError(
            "the policy was changed after it was compiled",
            why="its digest does not match its content",
            fix=_COMPILE,
        )
    try:
        return _policy(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        failed = type(error).__name__
    raise PolicyError(
        "the compiled policy says what this version does not know",
        why=f"reading it raised {failed}",
        fix=f"{_COMPILE} again with the version that is deployed",
    )


def _find(name: str) -> Path:
    if name.endswith((".yaml", ".yml")):
        raise PolicyError(
            "a function does not read YAML",
            why="its policy is loaded from compiled JSON",
            fix="Run `affidavit policy compile` on it and name the JSON file",
        )
    path = Path(name) if name.endswith(".json") else SHIPPED_POLICIES / f"{name}.json"
    if not path.is_file():
        raise PolicyError(
            "there is no such policy",
            why=f"shipped are {', '.join(shipped_policies())}; "
            "a policy of your own is named by the path of its compiled .json file",
            fix="Name one of these; a function takes the name from AFFIDAVIT_POLICY",
        )
    return path


def _check_source(path: Path, document: Any) -> None:
    """Refuse a compiled policy whose YAML source lies beside it and says otherwise."""
    source = path.with_suffix(".yaml")
    if not isinstance(document, dict) or not source.is_file():
        return
    if hashlib.sha256(source.read_bytes()).hexdigest() != document.get("source"):
        raise PolicyError(
            f"policy {path.name} is stale",
            why=f"{source.name} was changed after it was compiled",
            fix=_COMPILE,
        )


_UNREAD: Final = frozenset({"format", "source", "policy"})


def _policy(document: Mapping[str, Any]) -> Policy:
    said = {name: value for name, value in document.items() if name not in _UNREAD}
    policy: Policy = _read(Policy, {**said, "name": document["policy"]})
    return policy


def _read(kind: Any, value: Any) -> Any:
    """Turn JSON into what the declaration says: nothing more, nothing less, nothing else."""
    kind = getattr(kind, "__origin__", kind) if hasattr(kind, "__metadata__") else kind
    kind = getattr(kind, "__supertype__", kind)
    if hasattr(kind, "__args__"):
        *keys, inner = [one for one in kind.__args__ if one is not Ellipsis]
        if keys:
            return {_read(keys[0], name): _read(inner, item) for name, item in value.items()}
        return kind.__origin__([_read(inner, item) for item in value])
    if hasattr(kind, "_fields"):
        if value.keys() != set(kind._fields):
            raise KeyError
        return kind(*[_read(of, value[name]) for name, of in kind.__annotations__.items()])
    if isinstance(kind, EnumMeta):
        return kind(value)
    if type(value) is not kind:
        raise TypeError
    return value
