"""What Python's audit events say, event by event: kind, name and host."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from affidavit._offrecord.audit_events import (
    LOOK_UPS,
    READERS,
    Seen,
    sqlite_file,
    surroundings,
)
from affidavit._offrecord.observation import Observation
from affidavit._offrecord.own_files import OwnFiles
from affidavit._types import Token
from off_record_parts import holding

AROUND = surroundings({"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"})


def _read(event: str, *args: Any) -> Seen | None:
    observation = Observation(holding().off_record, lambda _, __: Token("t" * 32))
    return READERS[event](args, observation, AROUND)


@pytest.mark.parametrize(
    "event",
    ["http.client.connect", "http.client.send", "ftplib.sendcmd", "imaplib.send", "poplib.putline",
     "smtplib.send", "telnetlib.Telnet.write"],
)  # fmt: skip
def test_events_of_clients_that_know_their_host(event: str) -> None:
    """A tunnel's end before the proxy; not the runtime's own address."""
    for name in ("host", "_host", "_tunnel_host"):
        assert Seen("net", "socket", "a") == _read(event, SimpleNamespace(**{name: "a"}, port=1))
    both = SimpleNamespace(_tunnel_host="b", host="a", port=1)
    assert Seen("net", "socket", "b") == _read(event, both)
    assert _read(event, SimpleNamespace(host="127.0.0.1", port=9001)) is None
    assert _read(event, SimpleNamespace(host="")) is None


@pytest.mark.parametrize(
    "event",
    ["ftplib.connect", "imaplib.open", "poplib.connect", "smtplib.connect", "nntplib.connect",
     "telnetlib.Telnet.open"],
)  # fmt: skip
def test_events_that_say_host_and_port(event: str) -> None:
    """After whom they are about."""
    assert Seen("net", "socket", "a") == _read(event, object(), "a", 21)
    assert _read(event, object(), "127.0.0.1", 9001) is None
    assert _read(event, object(), "", 21) is None


@pytest.mark.parametrize(
    ("event", "name"),
    [("subprocess.Popen", "ls"), ("os.system", "os.system"), ("os.exec", "ls"), ("os.spawn", "ls"),
     ("pty.spawn", "ls"), ("os.posix_spawn", "ls")],
)  # fmt: skip
def test_events_of_processes(event: str, name: str) -> None:
    """By the program; a shell's command line may say anything."""
    said = "os.system" if event == "os.system" else event.removesuffix(".Popen")
    for program in ("ls", b"ls", ["ls", "-l"]):
        seen = _read(event, program)
        assert seen is not None
        assert ("process", said, name) == seen


@pytest.mark.parametrize("event", ["os.fork", "os.forkpty"])
def test_events_of_forks(event: str) -> None:
    """Which have no program."""
    assert Seen("process", "os.fork", "os.fork") == _read(event)


@pytest.mark.parametrize(
    ("event", "name"), [("open", "open"), ("os.listdir", "list"), ("os.scandir", "list")]
)
def test_events_of_files(event: str, name: str) -> None:
    """By the whole path; the function's own are none."""
    assert Seen("file", name, "/mnt/a") == _read(event, "/mnt/b/../a")
    assert _read(event, "/etc/hosts") is None
    assert _read(event, 7) is None


@pytest.mark.parametrize("event", ["socket.connect", "socket.sendto", "socket.sendmsg"])
def test_events_of_sockets(event: str) -> None:
    """By host or path; the platform's daemons are none."""
    assert Seen("net", "socket", "198.51.100.7") == _read(event, object(), ("198.51.100.7", 80))
    assert Seen("net", "unix", "/mnt/s") == _read(event, object(), b"/mnt/s")
    for address in (("127.0.0.1", 9001), ("127.0.0.1", 2000), ("a",), 7, ("", 1), "/usr/lib/s"):
        assert _read(event, object(), address) is None


def test_names_that_are_looked_up() -> None:
    """Both ways to do so."""
    assert ["socket.getaddrinfo", "socket.gethostbyname"] == sorted(LOOK_UPS)


@pytest.mark.parametrize(
    "name",
    ["connect", "dlopen", "execl", "execve", "fopen", "fopen64", "mmap", "open", "open64", "openat",
     "popen", "posix_spawn", "read", "recv", "send", "sendto", "socket", "syscall", "system"],
)  # fmt: skip
def test_functions_of_the_c_library(name: str) -> None:
    """Those that reach files, networks and processes, by their names."""
    assert Seen("native", f"ctypes.{name}") == _read("ctypes.dlsym", object(), name)
    assert _read("ctypes.dlsym", object(), f"{name}_") is None


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("/mnt/a.db", "/mnt/a.db"), (b"/mnt/a.db", "/mnt/a.db"), (Path("/mnt/a.db"), "/mnt/a.db"),
        ("file:/mnt/b/../a.db?mode=ro", "/mnt/a.db"), ("file:/mnt/a.db", "/mnt/a.db"),
        ("/mnt/a?b.db", "/mnt/a?b.db"), ("file:a?mode=memory&cache=shared", ""), (":memory:", ""),
        ("file::memory:", ""), ("", ""), (7, ""), (None, ""),
    ],
)  # fmt: skip
def test_a_database_by_its_file(said: Any, path: str) -> None:
    """One in memory holds what the function has put there itself."""
    assert path == sqlite_file(said)
    expected = Seen("db", "sqlite3", path) if path else None
    assert expected == _read("sqlite3.connect", said)


