"""The first and the last of what a release takes, and what a program that fails leaves to read."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from affidavit import AffidavitError
from affidavit.plugin import iso_utc
from affidavit_release import announce as announcing
from affidavit_release import evidence_check, programs, scenario_gate, take_back, vault
from affidavit_release.bundles import collect, stage, staged
from affidavit_release.errors import Reason, ReleaseError, ReleaseRefusedError
from affidavit_release.line_step import StepKind
from affidavit_release.pipeline_state import EnvironmentState
from affidavit_release.programs import Ended, run_program
from affidavit_release.release_events import ReleaseEvent, Told
from affidavit_release.rules import Smoke
from affidavit_release.rules_file import Scenarios
from affidavit_release.smoke import run_smoke
from affidavit_release.targets import Asked
from affidavit_release.vault import CHECKSUMS, checksums
from release_world import World, version


def bundles(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        data = f"zip {number}".encode()
        said = {"name": f"f{number}", "sha256": hashlib.sha256(data).hexdigest()}
        (folder / f"f{number}.zip").write_bytes(data)
        (folder / f"f{number}.manifest.json").write_text(json.dumps(said))
    return folder


@pytest.mark.parametrize(("count", "good"), [(0, False), (1, True), (100, True), (101, False)])
def test_a_release_has_one_to_a_hundred_bundles(count: int, good: bool, tmp_path: Path) -> None:
    """More are no release but a mistake in the folder's name."""
    folder = bundles(tmp_path / "b", count)
    if good:
        assert 2 * count == len(collect(folder))
        return
    with pytest.raises(ReleaseError) as caught:
        collect(folder)
    why = f"the folder of bundles has {count} zips; 1 to 100 are expected"
    assert ("there is nothing to release", why) == (caught.value.what, caught.value.why)


def test_a_bundle_that_cannot_be_read_is_no_crash(tmp_path: Path) -> None:
    """A folder that is called like a zip."""
    (bundles(tmp_path / "b", 1) / "g.zip").mkdir()
    with pytest.raises(ReleaseError, match="it raised IsADirectoryError"):
        collect(tmp_path / "b")


def test_what_is_put_aside_is_whole_or_not_there(tmp_path: Path) -> None:
    """It replaces what was there; one that fails leaves nothing; only files of a release count."""
    one, folder = version("v1.0.0"), tmp_path / "a" / "b"
    assert None is staged(folder, one)
    for data in (b"1", b"2"):
        files = {"shop.zip": data, "shop.manifest.json": b"{}"}
        stage(folder, one, files)
        assert files == staged(folder, one)
    place = folder / "v1.0.0"
    assert checksums(files) == (place / CHECKSUMS).read_bytes()
    (place / "notes.txt").write_bytes(b"")
    assert files == staged(folder, one)
    with pytest.raises(FileNotFoundError):
        stage(folder, one, {"no/folder.zip": b""})
    assert ["v1.0.0"] == [path.name for path in folder.iterdir()]


def test_a_program_has_no_input_and_may_write_what_it_likes(tmp_path: Path) -> None:
    """Bytes that are no text are shown as such; what it is told is added to what it has."""
    code = "import sys; sys.stdout.buffer.write(b'a\\xff' + sys.stdin.buffer.read())"
    ended = run_program([sys.executable, "-c", code], folder=tmp_path, timeout_s=20)
    assert (0, "a\N{REPLACEMENT CHARACTER}", "") == ended
    code = "import time; time.sleep(60)"
    late = run_program([sys.executable, "-c", code], folder=tmp_path, timeout_s=0.5)
    assert (None, "", "it took more than 0.5 s") == late


