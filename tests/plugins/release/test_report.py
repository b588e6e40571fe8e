"""The line as a page: what it says is what the records say, and it loads nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from affidavit_release.release_reports import show_history
from affidavit_release.report_page import report_page
from release_world import World


class _Reader(HTMLParser):
    """Reads the table's cells, and whatever else is in the page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip() + " "


def read(world: World) -> _Reader:
    reader = _Reader()
    reader.feed(report_page(world.context()))
    return reader


def test_versions_are_rows_and_environments_columns(world: World) -> None:
    """A graveyard with reasons, names, digests, and bytes that were compared."""
    world.broken = {("v1.0.0", "qa")}
    world.commit("fix: one")
    world.build()
    world.upload("v1.0.0")
    world.deploy("v1.0.0", "dev")
    assert not world.deploy("v1.0.0", "qa").good
    world.release("v1.0.1", upto="uat")
    world.reject("v1.0.1", why="a price <b>without</b> its currency")
    page = read(world)
    head, second, first = page.rows

    assert ["version", "dev", "qa", "uat", "prod", "dr", "fate"] == [one.strip() for one in head]
    assert "failed" in first[2]
    assert "SmokeFailed" in first[6]
    assert "approved by quinn" in second[3]
    assert "it is good" in second[3]
    assert "rejected" in second[3]
    assert "by morgan: a price <b>without</b> its currency" in second[6]
    digest = world.pipeline().releases["v1.0.1"].digest
    assert digest in second[0]
    assert "every byte is as it was signed" in second[0]
    assert not page.tags & {"script", "img", "link", "iframe", "b0"}
    assert [] == page.links


def test_altered_bytes_are_on_the_page(world: World) -> None:
    """Where the version stands."""
    world.release("v1.0.0", upto="dev")
    zipped = next((world.folder / "vault").rglob("shop.zip*"))
    zipped.chmod(0o644)
    zipped.write_bytes(b"other bytes")

    assert re.search("the vault's bytes are not in order", read(world).rows[1][0])


def test_each_fate_has_its_word(world: World) -> None:
    """Live with its mirror and without, replaced, under way, dead in a place or in the vault."""

    def fates() -> list[str]:
        return [str(one["fate"]) for one in show_history(world.context()).data]  # type: ignore[union-attr,index,call-overload]

    told = show_history(world.context()).notes
    assert ("0 version(s), 0 in the graveyard; live in prod: nothing.",) == told
    world.release("v1.0.0", upto="prod")
    assert ["live"] == fates()
    world.sync("v1.0.0")
    assert ["live, globally synced"] == fates()
    world.release("v1.0.1", upto="uat")
    assert ["live, globally synced", "under way"] == fates()
    world.reject("v1.0.1")
    world.release("v1.0.2", upto="prod")
    world.commit("fix: v1.0.3")
    world.build()
    world.upload("v1.0.3")
    world.reject("v1.0.3")
    assert ["replaced", "died in uat", "live", "died in the vault"] == fates()
