"""`affidavit push` into files and to syslog: real files, real TLS, processes that are killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit import LedgerUnavailableError, SettingsError
from affidavit.plugin import Entry
from affidavit_ledger.ocsf import OCSF_VERSIONS, event_of
from affidavit_ledger.push import load_push_mark, push_new, save_push_mark
from affidavit_ledger.push_file import RotatedFile, open_file
from affidavit_ledger.push_syslog import SyslogReceiver, framed, open_syslog
from affidavit_ledger.segments import parts_of
from archive_world import ArchiveWorld, drawn, make_world
from command_line import Terminal
from ocsf_facts import chains
from syslog_receiver import FORM, Certificates, Receiver, deframed, make_certificates, receiving

CHAINS, EVENTS = 5, 156
"""A refusal leaves one record, any other access two; a genesis is no event."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ArchiveWorld:
    """The records of 80 accesses, sealed in four segments."""
    folder = tmp_path_factory.mktemp("world")
    return make_world(folder, drawn(80, subjects=9, actors=3, years=1, seed=4), segment=20)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority, and a certificate."""
    return make_certificates(tmp_path_factory.mktemp("tls"))


def events_in(folder: Path) -> list[dict[str, Any]]:
    """Return the events of all files, the oldest first; each line has to be one."""
    found = sorted(folder.glob("events.ndjson.*")) + sorted(folder.glob("events.ndjson"))
    return [json.loads(line) for path in found for line in path.read_text().splitlines()]


def whole(world: ArchiveWorld, events: list[dict[str, Any]]) -> None:
    """Hold events to the promise: all are there, by first and by last copies in order."""
    sealed: set[str] = set()
    for key in world.archive.keys("segments/"):
        sealed.update(body.decode() for body, _ in parts_of(world.archive.get(key)))
    places = [(e["unmapped"]["chain_uid"], e["metadata"]["sequence"]) for e in events]
    for order in (list(dict.fromkeys(places)), list(dict.fromkeys(reversed(places)))[::-1]):
        chains: dict[str, list[int]] = defaultdict(list)
        for writer, seq in order:
            chains[writer].append(seq)
        assert CHAINS == len(chains)
        assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in chains.values())
        assert len(sealed) == len(order) + CHAINS
    assert {event["raw_data"] for event in events} < sealed


def options(world: ArchiveWorld, to: str, folder: Path) -> tuple[str, ...]:
    """Return the arguments of a push."""
    key = str(world.key_file)
    place = ("--archive", world.url, "--public-key", key, "--mark", str(folder / "mark"))
    return ("push", "--to", to, *place)


def test_what_is_sealed_is_pushed_once(
    terminal: Terminal, world: ArchiveWorld, tmp_path: Path
) -> None:
    """And a second time there is nothing new."""
    asked = (*options(world, f"file://{tmp_path}/events.ndjson", tmp_path), "--output", "json")
    said = terminal(*asked)
    assert (0, EVENTS, []) == (said.code, said.data["pushed"], said.data["left_out"])
    assert 0 <= said.data["lag_s"] < 600
    whole(world, events_in(tmp_path))
    assert 0 == terminal(*asked).data["pushed"]
    assert EVENTS == len(events_in(tmp_path))


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("nowhere://x", "available: eventbridge, file, firehose, syslog"),
        ("http://[", "it cannot be parsed"),
        ("file://host/x", "three slashes"),
        ("file:///x?size=big", "size is not a whole number"),
        ("file:///x?size=1&size=2", "said twice"),
        ("syslog://", "a host"),
        ("syslog://siem:99999", "a host"),
        ("syslog://someone@siem", "a host"),
        ("syslog://siem?tls=no", "not known"),
        ("syslog://siem?tls=", "not known"),
        ("syslog://siem?ca=", "is empty"),
    ],
)
def test_a_target_that_cannot_be_is_refused(
    to: str, why: str, terminal: Terminal, world: ArchiveWorld, tmp_path: Path
) -> None:
    """Before anything is read."""
    said = terminal(*options(world, to, tmp_path))
    assert 3 == said.code
    assert why in said.err
    assert not (tmp_path / "mark").exists()


def test_two_do_not_push_from_one_mark(
    terminal: Terminal, world: ArchiveWorld, tmp_path: Path
) -> None:
    """The second one says so."""
    import fcntl

    with (tmp_path / "mark.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        said = terminal(*options(world, f"file://{tmp_path}/events.ndjson", tmp_path))
    assert 3 == said.code
    assert "another push goes on from this mark" in said.err


def _killed_at(number: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that is killed at its call number `number` of the system for files."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    left = number

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **more: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                if call is write:  # half of it is there
                    write(arguments[0], arguments[1][: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **more)

        return counting

    write = os.write
    for name in ("open", "write", "fsync", "ftruncate", "rename", "replace", "close", "unlink"):
        setattr(os, name, counted(getattr(os, name)))
    try:
        act()
    finally:
        os._exit(0)


def test_a_process_that_is_killed_anywhere_loses_nothing(
    world: ArchiveWorld, tmp_path: Path
) -> None:
    """At each call of the system: the next run goes on, and every line is an event."""
    number, killed = 1, True
    while killed:
        folder = tmp_path / str(number)
        folder.mkdir()

        def push(folder: Path = folder) -> None:
            push_new(
                world.archive,
                world.verifier,
                RotatedFile(folder / "events.ndjson", size=60_000),
                load_push_mark(folder / "mark", "file"),
                lambda mark: save_push_mark(folder / "mark", mark, "file"),
                now_ms=time.time_ns() // 1_000_000,
                version=OCSF_VERSIONS[-1],
                batch=45,
            )

        killed = _killed_at(number, push)
        push()
        whole(world, events_in(folder))
        number += 1
    assert number > 30


def test_a_command_that_is_killed_goes_on(world: ArchiveWorld, tmp_path: Path) -> None:
    """A real process that pushes again and again, and another one after it."""
    to = f"file://{tmp_path}/events.ndjson"
    line = [sys.executable, "-m", "affidavit_cli", *options(world, to, tmp_path), "--every", "1"]
    for _ in range(2):
        with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            told = json.loads(running.stdout.readline())
            running.kill()
        assert -signal.SIGKILL == running.returncode
        assert told["PushLag"] >= 0
    assert (0, 0, 0) == (told["PushedEvents"], told["PushFailures"], told["PushLeftOut"])
    units = {m["Name"]: m["Unit"] for m in told["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert ("Seconds", "example.org/ledger") == (units["PushLag"], told["Log"])
    whole(world, events_in(tmp_path))


def test_a_push_whose_metrics_nobody_reads_any_more_is_no_success(
    world: ArchiveWorld, tmp_path: Path
) -> None:
    """What watches the process starts it again, or tells somebody."""
    to = f"file://{tmp_path}/events.ndjson"
    line = [sys.executable, "-m", "affidavit_cli", *options(world, to, tmp_path), "--every", "1"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(line, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writing)
    assert (3, True) == (done.returncode, b"nobody reads its metrics" in done.stderr)
    whole(world, events_in(tmp_path))


def test_files_are_set_aside_and_the_oldest_removed(tmp_path: Path) -> None:
    """Only if asked: otherwise what a collector has not read is kept."""
    for kept, names in ((0, 9), (3, 3)):
        folder = tmp_path / str(kept)
        folder.mkdir()
        target = open_file(urlsplit(f"file://{folder}/events.ndjson?size=300&keep={kept}"))
        for number in range(10):
            target.send([{"number": number, "text": "x" * 200}])
        assert 1 + names == len(list(folder.iterdir()))
        assert list(range(9 - names, 10)) == [event["number"] for event in events_in(folder)]


@given(
    before=st.lists(st.binary(max_size=80).map(lambda b: b.replace(b"\n", b"")), max_size=5),
    torn=st.binary(max_size=200).map(lambda b: b.replace(b"\n", b"")),
)
def test_a_line_half_written_is_cut_off(
    before: list[bytes], torn: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whole lines stay as they are."""
    path = tmp_path_factory.mktemp("file") / "events.ndjson"
    whole_lines = b"".join(line + b"\n" for line in before)
    path.write_bytes(whole_lines + torn * 1000)
    RotatedFile(path).send([{"n": 1}])
    assert whole_lines + b'{"n": 1}\n' == path.read_bytes()


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """And not what was to be in it."""
    with pytest.raises(LedgerUnavailableError) as failed:
        RotatedFile(tmp_path / "no" / "events.ndjson").send([{"secret": "word"}])
    assert "word" not in str(failed.value)
    with pytest.raises(SettingsError):
        open_file(urlsplit("file:///"))


