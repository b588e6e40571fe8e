"""Hold what an author declares against what the model has: at import, with a hint.

A path that leads nowhere would leave every record without its actor or subject, and
nobody would notice before an auditor asks.
"""

from __future__ import annotations

import re
from typing import Any, Final

from affidavit._event.model_fields import members, model_fields, names_somebody
from affidavit.errors import SetupError

ATTESTED: Final = ("authorizer", "identity", "authentication")
"""Members of a `requestContext` that the platform has checked itself."""

CONTEXT: Final = "context:"
"""What a path begins with that leads into what the platform attests."""

_NAMES: Final = (
    *("accessKey", "accountId", "apiKeyId", "caller", "clientCert", "cognitoIdentityId"),
    *("principal", "principalOrgId", "sub", "user", "userArn", "username"),
)
"""Members of an identity that name somebody. Source: API Gateway developer guide, variables of
mapping templates; AppSync, resolver context; VPC Lattice, requests to Lambda functions."""

_NOBODY: Final = {
    "userAgent": "the caller writes it, and nobody checks it",
    "sourceIp": "it says from where, and not who",
    "apiKey": "it is a secret, and no name",
}
"""Members beside them that are no name of anybody."""

_OBJECTS: Final = frozenset(
    {"claims", "jwt", "lambda", "iam", "clientCert", "cognitoIdentity", "resolverContext", "groups"}
)
"""Members that hold others."""

_ENVELOPE: Final = ("pathParameters", "queryStringParameters", "multiValueQueryStringParameters")
"""Where an HTTP event has what a path names without them."""

_PART: Final = re.compile(r"[^\s.\[\]$*:]{1,128}")


def check_path(word: str, path: object, model: Any) -> None:
    """Refuse a path that leads nowhere, or to something that cannot be a name.

    Without a model only the form of a path can be checked.

    Raises:
        SetupError: It says which part is wrong and what may be meant.

    """
    if not isinstance(path, str):
        raise _wrong(word, "it is not text", "Write the names of the fields with dots: 'user.id'")
    if not path:
        return
    if path.startswith(CONTEXT):
        _check_attested(word, path.removeprefix(CONTEXT))
        return
    parts = path.split(".")
    if not all(_PART.fullmatch(part) for part in parts):
        raise _wrong(
            word, "it is not names with dots between them", "Write it as 'user.id'; no $, [ or *"
        )
    if model is not None:
        _follow(word, parts, (model,))
        return
    inner = parts[1:]
    if parts[0] in {"requestContext", "context"} and inner and inner[0] in ATTESTED:
        raise _wrong(
            word,
            f"the request has no `{parts[0]}`",
            f"Did you mean '{CONTEXT}{'.'.join(inner)}'? Write that",
        )
    if parts[0] in _ENVELOPE and inner:
        raise _wrong(
            word,
            "path, query and body are read under the names that are in them",
            f"Did you mean '{'.'.join(inner)}'? Write that",
        )


def _check_attested(word: str, path: str) -> None:
    if word != "actor":
        raise _wrong(
            word, "the platform attests who acts, and nothing else", "Name a field of the request"
        )
    first, *rest = path.split(".")
    if first not in ATTESTED:
        raise _wrong(
            word,
            f"the platform does not attest `{_shown(first)}`",
            f"{_hint(first, ATTESTED)} of {', '.join(ATTESTED)}",
        )
    if not rest or not all(_PART.fullmatch(part) for part in rest):
        raise _wrong(word, f"it ends at `{first}`", "Name a member: 'context:authorizer.userId'")
    if first == "authorizer":
        _check_authorizer(word, rest)
    else:
        _check_identity(word, first, rest)
    if rest[-1] in _OBJECTS:
        raise _wrong(
            word,
            f"`{rest[-1]}` is not a name, and holds others",
            f"Name one of its members: '{CONTEXT}{path}.…'",
        )


def _check_authorizer(word: str, rest: list[str]) -> None:
    if rest[0] == "jwt" and rest[1:] and rest[1] not in {"claims", "scopes"}:
        raise _wrong(
            word,
            "what a token says is below `claims`",
            f"Did you mean '{CONTEXT}authorizer.jwt.claims.{'.'.join(rest[1:])}'? Write that",
        )


