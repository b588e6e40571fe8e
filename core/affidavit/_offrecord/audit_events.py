"""What Python's audit events say of an access: which kind it is, and where it goes.

Source: Python, "Audit events table", and PEP 578. An event says what is about to happen, so
refusing it here comes in time.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from affidavit._offrecord.observation import DATABASE, FILE, NATIVE, NET, PROCESS, Observation
from affidavit._offrecord.own_files import OwnFiles, absolute


class Seen(NamedTuple):
    """An access: its kind, what a record calls it, and where it goes."""

    kind: str
    name: str
    where: str = ""


class Surroundings(NamedTuple):
    """What belongs to the platform here: its files, and the addresses of its daemons."""

    files: OwnFiles
    addresses: frozenset[tuple[str, str]]


def surroundings(environ: Mapping[str, str]) -> Surroundings:
    """Read from the environment what is the platform's own."""
    named = (environ.get("AWS_LAMBDA_RUNTIME_API", ""), environ.get("AWS_XRAY_DAEMON_ADDRESS", ""))
    said = [one.rpartition(":")[-1] for text in named for one in text.split()]
    hosts = [one.removeprefix("tcp:").removeprefix("udp:").rpartition(":")[0] for text in named
             for one in text.split()]  # fmt: skip
    addresses = {*zip(hosts, said, strict=True), ("127.0.0.1", "2000")}
    return Surroundings(OwnFiles(environ), frozenset(addresses))


Reader = Callable[[tuple[Any, ...], Observation, Surroundings], Seen | None]


def _file(args: tuple[Any, ...], _: Observation, around: Surroundings) -> Seen | None:
    path = absolute(args[0])
    return Seen(FILE, "open", path) if path and not around.files.has(path) else None


def _folder(args: tuple[Any, ...], _: Observation, around: Surroundings) -> Seen | None:
    path = absolute(args[0])
    return Seen(FILE, "list", path) if path and not around.files.has(path) else None


def _mapped(args: tuple[Any, ...], _: Observation, around: Surroundings) -> Seen | None:
    if not isinstance(args[0], int) or args[0] < 0:
        return None
    path = os.readlink(f"/proc/self/fd/{args[0]}")  # noqa: PTH115 - no path of ours
    return Seen(FILE, "mmap", path) if path[:1] == "/" and not around.files.has(path) else None


def _looked_up(args: tuple[Any, ...], observation: Observation, _: Surroundings) -> None:
    host = text_of(args[0])
    port = args[1] if len(args) > 1 else None
    if host and not _is_address(host):
        if observation.hosts is None:
            observation.hosts = {}
        observation.hosts[threading.get_ident(), str(port)] = host
        observation.hosts[str(port)] = host


def _connected(
    args: tuple[Any, ...], observation: Observation, around: Surroundings
) -> Seen | None:
    address = args[1]
    if isinstance(address, str | bytes):
        path = absolute(address)
        return Seen(NET, "unix", path) if path and not around.files.has(path) else None
    if not isinstance(address, tuple) or len(address) < 2:  # noqa: PLR2004
        return None
    host, port = text_of(address[0]), str(address[1])
    if not host or (host, port) in around.addresses:
        return None
    names = observation.hosts or {}
    if _is_address(host):
        host = (
            names.get((threading.get_ident(), port)) or names.get(port) or names.get("None", host)
        )
    return Seen(NET, "socket", host)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _by_attribute(*names: str) -> Reader:
    """Read the host from an attribute of whom the event is about."""

    def read(args: tuple[Any, ...], _: Observation, around: Surroundings) -> Seen | None:
        client = args[0]
        host = next((found for name in names if (found := text_of(getattr(client, name, "")))), "")
        port = str(getattr(client, "port", ""))
        return Seen(NET, "socket", host) if host and (host, port) not in around.addresses else None

    return read


def _named(args: tuple[Any, ...], _: Observation, around: Surroundings) -> Seen | None:
    """Read an event that says host and port after whom it is about."""
    host = text_of(args[1])
    return (
        Seen(NET, "socket", host) if host and (host, str(args[2])) not in around.addresses else None
    )