@given(entries=chains())
def test_a_message_has_the_form_of_rfc_5424(entries: list[Entry]) -> None:
    """Whatever is in an event: frames of ASCII, severity by how it ended, the record's own time."""
    events = [event for entry in entries if (event := event_of(entry)) is not None]
    messages = list(deframed(b"".join(map(framed, events))))
    for event, message in zip(events, messages, strict=True):
        found = FORM.fullmatch(message)
        assert found
        said: Any = event
        facility, severity = divmod(int(found["pri"]), 8)
        assert (13, 6 if said["severity_id"] == 1 else 5) == (facility, severity)
        assert said["metadata"]["original_time"] == found["time"]
        assert ("affidavit", said["metadata"]["event_code"]) == (found["app"], found["msgid"])
        assert event == json.loads(found["msg"])


@pytest.mark.parametrize("says_goodbye", [True, False])
def test_syslog_over_tls(
    says_goodbye: bool, terminal: Terminal, world: ArchiveWorld, files: Certificates, tmp_path: Path
) -> None:
    """To a receiver that answers as RFC 5425 says, and to one that hangs up once it has read."""
    with receiving(files, says_goodbye=says_goodbye) as receiver:
        to = f"syslog://127.0.0.1:{receiver.port}?ca={files.authority}"
        assert 0 == terminal(*options(world, to, tmp_path)).code
        whole(world, _received(receiver))