def test_a_library_that_is_not_the_functions_own() -> None:
    """The platform's are; none has no name."""
    assert Seen("native", "ctypes", "/mnt/lib.so") == _read("ctypes.dlopen", "/mnt/lib.so")
    assert _read("ctypes.dlopen", "/usr/lib/libm.so.6") is None
    assert _read("ctypes.dlopen", None) is None


def test_a_file_that_is_mapped(tmp_path: Path) -> None:
    """By the path behind the number that it was opened with; what has none is no file."""
    elsewhere = surroundings({})._replace(files=Nothing())
    observation = Observation(holding().off_record, lambda _, __: Token("t" * 32))
    path = tmp_path / "a"
    path.write_text("x")
    with path.open() as file, socket.socket() as open_socket:
        read = READERS["mmap.__new__"]
        assert Seen("file", "mmap", str(path)) == read((file.fileno(),), observation, elsewhere)
        assert read((file.fileno(),), observation, AROUND) is None
        assert read((open_socket.fileno(),), observation, elsewhere) is None
        assert read((-1,), observation, elsewhere) is None
        assert read(("a",), observation, elsewhere) is None


class Nothing(OwnFiles):
    """A function that owns no file."""

    def __init__(self) -> None:
        pass

    def has(self, path: str) -> bool:
        """Tell that it is somebody else's."""
        return False


def test_a_connection_is_named_as_it_was_looked_up() -> None:
    """By the thread and the port, then by the port, then without one; an address by itself."""
    observation = Observation(holding().off_record, lambda _, __: Token("t" * 32))

    def connect(host: Any, port: int) -> Any:
        return READERS["socket.connect"]((object(), (host, port)), observation, AROUND)

    for name in LOOK_UPS:
        LOOK_UPS[name](("198.51.100.7", 80), observation, AROUND)
        LOOK_UPS[name](("2001:db8::1", 80), observation, AROUND)
        LOOK_UPS[name](("", 80), observation, AROUND)
    assert observation.hosts is None
    LOOK_UPS["socket.getaddrinfo"](("a.example", 443), observation, AROUND)
    LOOK_UPS["socket.getaddrinfo"]((b"b.example", "80"), observation, AROUND)
    other = threading.Thread(
        target=LOOK_UPS["socket.getaddrinfo"], args=(("c.example", 443), observation, AROUND)
    )
    other.start()
    other.join()
    assert ("a.example", "b.example") == (
        connect("198.51.100.7", 443).where,
        connect("::1", 80).where,
    )
    assert "c.example" == observation.hosts["443"]
    assert "198.51.100.7" == connect("198.51.100.7", 9).where
    LOOK_UPS["socket.gethostbyname"](("d.example",), observation, AROUND)
    assert "d.example" == connect("198.51.100.7", 9).where
    assert "e.example" == connect("e.example", 443).where


def test_what_is_the_platforms_own_is_in_the_environment() -> None:
    """Its daemons' addresses, with the protocol before them or not."""
    said = {
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
        "AWS_XRAY_DAEMON_ADDRESS": "tcp:169.254.79.129:2000 udp:169.254.79.130:2001",
    }
    expected = {("127.0.0.1", "2000"), ("127.0.0.1", "9001")}
    more = {("169.254.79.129", "2000"), ("169.254.79.130", "2001")}
    assert expected | more == surroundings(said).addresses
    assert {("127.0.0.1", "2000")} == surroundings({}).addresses


def test_every_event_that_is_read() -> None:
    """As the interpreter calls them (Python library reference, "Audit events table")."""
    files = {"open", "os.listdir", "os.scandir", "mmap.__new__", "sqlite3.connect"}
    processes = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn",
                 "os.fork", "os.forkpty", "pty.spawn"}  # fmt: skip
    clients = {
        "http.client": ("connect", "send"), "ftplib": ("connect", "sendcmd"),
        "imaplib": ("open", "send"), "poplib": ("connect", "putline"), "nntplib": ("connect",),
        "smtplib": ("connect", "send"), "telnetlib.Telnet": ("open", "write"),
        "socket": ("connect", "sendto", "sendmsg"), "ctypes": ("dlopen", "dlsym"),
    }  # fmt: skip
    named = {f"{module}.{event}" for module, events in clients.items() for event in events}
    assert files | processes | named == READERS.keys()
