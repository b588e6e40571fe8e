"""`affidavit demo`: each scene ends as its title says, and each check finds what was done."""

from __future__ import annotations

import json
from typing import Any

import pytest

from affidavit.plugin import Sink
from affidavit.testing import make_runtime
from affidavit_cli.demo import scenes
from command_line import Terminal

SCENES: list[tuple[str, int, str, str]] = [
    ("A known product", 200, "G I Ook", "Answered PriceFetched"),
    ("A product that nobody sells", 404, "I Ook", "Answered"),
    ("An invalid request that carries a social security number", 400, "Ddeny", "Refused"),
    (
        "A handler that fails, and whose exception quotes an e-mail address",
        500,
        "I Oerror",
        "Failed",
    ),
    ("A ledger that cannot be written", 503, "", "Withheld"),
    ("The ledger is back", 200, "I I Wwithheld Ook", "Answered PriceFetched"),
]
CHECKS: list[tuple[str, int, dict[str, int]]] = [
    ("the ledger as it is", 12, {}),
    (
        "a copy in which one letter of one record was changed",
        12,
        {"altered": 1, "store-damaged": 2},
    ),
    ("a copy without its newest record, and nothing to compare with", 11, {"store-damaged": 2}),
    (
        "the same copy, against the heads that were saved before",
        11,
        {"store-damaged": 2, "tail-missing": 1},
    ),
]


def _told(record: dict[str, Any]) -> str:
    return f"{record['ph']}{record.get('out', {}).get('s', '')}"


def test_each_scene_ends_as_its_title_says(terminal: Terminal) -> None:
    """Its answer, its records and what was counted, for programs."""
    said = terminal("demo", "--output", "json")

    assert SCENES == [
        (
            one["title"],
            one["answer"]["statusCode"],
            " ".join(map(_told, one["records"])),
            " ".join(
                name
                for line in one["metrics"]
                for name in (line if isinstance(line, dict) else json.loads(line))
                if name in {"Answered", "Refused", "Failed", "Withheld", "PriceFetched"}
            ),
        )
        for one in said.data["scenes"]
    ]
    assert CHECKS == [(one["title"], one["records"], one["counts"]) for one in said.data["checks"]]
    assert [not counts for _, _, counts in CHECKS] == [one["clean"] for one in said.data["checks"]]
    assert "jane" not in said.out
    assert (0, []) == (said.code, list(terminal.folder.iterdir()))


def test_each_scene_asks_for_what_its_title_says() -> None:
    """A number that is looked for, an id nobody sells, one whose price breaks the handler."""
    asked = [one.event["queryStringParameters"]["id"] for one in scenes.SCENES]
    assert ["PROD-101", "PROD-999", "123-45-6789", "PROD-500", "PROD-101", "PROD-102"] == asked
    found = make_runtime().runtime.redactor.clean({"asked": asked[2]}, Sink.LOG).value
    assert {"asked": "[US_SSN]"} == found


def test_what_was_played_can_be_kept(terminal: Terminal) -> None:
    """To be asked and verified with the commands that it shows, tampering included."""
    kept = terminal.folder / "some" / "where"
    assert 0 == terminal("demo", "--keep", str(kept)).code
    ledger = ("--ledger", f"sqlite:///{kept / 'ledger.db'}")

    assert {"altered.db", "ledger.db", "prices.db", "shortened.db"} <= {
        one.name for one in kept.iterdir()
    }
    who = terminal("who", "--actor", "550e8400-e29b-41d4-a716-446655440000", *ledger)
    assert 0 == who.code
    assert 0 == terminal("verify", *ledger).code
    assert 1 == terminal("verify", "--ledger", f"sqlite:///{kept / 'altered.db'}").code


@pytest.mark.parametrize("scene", range(len(SCENES)))
def test_a_scene_is_printed_with_what_to_look_for(scene: int, terminal: Terminal) -> None:
    """In its order, with its answer."""
    title, code, _, _ = SCENES[scene]
    text = terminal("demo").out
    part = text[text.index(f"{scene + 1}. {title}\n") :].partition("\n\n")[0]

    assert f"   answer   {code} {{" in part
    assert "\n   request  GET /price?id=" in part
    assert "\n   look     " in part
