"""People hear what has become of a release, once it is on record, and never at the line's cost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from affidavit.plugin import Notice, NotifierFactory
from affidavit_notify.webhook import open_slack
from affidavit_release import announce as announcing
from affidavit_release.announce import announce
from affidavit_release.demo.demo_targets import folders
from affidavit_release.demo.shop import ATTEMPTS, SMOKE, commit, make_repo
from affidavit_release.errors import ReleaseRefusedError
from chat import Chat, chat_server
from command_line import Terminal
from release_world import World

SSN = "123-45-6789"
NOTIFY = """
[[notify]]
url = "slack://HOST?secret=env:CHAT"
"""


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch, _no_settings_from_outside: None) -> Iterator[Chat]:
    """A chat; its address is in the variable CHAT."""
    with chat_server() as held:
        monkeypatch.setenv("CHAT", held.address)
        yield held


@pytest.fixture
def shop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, chat: Chat
) -> Terminal:
    """A shop whose line tells the chat everything; v1.0.0 is uploaded."""
    rules = folders().rules() + NOTIFY.replace("HOST", chat.host)
    (tmp_path / "release.toml").write_text(rules)
    (tmp_path / "smoke.py").write_text(SMOKE)
    make_repo(tmp_path / "repo")
    (tmp_path / "keys").mkdir()
    commit(tmp_path / "repo", ATTEMPTS[2])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AFFIDAVIT_LEDGER", f"sqlite:///{tmp_path / 'releases.db'}")
    terminal = Terminal(capsys, tmp_path)
    assert 0 == terminal("release", "build", "--repo", "repo").code
    assert 0 == terminal("release", "upload", "v1.0.0").code
    assert [] == chat.messages
    return terminal


def _first_lines(chat: Chat) -> list[str]:
    return [message["text"].splitlines()[0] for message in chat.messages]


def test_a_chat_follows_a_release(shop: Terminal, chat: Chat) -> None:
    """Each thing once; a step that changes nothing tells nothing."""
    decide = ("--as", "quinn", "--why", "good")
    shop("release", "deploy", "v1.0.0", "--env", "dev")
    shop("release", "deploy", "v1.0.0", "--env", "dev")
    shop("release", "promote", "v1.0.0")
    shop("release", "verify", "--env", "qa")
    shop("release", "promote", "v1.0.0")  # refused: nobody has approved
    shop("release", "approve", "v1.0.0", "--env", "uat", *decide)
    shop("release", "reject", "v1.0.0", "--as", "quinn", "--why", f"holds {SSN} & more")

    assert [
        "shop: v1.0.0 is live in dev",
        "shop: v1.0.0 is live in qa",
        "shop: v1.0.0 waits for approval in uat",
        "shop: v1.0.0 was approved for uat",
        "shop: v1.0.0 died in qa",
    ] == _first_lines(chat)
    assert "qa-lead" in chat.messages[2]["text"]
    assert "&amp; more" in chat.messages[4]["text"]
    assert SSN not in str(chat.messages)


def test_a_host_that_is_busy_is_tried_again(shop: Terminal, chat: Chat) -> None:
    """A courtesy gets three tries."""
    chat.answers = [503, 503]
    assert 0 == shop("release", "deploy", "v1.0.0", "--env", "dev").code

    assert ["shop: v1.0.0 is live in dev"] * 3 == _first_lines(chat)


def test_who_was_not_told_is_said_and_nothing_else_changes(shop: Terminal, chat: Chat) -> None:
    """The exit code is the line's; the webhook's address is in no message."""
    chat.answers = [503] * 9
    said = shop("release", "deploy", "v1.0.0", "--env", "dev")

    assert 0 == said.code
    assert "notify[0] (slack) was not told: WebhookNotSentError, after 3 tries" in said.err
    assert "services" not in said.err


def test_a_failed_release_is_told_with_its_reason(world: World, taken: list[Notice]) -> None:
    """It died, and what was live before is live again."""
    world.release("v1.0.0", upto="dev")
    world.broken = {("v1.0.1", "dev")}
    world.commit()
    world.build()
    world.upload("v1.0.1")
    taken.clear()
    with _telling(world):
        world.deploy("v1.0.1", "dev")

    told: list[Any] = [notice.values.value for notice in taken]
    assert ["ReleaseDied", "ReleaseTakenBack"] == [notice.name for notice in taken]
    assert [("died", "SmokeFailed"), ("taken-back", "")] == [
        (one["event"], one["reason"]) for one in told
    ]


def test_a_rejection_during_a_deployment_tells_that_it_was_taken_back(
    world: World, taken: list[Notice]
) -> None:
    """The command that deploys is refused, and people hear what it did before it ended."""
    world.release("v1.0.0", upto="uat")
    world.approve("v1.0.0", "prod", "morgan")
    taken.clear()

    def reject(what: str, act: Any) -> Any:
        done = act()
        if what == "switch prod":
            World(world.folder, clock=world.clock).reject("v1.0.0", "quinn", "no")
        return done

    world.effect = reject
    with pytest.raises(ReleaseRefusedError), _telling(world):
        world.deploy("v1.0.0", "prod")

    assert ["ReleaseTakenBack"] == [notice.name for notice in taken]


def test_each_recipient_gets_what_it_asked_for(world: World, taken: list[Notice]) -> None:
    """By event and by environment; a mail where somebody is named."""
    rules = world.folder / "release.toml"
    rules.write_text(
        rules.read_text()
        + '[[notify]]\nurl = "kept://mail"\nto = ["team"]\non = ["waiting"]\n'
        + '[[notify]]\nurl = "kept://qa"\nenvironments = ["qa"]\n'
    )
    with _telling(world):
        world.release("v1.0.0", upto="qa")

    mails = [(notice.name, notice.to) for notice in taken if notice.medium.value == "mail"]
    assert [("release-waiting", ("team",))] == mails
    events = sorted(
        (notice.name, notice.values.value["environment"])  # type: ignore[index,call-overload]
        for notice in taken
        if notice.medium.value == "event"
    )
    everything = [("ReleaseLive", "dev"), ("ReleaseLive", "qa"), ("ReleaseWaiting", "uat")]
    assert sorted([*everything, ("ReleaseLive", "qa")]) == events


def test_a_recipient_that_hangs_costs_bounded_time(
    world: World, taken: list[Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are told meanwhile."""
    rules = world.folder / "release.toml"
    rules.write_text(rules.read_text() + '[[notify]]\nurl = "hung://x"\n')
    monkeypatch.setattr(announcing, "WHOLE_S", 2.0)
    context = _telling(world)
    with context:
        world.release("v1.0.0", upto="dev")

    assert ["hung"] == [one.scheme for one in context.unsent]
    assert ["TimedOut"] == [one.why for one in context.unsent]
    assert ["ReleaseLive"] == [notice.name for notice in taken]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('url = "nobody://x"', "install affidavit"),
        ('url = "faulty://x"', "ZeroDivisionError"),
        ('url = "slack://hooks.slack.com"', "SettingsError"),
    ],
)
def test_a_recipient_that_cannot_be_opened_is_named(
    world: World, taken: list[Notice], line: str, why: str
) -> None:
    """The line goes on, and the others are told."""
    rules = world.folder / "release.toml"
    rules.write_text(rules.read_text() + f"[[notify]]\n{line}\n")
    context = _telling(world)
    with context:
        world.release("v1.0.0", upto="dev")

    [unsent] = context.unsent
    assert 1 == unsent.place
    assert why in unsent.why
    assert 1 == len(taken)


