"""Which route takes a request: an exact path before a variable, a variable before the rest.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

DEFAULT = "$default"


class RouteMatch(NamedTuple):
    """A route's key, and what its variables stand for."""

    key: str
    variables: dict[str, str]


def find_route(keys: Iterable[str], method: str, path: str) -> RouteMatch | None:
    """Return the best of `keys` (`GET /price/{id}`, `ANY /{proxy+}`, `$default`)."""
    best: tuple[tuple[int, ...], RouteMatch] | None = None
    for key in keys:
        verb, _, template = key.partition(" ")
        if key == DEFAULT:
            candidate: tuple[tuple[int, ...], RouteMatch] | None = ((0,), RouteMatch(key, {}))
        elif verb in {method, "ANY"}:
            variables = match_path(template, path)
            rank = (*_rank(template), int(verb == method))
            candidate = (rank, RouteMatch(key, variables)) if variables is not None else None
        else:
            candidate = None
        if candidate is not None and (best is None or candidate[0] > best[0]):
            best = candidate
    return best[1] if best is not None else None


def match_path(template: str, path: str) -> dict[str, str] | None:
    """Return what the variables of `template` stand for in `path`, or None."""
    wanted = [part for part in template.split("/") if part]
    given = [part for part in path.split("/") if part]
    variables: dict[str, str] = {}
    for index, part in enumerate(wanted):
        if part.startswith("{") and part.endswith("+}"):
            if len(given) <= index:
                return None
            variables[part[1:-2]] = "/".join(given[index:])
            return variables
        if index >= len(given):
            return None
        if part.startswith("{"):
            variables[part[1:-1]] = given[index]
        elif part != given[index]:
            return None
    return variables if len(wanted) == len(given) else None


def _rank(template: str) -> tuple[int, ...]:
    """Return how exact a template is, part by part: 3 fixed, 2 a variable, 1 the rest."""
    return tuple(
        1 if part.endswith("+}") else 2 if part.startswith("{") else 3
        for part in template.split("/")
        if part
    ) or (3,)