def _sqlite(args: tuple[Any, ...], _: Observation, __: Surroundings) -> Seen | None:
    path = sqlite_file(args[0])
    return Seen(DATABASE, "sqlite3", path) if path else None


def sqlite_file(said: object) -> str:
    """Return the file that `sqlite3.connect` is asked for; empty if it is in memory."""
    text = os.fsdecode(said) if isinstance(said, str | bytes | os.PathLike) else ""
    if text.startswith("file:"):
        text, _, options = text.removeprefix("file:").partition("?")
        text = "" if "mode=memory" in options else text
    return "" if text in {"", ":memory:"} else absolute(text)


def _process(name: str) -> Reader:
    def read(args: tuple[Any, ...], _: Observation, __: Surroundings) -> Seen | None:
        first = args[0] if args else ""
        if isinstance(first, list | tuple):
            first = first[0] if first else ""
        program = text_of(os.fspath(first)) if isinstance(first, str | bytes | os.PathLike) else ""
        return Seen(PROCESS, name, name if name == "os.system" else program or name)

    return read


_spawn: Final = _process("os.posix_spawn")


def _spawned(args: tuple[Any, ...], observation: Observation, around: Surroundings) -> Seen | None:
    """Read a program that was spawned, unless by `subprocess`, which has told of it already."""
    frame = sys._getframe(1)  # noqa: SLF001 - what called is what an audit event does not say
    while frame.f_back is not None and frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
    by = frame.f_globals.get("__name__")
    return None if by == "subprocess" else _spawn(args, observation, around)


def _library(args: tuple[Any, ...], _: Observation, around: Surroundings) -> Seen | None:
    name = text_of(args[0])
    return Seen(NATIVE, "ctypes", name) if name and not around.files.has(name) else None


_REACHES: Final = frozenset({
    "connect", "dlopen", "execl", "execve", "fopen", "fopen64", "mmap", "open", "open64", "openat",
    "popen", "posix_spawn", "read", "recv", "send", "sendto", "socket", "syscall", "system",
})  # fmt: skip
"""Functions of the C library that reach files, networks and processes."""


def _symbol(args: tuple[Any, ...], _: Observation, __: Surroundings) -> Seen | None:
    name = text_of(args[1])
    return Seen(NATIVE, f"ctypes.{name}") if name in _REACHES else None


def text_of(value: object) -> str:
    """Return a text, or bytes as one; empty if it is neither."""
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "replace")
    return value if isinstance(value, str) else ""


_SELF_HOST: Final = _by_attribute("_tunnel_host", "host", "_host")

READERS: Final[Mapping[str, Reader]] = {
    "open": _file,
    "os.listdir": _folder,
    "os.scandir": _folder,
    "mmap.__new__": _mapped,
    "socket.connect": _connected,
    "socket.sendto": _connected,
    "socket.sendmsg": _connected,
    "http.client.connect": _SELF_HOST,
    "http.client.send": _SELF_HOST,
    "ftplib.connect": _named,
    "ftplib.sendcmd": _SELF_HOST,
    "imaplib.open": _named,
    "imaplib.send": _SELF_HOST,
    "poplib.connect": _named,
    "poplib.putline": _SELF_HOST,
    "smtplib.connect": _named,
    "smtplib.send": _SELF_HOST,
    "nntplib.connect": _named,
    "telnetlib.Telnet.open": _named,
    "telnetlib.Telnet.write": _SELF_HOST,
    "sqlite3.connect": _sqlite,
    "subprocess.Popen": _process("subprocess"),
    "os.system": _process("os.system"),
    "os.exec": _process("os.exec"),
    "os.posix_spawn": _spawned,
    "os.spawn": _process("os.spawn"),
    "os.fork": _process("os.fork"),
    "os.forkpty": _process("os.fork"),
    "pty.spawn": _process("pty.spawn"),
    "ctypes.dlopen": _library,
    "ctypes.dlsym": _symbol,
}
"""How each event is read that tells of an access."""

LOOK_UPS: Final = {"socket.getaddrinfo": _looked_up, "socket.gethostbyname": _looked_up}
"""Events that tell a name; the connection that follows only knows an address."""

SQLITE_OPENS: Final = "sqlite3.connect"
SQLITE_OPENED: Final = "sqlite3.connect/handle"
