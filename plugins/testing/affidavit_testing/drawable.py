"""Find out before a run whether valid requests of a model can be drawn, and say so if not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import HypothesisException
from pydantic import TypeAdapter, ValidationError

from affidavit_testing.scalars import CannotDrawError
from affidavit_testing.schemas import Schema

FEW: Final = 10
"""So many valid ones are wanted to choose from."""
TRIES: Final = (40, 400)
"""Values that are drawn at first, and more where hardly any was valid."""


class Drawable(NamedTuple):
    """What came of drawing for a model: valid values, their share, and what is in the way."""

    values: tuple[Any, ...]
    share: float
    problem: str = ""


def drawable(schema: Schema, adapter: TypeAdapter[Any]) -> Drawable:
    """Draw for a model and keep what it accepts."""
    values: list[Any] = []
    wrong: Counter[str] = Counter()
    drawn = 0
    for tries in TRIES:
        try:
            for value in _drawn(schema, tries):
                found = _wrong_about(adapter, value)
                wrong.update(found)
                drawn += 1
                if not found:
                    values.append(value)
        except CannotDrawError as error:
            return Drawable((), 0, str(error))
        except (HypothesisException, ValueError, OverflowError) as error:
            return Drawable((), 0, _advice(f"drawing failed with {type(error).__name__}", wrong))
        if len(values) >= FEW:
            break
    problem = "" if values else _advice(f"{drawn} were drawn and the model refused each", wrong)
    return Drawable(tuple(values), len(values) / max(drawn, 1), problem)


def unused_hints(schema: Schema) -> str:
    """Name the hints that no field was found for."""
    return ", ".join(sorted(set(schema.hints) - schema.used))


def _drawn(schema: Schema, tries: int) -> Iterator[Any]:
    found: list[Any] = []

    def keep(value: Any) -> None:
        found.append(value)

    # Its own settings: a profile of the project's properties must not change what is drawn.
    quiet = settings(
        max_examples=tries,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    quiet(given(schema.values())(keep))()
    yield from found


def _wrong_about(adapter: TypeAdapter[Any], value: Any) -> list[str]:
    try:
        adapter.validate_json(json.dumps(value))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        places = (".".join(str(part) for part in one["loc"]) or "the whole" for one in found)
        return [f"{place} ({one['type']})" for place, one in zip(places, found, strict=True)]
    except Exception as error:  # noqa: BLE001 - a validator of the model's author
        return [f"the whole ({type(error).__name__})"]
    return []


def _advice(what: str, wrong: Counter[str]) -> str:
    often = [place for place, _ in wrong.most_common(3)]
    place = often[0].partition(" ")[0] if often and not often[0].startswith("the ") else ""
    field = ".".join(part for part in place.split(".") if not part.isdigit())
    named = f"samples={{{field!r}: ['…', '…']}}" if field else "events=[…]"
    said = f": {', '.join(often)}" if often else ""
    return (
        f"no valid request can be drawn from the model ({what}{said}). Say what is valid with "
        f"{named}, with strategy={{…}}, or with whole requests: events=[…]"
    )
