"""Objects that tell of a secret: of a session its beginning, of a signature its algorithm.

Below such a name everything is taken for it but dates, what identifies somebody or something, words
for what is done, and numbers that no one-time code can be.
"""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.classify.doubts import doubt_of, is_other
from affidavit._redact.classify.key_classifier import KeyClass
from affidavit._redact.classify.key_words import split
from affidavit._redact.detect.key_value_pairs import Look
from affidavit._redact.types.budget import Budget
from affidavit._redact.types.entities import DROPPED
from affidavit._redact.types.match import Classification

_DEEPEST: Final = 16
_IDENTIFYING: Final = frozenset({"arn", "id", "uid", "uuid"})
"""Last words of names for somebody or something that has the secret, and not of the secret."""

_DESCRIBING: Final = frozenset({
    "action", "actions", "algorithm", "algorithms", "country", "display", "href", "method",
    "methods", "package", "path", "pkg", "protocol", "reason", "region", "role", "roles", "scope",
    "scopes", "state", "status", "strategy", "system", "type",
})  # fmt: skip
"""Last words of names for what is done, what is allowed and how: nobody is let in by these, as
long as they are words."""

_AGENT: Final = ("user", "agent")

_MEASURES: Final = frozenset({
    "age", "count", "duration", "expires", "in", "interval", "port", "seconds", "size", "time",
    "timeout", "ttl", "version",
})  # fmt: skip
"""Last words of names for how much or how long."""

_LEAST_CODE: Final = 1000
_MOST_CODE: Final = 10**9
"""Numbers between may be a code for one use or a PIN; above are times, and what has a form."""

_PLAIN: Final = lazy(
    r"[0-9]{1,3}|0[xX][0-9A-Fa-f]{1,8}|[12][0-9]{3}-[01][0-9]-[0-3][0-9](?:[T ][0-9:.Z+-]{2,20})?"
    r"|[0-2](?:\.[0-9]{1,9}){4,20}"
    r"|[A-Z][a-z]{2} [0-9]{1,2}, [12][0-9]{3},? [0-9]{1,2}(?::[0-9]{2}){1,2}(?: [AP]M)?"
)
"""A small number, that of a logon in Windows, a date, an object identifier (X.660)."""

_SCHEMA: Final = frozenset({
    "$ref", "deprecated", "description", "documentation", "format", "location", "locationName",
    "max", "maxLength", "maximum", "min", "minLength", "minimum", "nullable", "pattern", "readOnly",
    "required", "sensitive", "shape", "title", "type", "writeOnly",
})  # fmt: skip
_TYPES: Final = frozenset({"boolean", "integer", "number", "object", "string"})
"""Of JSON Schema (draft 2020-12) and of the models of AWS's services: what a value may be."""

_SAYING: Final = frozenset({"certificate", "claims"})
"""What says something of somebody, each by its own name, and everybody may know it."""

BELIEVED: Final = object()
"""Says that a value is what its key says."""


def doubted(name: KeyClass, key: str, item: object, look: Look, budget: Budget) -> object:
    """Return what is to be read below a key that cannot mean all of `item`, else `BELIEVED`."""
    if type(item) is dict and all(one is None or type(one) is bool for one in item.values()):
        return item
    if type(item) is dict and _is_schema(item):
        return item
    if name.holds and (type(item) is dict or _are_objects(item)):
        if name.doubt == "TOKENS" and _tells_of_words(item):
            return item
        return _unveiled(item, key, look, budget)
    return item if is_other(name.doubt, item) else BELIEVED


def _is_schema(item: dict[object, object]) -> bool:
    """Tell whether an object says what a value may be, and has none itself."""
    kind = item.get("type", item.get("shape", item.get("$ref")))
    return (
        type(kind) is str
        and item.keys() <= _SCHEMA
        and ("type" not in item or kind in _TYPES)
        and not any(type(one) is dict or type(one) is list for one in item.values())
    )


def _tells_of_words(item: object) -> bool:
    from affidavit._redact.classify.counted import tells_of_words  # noqa: PLC0415 - few events have one: an import need not wait for it

    return tells_of_words(item)


def _are_objects(item: object) -> bool:
    return type(item) is list and len(item) > 0 and all(type(one) is dict for one in item)


def is_doubted(name: KeyClass, verdict: Classification, parent: str, item: object) -> bool:
    """Tell whether a key, or those above and beside it, cannot mean this value."""
    if name.verdict is not None:
        return is_other(name.doubt, item)
    return is_other(doubt_of((*split(parent), *name.words), verdict.entity), item)


def _unveiled(value: object, key: str, look: Look, budget: Budget, depth: int = 0) -> object:
    """Return what stands below `key` without texts that may be a secret; the rest is as it was.

    What a name in it says of its value is left to who reads that name. Each value is counted, so
    that one which holds itself comes to an end.
    """
    if value is None or type(value) is bool:
        return value
    budget.nodes -= 1
    if type(value) is int or type(value) is float:
        if _measures(key, value):
            return value
    elif type(value) is str:
        if not value.strip() or _tells(key, value, look):
            return value
    elif depth < _DEEPEST and budget.nodes > 0:
        if type(value) is dict:
            return {
                one: held
                if type(one) is str and (one in _SAYING or look(one))
                else _unveiled(
                    held, _below(key if depth else "", str(one)), look, budget, depth + 1
                )
                for one, held in value.items()
            }
        if type(value) is list or type(value) is tuple:
            return [_unveiled(one, key, look, budget, depth + 1) for one in value]
    budget.count("SECRET")
    return DROPPED


def _below(above: str, key: str) -> str:
    """Return the name of what stands below `above`; an id there is its own."""
    return f"{above}_{key}" if above and key.lower() == "id" else key


def _tells(key: str, value: str, look: Look) -> bool:
    """Tell whether a text is certainly no secret: a date, or what identifies something else."""
    from affidavit._redact.detect.plain_words import is_agent, is_in_words  # noqa: PLC0415 - few events have one: an import need not wait for it

    words = split(key)
    last = words[-1] if words else ""
    if words[-2:] == _AGENT:
        named = is_agent(value)
    elif last in _DESCRIBING:
        named = is_in_words(value)
    else:
        named = (
            (last in _IDENTIFYING and len(words) > 1)
            or last == "jti"  # by it a token is told from others (RFC 7519, 4.1.7)
            or value.startswith("arn:aws")
        )
    return (named and look(key) is None) or _PLAIN.fullmatch(value) is not None


def _measures(key: str, value: float) -> bool:
    """Tell whether a number is none that somebody has to type in."""
    return not _LEAST_CODE <= value < _MOST_CODE or not _MEASURES.isdisjoint(split(key)[-1:])