def test_a_receiver_that_has_not_read_gets_it_again(
    terminal: Terminal, world: ArchiveWorld, files: Certificates, tmp_path: Path
) -> None:
    """However small it was, and however well it went out; the mark stays where it is."""
    with receiving(files) as receiver:
        receiver.deaf = 2
        target = SyslogReceiver("127.0.0.1", receiver.port, str(files.authority))
        with pytest.raises(LedgerUnavailableError, match="ConnectionResetError"):
            target.send([{"severity_id": 1, "metadata": {"original_time": "-", "event_code": "-"}}])
        to = f"syslog://127.0.0.1:{receiver.port}?ca={files.authority}"
        said = terminal(*options(world, to, tmp_path))
        assert 3 == said.code
        assert "the events come again" in said.err
        assert not receiver.messages
        assert 0 == terminal(*options(world, to, tmp_path)).code
        whole(world, _received(receiver))


def _received(receiver: Receiver) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 10
    while len(receiver.messages) < EVENTS and time.monotonic() < deadline:
        time.sleep(0.01)  # the last connection is being taken apart
    return [json.loads(str(FORM.fullmatch(one)["msg"])) for one in receiver.messages]  # type: ignore[index]


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_who_does_not_speak_tls_or_is_not_known_gets_nothing(
    silent: int, files: Certificates
) -> None:
    """No event leaves in clear, and none to somebody without a certificate that we know."""
    with pytest.raises(LedgerUnavailableError, match="TimeoutError"):
        SyslogReceiver("127.0.0.1", silent, timeout_s=0.2).send([])
    with receiving(files) as receiver:
        stranger = open_syslog(urlsplit(f"syslog://127.0.0.1:{receiver.port}"))
        with pytest.raises(LedgerUnavailableError, match="SSLCertVerificationError"):
            stranger.send([])
        assert not receiver.messages