OVER = threading.Event()


class _Keeper:
    """Keeps what it is to send."""

    def __init__(self, kept: list[Notice]) -> None:
        self._kept = kept

    def send(self, notice: Notice, *, timeout_s: float) -> None:
        assert 0 < timeout_s
        self._kept.append(notice)


class _Hung:
    def send(self, _: Notice, *, timeout_s: float) -> None:
        OVER.wait(60)


def _faulty(_: Any) -> Any:
    raise ZeroDivisionError


@pytest.fixture
def taken(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Notice]]:
    """What a stand-in was given to send; it is the first recipient of the world's rules."""
    kept: list[Notice] = []
    rules = world.folder / "release.toml"
    rules.write_text(rules.read_text() + '[[notify]]\nurl = "kept://all"\n')
    offers = {
        "kept": NotifierFactory("kept", lambda _: _Keeper(kept)),
        "hung": NotifierFactory("hung", lambda _: _Hung()),
        "faulty": NotifierFactory("faulty", _faulty),
        "slack": NotifierFactory("slack", open_slack),
    }
    monkeypatch.setattr(announcing, "by_name", lambda *_: offers)
    OVER.clear()
    yield kept
    OVER.set()


class _telling:  # noqa: N801 - reads as what it does
    """Tell what each command of a block has done before the next one is opened."""

    def __init__(self, world: World) -> None:
        self._world, self.unsent = world, list[announcing.Unsent]()

    def __enter__(self) -> None:
        self._contexts: list[Any] = []
        opened = World.context
        world = self._world

        def context() -> Any:
            self._tell()
            held = opened(world)._replace(wait=time.sleep)
            self._contexts.append(held)
            return held

        world.context = context  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        self._tell()

    def _tell(self) -> None:
        for context in self._contexts:
            self.unsent += announce(context)


@pytest.mark.parametrize(
    ("fails", "left_s", "waits", "timeouts", "said"),
    [
        (0, 60, [], [3], ""),
        (1, 60, [0.5], [3, 3], ""),
        (2, 60, [0.5, 1.0], [3, 3, 3], ""),
        (9, 60, [0.5, 1.0], [3, 3, 3], "ZeroDivisionError, after 3 tries"),
        (0, 2, [], [2], ""),
        (0, -1, [], [], "TimedOut"),
    ],
)
def test_a_notice_is_tried_three_times(
    fails: int, left_s: float, waits: list[float], timeouts: list[int], said: str
) -> None:
    """Half a second and a second apart, three seconds each, within the time for all."""
    waited, took = list[float](), list[float]()

    class Fails:
        def send(self, _: object, *, timeout_s: float) -> None:
            took.append(timeout_s)
            if len(took) <= fails:
                raise ZeroDivisionError

    until = time.monotonic() + left_s
    notice: Any = object()
    assert said == announcing._tried(Fails(), notice, waited.append, until)
    assert waits == waited
    assert timeouts == pytest.approx(took, abs=0.5)