def test_the_end_of_what_a_smoke_test_said_is_shown(world: World) -> None:
    """Fifteen lines of stderr; a test that says nothing has failed all the same."""
    told: Any = SimpleNamespace(
        environment="qa",
        stored=SimpleNamespace(version="v1.0.0", digest="d"),
        label="",
        may_write=True,
    )
    path = world.folder / "smoke.py"
    for code, said in (
        ("import sys; print('x'); sys.exit('\\n'.join(map(str, range(20))))", range(5, 20)),
        ("raise SystemExit(3)", ["it failed and said nothing on stderr"]),
    ):
        path.write_text(code)
        assert ("reads", "\n".join(map(str, said))) == run_smoke(world.rules(), told)
    path.write_text("import os; assert os.environ['RELEASE_READ_ONLY'] == '0'")
    assert None is run_smoke(world.rules(), told)


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        (Ended(0, "x", ""), ""),
        (Ended(6, "x", ""), ""),
        (Ended(1, "\n".join(map(str, range(20))), ""), "\n".join(map(str, range(5, 20)))),
        (Ended(1, "", ""), "they failed and said nothing"),
        (Ended(2, "", ""), "affidavit scenario run ended with exit code 2"),
        (Ended(None, "", ""), "affidavit scenario run took too long"),
    ],
)
def test_scenarios_end_in_one_of_these_ways(
    ended: Ended, told: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the last fifteen lines, or with the command to run by hand."""
    ran: list[Any] = []
    monkeypatch.setattr(
        scenario_gate, "run_program", lambda *given, **more: ran.append((given, more)) or ended
    )
    asked = Scenarios(paths=["there"], dollars=0.5)
    smoke = Smoke("trip", frozenset({"qa"}), (), writes=False, timeout_s=60, scenarios=asked)
    environ = {"RELEASE_ENVIRONMENT": "qa", "RELEASE_VERSION": "v1.0.0"}
    words = "scenario run there --env qa --backend aws --budget 0.5 --no-progress --read-only"

    def find() -> str:
        return scenario_gate.find_failure(smoke, world.rules(), environ, may_write=False)

    if ended.code in {0, 1, 6}:
        assert told == find()
    else:
        with pytest.raises(ReleaseError) as caught:
            find()
        assert ("the scenarios of trip have no verdict", told) == (
            *(caught.value.what, caught.value.why),
        )
        assert f"Run it by hand: affidavit {words}" == caught.value.fix
    command = [sys.executable, "-m", "affidavit_cli", *words.split()]
    more = {"folder": world.rules().folder, "timeout_s": 60, "environ": environ}
    assert [((command,), more)] == ran


def test_each_event_is_a_sentence() -> None:
    """Where no environment is named it is the vault."""
    step: Any = SimpleNamespace(version="v1.0.0", said={"share": 10})
    assert [
        "v1.0.0 is live in qa",
        "v1.0.0 waits for approval in qa",
        "v1.0.0 was approved for qa",
        "v1.0.0 gets 10 % of qa",
        "v1.0.0 died in qa",
        "v1.0.0 was taken back in qa",
        "v1.0.0 has reached the second region, qa",
    ] == [Told(event, step, "qa").subject for event in ReleaseEvent]
    assert "v1.0.0 died in the vault" == Told(ReleaseEvent.DIED, step, "").subject


def test_what_cannot_be_told_is_said_once(world: World) -> None:
    """Nobody is asked twice about one command; a ledger that is gone is told of all recipients."""
    rules = world.folder / "release.toml"
    more = '[[notify]]\nurl = "slack://h?secret=env:X"\n[[notify]]\nurl = "sns://x"\n'
    assert [] == announcing.announce(world.context())
    rules.write_text(rules.read_text() + more)
    context = world.context()
    assert [] == announcing.announce(context)
    context.steps.tell(StepKind.BUILD, "v1.0.0", {})

    def gone() -> Any:
        raise AffidavitError("gone", why="planted", fix="x")

    context.steps.read = gone  # type: ignore[method-assign]
    unsent = announcing.announce(context)
    assert [(0, "slack", "AffidavitError"), (1, "sns", "AffidavitError")] == unsent
    assert "notify[1] (sns) was not told: AffidavitError" == str(unsent[1])
    assert [] == announcing.announce(context)


@pytest.mark.parametrize(
    ("attempt", "candidate", "age_ms", "busy"),
    [
        ("a", "v1.0.0", 899_999, True),
        ("a", "v1.0.0", 900_000, False),
        ("", "v1.0.0", 0, False),
        ("a", "v1.0.1", 0, False),
    ],
)
def test_an_environment_is_busy_for_a_quarter_of_an_hour(
    attempt: str, candidate: str, age_ms: int, busy: bool
) -> None:
    """With another release, whose command has not said how it ended."""
    now = 1_790_000_000_000
    context: Any = SimpleNamespace(steps=SimpleNamespace(now_ms=lambda: now))
    opened = iso_utc(now - age_ms)
    state = EnvironmentState(candidate=candidate, attempt=attempt, opened_at=opened)
    assert busy == take_back.is_busy(context, state, "v1.0.1")


def test_what_was_taken_back_already_is_left_alone(world: World) -> None:
    """Nothing is switched, and nothing is on record."""
    world.release("v1.0.0", upto="dev")
    context, count = world.context(), len(world.records())
    release = context.pipeline().releases["v1.0.0"]
    world.release("v1.0.1", upto="dev")
    live, count = world.bytes_in("dev"), len(world.records())
    take_back.roll_back(world.context(), release, "dev")
    assert (live, count) == (world.bytes_in("dev"), len(world.records()))


def test_a_program_is_ended_with_who_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control-C ends the program, too, and is not swallowed."""
    ended: list[Any] = []
    real = programs._end

    def end(process: Any) -> None:
        monkeypatch.undo()
        real(process)
        ended.append(process.returncode)

    def interrupted(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(programs, "_end", end)
    monkeypatch.setattr("subprocess.Popen.communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_program(["sleep", "60"], folder=tmp_path, timeout_s=20)
    assert [-9] == ended


def test_a_smoke_test_of_a_program_asks_for_no_scenario() -> None:
    """There is no command then."""
    smoke = Smoke("s", frozenset({"qa"}), ("true",), writes=False, timeout_s=1)
    assert [] == scenario_gate.command_of(smoke, {}, may_write=True)


def test_a_function_is_read_where_it_runs() -> None:
    """Its table is in its region unless its URL names one; only what evidence needs is read."""
    held = {
        "AFFIDAVIT_POLICY": "baseline",
        "AFFIDAVIT_ENVIRONMENT": "qa",
        "AFFIDAVIT_SOURCE_X": "?",
    }
    for url, read in (
        ("dynamodb://t?key=alias/a&tokens=alias/b", "dynamodb://t?key=alias/a&tokens=alias/b&region=here-1"),
        ("dynamodb://t?key=alias/a&region=x-1", "dynamodb://t?key=alias/a&region=x-1"),
        ("sqlite:///a.db", "sqlite:///a.db"),
    ):  # fmt: skip
        asked = Asked("r", None, False, "", {**held, "AFFIDAVIT_LEDGER": url}, "here-1")
        settings = evidence_check._settings(asked)
        assert urlsplit(read) == settings.ledger
        assert ("baseline", "qa") == (settings.policy, settings.environment)


@pytest.mark.parametrize(
    ("event", "ids"),
    [
        ({"requestContext": {"requestId": "g-1"}}, ["g-1"]),
        ({"requestContext": {"requestId": 1}}, []),
        ({"requestContext": ["requestId"]}, []),
        ({}, []),
        (["requestContext"], []),
    ],
)
def test_a_gateways_event_has_an_id_of_its_own(event: Any, ids: list[str]) -> None:
    """Its records have that one."""
    assert ids == list(evidence_check._gateway_id(event))


SUM = b"0" * 64


@pytest.mark.parametrize(
    "listed",
    [
        b"",
        b"\n",
        SUM + b"  shop.zip\n\n",
        SUM + b"  shop.zip\nno line\n",
        SUM + b"  shop.zip\n" + SUM + b"  shop.zip\n",
        SUM + b"  shop.txt\n",
        SUM + b" shop.zip\n",
        SUM + b"  sh\xffop.zip\n",
    ],
)
def test_a_list_of_files_that_is_none_is_refused(listed: bytes) -> None:
    """Signed or not: no line too many, none of another form, no name that a release cannot have."""
    with pytest.raises(ReleaseRefusedError) as caught:
        vault._read_sums(listed)
    assert Reason.BYTES_ALTERED is caught.value.reason
    good = SUM + b"  a.zip\n" + b"1" * 64 + b"  a.manifest.json\n"
    assert {"a.zip": "0" * 64, "a.manifest.json": "1" * 64} == vault._read_sums(good)