def _check_identity(word: str, first: str, rest: list[str]) -> None:
    """Refuse what names nobody, and what is only nearly the name of a member."""
    name = rest[0]
    if name in _NOBODY:
        raise _wrong(
            word, f"`{name}` names nobody: {_NOBODY[name]}", f"Name one of {', '.join(_NAMES)}"
        )
    from difflib import get_close_matches  # noqa: PLC0415 - for whoever has misspelt it

    near = [] if name in _NAMES else get_close_matches(name, _NAMES, cutoff=0.8)
    if near:
        raise _wrong(
            word,
            f"`{first}` has no member `{_shown(name)}`",
            f"Did you mean '{near[0]}'? Write that",
        )


def _follow(word: str, parts: list[str], kinds: tuple[Any, ...]) -> None:
    """Follow the parts through the types of a model, as far as they are known."""
    for place, part in enumerate(parts):
        found = [one for one in (_step(kind, part) for kind in kinds) if one is not None]
        if not found:
            raise _nowhere(word, part, kinds)
        if ANYTHING in found:
            return
        kinds = tuple(kind for one in found for kind in members(one))
        if place + 1 < len(parts) and not any(_has_members(kind) for kind in kinds):
            raise _wrong(
                word,
                f"`{_shown(part)}` has no members, and the path goes on behind it",
                "End the path there, or name a field that is a model",
            )
    if not any(names_somebody(kind) for kind in kinds):
        raise _wrong(
            word,
            f"`{_shown(parts[-1])}` is not a name: it is neither text nor a number nor a UUID",
            _members_hint(kinds),
        )


ANYTHING: Final = object()
"""The type of what is not declared: it may be anything."""


def _step(kind: Any, part: str) -> Any:
    """Return the type of a member; None if there is none of that name."""
    fields = model_fields(kind)
    if fields is None:
        return ANYTHING if _has_members(kind) else None
    if part in fields:
        return fields[part].annotation
    # A property of the model is code, and may return what it likes.
    return ANYTHING if isinstance(getattr(kind, part, None), property) else None


def _has_members(kind: Any) -> bool:
    if model_fields(kind) is not None:
        return True
    if hasattr(kind, "__pydantic_fields__") or not isinstance(kind, type):
        origin = getattr(kind, "__origin__", None)
        return origin is None or not (isinstance(origin, type) and issubclass(origin, _CLOSED))
    return not issubclass(kind, _CLOSED)


_CLOSED: Final = (str, bytes, int, float, bool, list, tuple, set, frozenset)
"""Types whose values have no members that a path could name."""


def _nowhere(word: str, part: str, kinds: tuple[Any, ...]) -> SetupError:
    fields = {name: one for kind in kinds for name, one in (model_fields(kind) or {}).items()}
    owner = getattr(kinds[0], "__name__", "the model")
    by_alias = [name for name, one in fields.items() if one.alias == part]
    if by_alias:
        return _wrong(
            word,
            f"`{_shown(part)}` is the alias of a field of {owner}",
            f"Write the field's own name: '{by_alias[0]}'",
        )
    known = ", ".join(sorted(fields)) or "none"
    return _wrong(
        word,
        f"{owner} has no field `{_shown(part)}`",
        f"{_hint(part, fields)} of {known}",
    )


def _members_hint(kinds: tuple[Any, ...]) -> str:
    names = [name for kind in kinds for name in model_fields(kind) or ()]
    return f"Name one of its fields: {', '.join(names)}" if names else "Name another field"


def _hint(part: str, known: Any) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for whoever has misspelt it

    near = get_close_matches(part, list(known), cutoff=0.5)
    return f"Did you mean '{near[0]}', or another" if near else "Name one"


def _shown(part: str) -> str:
    return part if len(part) <= 64 and part.isprintable() else "…"  # noqa: PLR2004


def _wrong(word: str, why: str, fix: str) -> SetupError:
    return SetupError(f"@audited cannot use `{word}`", why=why, fix=fix)
