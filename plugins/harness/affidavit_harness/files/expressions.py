"""`${{ namespace.name }}`: six namespaces, a few functions, and nothing for what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from affidavit_harness.errors import UnresolvedError
from affidavit_harness.files.reference_functions import evaluate, names_in, parse_call
from affidavit_harness.protocol import Values

if TYPE_CHECKING:
    # Only its name: the deployed function reads JSON and has no YAML parser.
    from affidavit_policy.strict_yaml import Path

NAMESPACES: Final = ("case", "env", "inputs", "item", "run", "vars")
RUN: Final = ("id", "uuid", "prefix", "scenario", "started_at", "expires_at")
"""What a run says of itself. `prefix` starts every key of test data."""

ANY_REFERENCE: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_BEHIND_HOST: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*[/?#]")
_GOOD: Final = re.compile(r"\s*(env|item|(?:case|inputs|item|run|vars)\.[A-Za-z_][A-Za-z0-9_]*)\s*")


LATER: Final = object()
"""In place of a value: a reference to it, or a call with it, is left as it stands."""


class _Left(str):
    """A reference that was left as it stands."""

    __slots__ = ()


class Reference(NamedTuple):
    """One reference in a file: where, what stands between the braces, and what it names."""

    path: Path
    text: str
    namespace: str
    name: str


def is_template(value: object) -> bool:
    """Tell whether a value is filled in later."""
    return isinstance(value, str) and "${{" in value


def references(value: Any, path: Path = ()) -> Iterator[Reference]:
    """Yield every reference below `value`; an ill-formed one has no namespace."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from references(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from references(inner, (*path, index))
    elif isinstance(value, str):
        found = [match.group(1) for match in ANY_REFERENCE.finditer(value)]
        if value.count("${{") != len(found):
            yield Reference(path, value, "", "")
        for text in found:
            call = parse_call(text)
            for one in [text] if call is None else names_in(call):
                good = _GOOD.fullmatch(one)
                namespace, _, name = good.group(1).partition(".") if good else ("", "", "")
                yield Reference(path, text.strip(), namespace, name)


def render(value: Any, scope: Values) -> Any:
    """Return `value` with every reference filled in.

    A text that is one reference and nothing else takes the value with its type.

    Raises:
        UnresolvedError: A reference names nothing, or is ill-formed.

    """
    if isinstance(value, dict):
        return {key: render(inner, scope) for key, inner in value.items()}
    if isinstance(value, list):
        return [render(inner, scope) for inner in value]
    if not is_template(value):
        return value
    if value.count("${{") != len(ANY_REFERENCE.findall(value)):
        raise UnresolvedError("an unclosed brace")
    if is_whole(value):
        return _look(value[3:-2], scope)
    return ANY_REFERENCE.sub(lambda match: _text(_look(match.group(1), scope)), value)


def is_whole(value: str) -> bool:
    """Tell whether a text is one reference and nothing else."""
    return value.count("${{") == 1 and ANY_REFERENCE.fullmatch(value) is not None


def render_url(value: Any, scope: Values) -> Any:
    """Fill in a URL: what stands behind the host is percent-encoded, so it stays one part.

    A reference at the front, such as a base URL, is taken as it is.
    """
    if not is_template(value) or is_whole(value):
        return render(value, scope)
    told, last = "", 0
    for match in ANY_REFERENCE.finditer(value):
        told += value[last : match.start()]
        held = _look(match.group(1), scope)
        plain = isinstance(held, _Left) or not _BEHIND_HOST.match(told)
        told += _text(held) if plain else quote(_text(held), safe="")
        last = match.end()
    if value.count("${{") != len(ANY_REFERENCE.findall(value)):
        raise UnresolvedError("an unclosed brace")
    return told + value[last:]


def _look(text: str, scope: Values) -> Any:
    good = _GOOD.fullmatch(text)
    call = parse_call(text) if good is None else None
    if call is not None:
        if any(_is_later(name, scope) for name in names_in(call)):
            return _Left(f"${{{{{text}}}}}")
        try:
            return evaluate(call, scope, _look)
        except ValueError:
            raise UnresolvedError(text.strip()) from None
    if good is None:
        raise UnresolvedError(text.strip())
    namespace, _, name = good.group(1).partition(".")
    held = scope.get(namespace)
    if namespace == "env" and isinstance(held, str):
        return held
    if good.group(1) == "item" and "item" in scope:
        return held
    if not isinstance(held, Mapping) or name not in held:
        raise UnresolvedError(good.group(1))
    return _Left(f"${{{{{text}}}}}") if held[name] is LATER else held[name]


def _is_later(dotted: str, scope: Values) -> bool:
    namespace, _, name = dotted.strip().partition(".")
    held = scope.get(namespace)
    return isinstance(held, Mapping) and held.get(name) is LATER


def _text(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        raise UnresolvedError("a value that is no text, inside a text")
    return str(value).lower() if isinstance(value, bool) else str(value)
