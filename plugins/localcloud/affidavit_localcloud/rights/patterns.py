"""Wildcards and variables of IAM's policies, and how ARNs are compared.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

Context = Mapping[str, Sequence[str]]
"""What is known of a request: names in lower case, each with its values."""

NOTHING: Final[Context] = MappingProxyType({})

Match = Callable[[str], bool]

_TOKEN: Final = re.compile(r"\$\{([^}]*)\}|[*?]")
_LITERAL: Final = frozenset("*?$")
_FIELDS: Final = 6


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def wildcard(pattern: str, context: Context) -> re.Pattern[str] | None:
    """Return an expression for `*`, `?` and `${…}`; None if a variable has no single value.

    A value that takes a variable's place is literal: its own asterisks mean nothing.
    """
    parts: list[str] = []
    at = 0
    for token in _TOKEN.finditer(pattern):
        parts.append(re.escape(pattern[at : token.start()]))
        at = token.end()
        name = token.group(1)
        if name is None:
            parts.append(".*" if token.group() == "*" else ".")
            continue
        value = name if name in _LITERAL else variable(name, context)
        if value is None:
            return None
        parts.append(re.escape(value))
    parts.append(re.escape(pattern[at:]))
    return _compiled("".join(parts))


def literal(pattern: str, context: Context) -> str | None:
    """Return a text with its variables filled in and its wildcards as they stand."""
    found: list[str] = []
    at = 0
    for token in _TOKEN.finditer(pattern):
        name = token.group(1)
        if name is None:
            continue
        value = name if name in _LITERAL else variable(name, context)
        if value is None:
            return None
        found += [pattern[at : token.start()], value]
        at = token.end()
    return "".join((*found, pattern[at:]))


def variable(text: str, context: Context) -> str | None:
    """Return the value of `name` or `name, 'otherwise'`."""
    name, _, otherwise = text.partition(", ")
    values = context.get(name.strip().lower(), ())
    if len(values) == 1 and values[0]:
        return values[0]
    quoted = len(otherwise) > 1 and otherwise[0] == otherwise[-1] == "'"
    return otherwise[1:-1] if quoted and otherwise[1:-1] else None


def matches(pattern: str, text: str, context: Context) -> bool:
    """Tell whether a text is what a pattern with wildcards means, letter by letter."""
    compiled = wildcard(pattern, context)
    return compiled is not None and compiled.fullmatch(text) is not None


def matches_action(pattern: str, action: str) -> bool:
    """Tell whether an action is meant; capitals do not count."""
    return matches(pattern.lower(), action.lower(), {})


def matches_arn(pattern: str, arn: str, context: Context) -> bool:
    """Tell whether an ARN is meant, field by field: a wildcard does not reach over a colon.

    Only in the last field it does. An ARN with fewer than six fields is completed with `*`.
    """
    if pattern == "*":
        return True
    wanted = split_arn(pattern)
    found = split_arn(arn)
    if len(found) != _FIELDS:
        return False
    wanted += ["*"] * (_FIELDS - len(wanted))
    return all(matches(one, value, context) for one, value in zip(wanted, found, strict=True))


def split_arn(arn: str) -> list[str]:
    """Return an ARN's fields; colons inside of `${…}` divide nothing."""
    fields: list[str] = []
    start = depth = 0
    for place, letter in enumerate(arn):
        depth += (letter == "{") - (letter == "}")
        if letter == ":" and depth <= 0 and len(fields) < _FIELDS - 1:
            fields.append(arn[start:place])
            start = place + 1
    return [*fields, arn[start:]]
