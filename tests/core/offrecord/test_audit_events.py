"""What Python's audit events say, event by event: kind, name and host."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from affidavit._offrecord.audit_events import LOOK_UPS, READERS, Seen, surroundings
from affidavit._offrecord.observation import Observation
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
