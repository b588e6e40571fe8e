"""What the ledger's commands say, whole, as people and programs read it: `transcripts/*.txt`.

A line that begins with `$` is a command, one with `#` is what happens in between; below each
command stand its exit code, its output and, behind `err:`, what goes to stderr. Ids, tokens and
hashes are numbered as they come, so that the same one has the same number. If a transcript is
not what is said now, `now.txt` in the test's folder is, to be read before it is taken over.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import secrets
import shlex
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from affidavit._policy.load import SHIPPED_POLICIES, policy_digest
from affidavit.plugin import VERSION, Entry, WriterId
from affidavit_sqlite.ledger import SqliteStore
from affidavit_sqlite.ledger_schema import SCHEMA
from affidavit_sqlite.spill import FileSpill
from command_line import Terminal

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
BEGIN_S = 1_769_169_600
"""2026-01-23T12:00:00Z."""

_PARTS = (
    (r'"plg":\[[^]]*\]', '"plg":PLUGINS'),
    (r"local1\.[A-Za-z0-9_-]+", "WRAPPED"),
    (r"baseline@[0-9]+#[0-9a-f]+", "POLICY"),
)
"""What changes with every release, or is read by nobody."""

_64 = "[A-Za-z0-9+/_-]"
_NAMES = (
    ("hash", r"\b[0-9a-f]{64}\b"),
    ("token", r"\b[0-9a-f]{32}\b"),
    ("digest", r"\b[0-9a-f]{16}\b"),
    ("short", r"\b(?=[0-9]*[a-f])[0-9a-f]{12}\b"),
    ("sum", rf"(?<!{_64})(?:{_64}{{43}}=?|[A-Za-z0-9+/]{{80,}}=*)(?!{_64})"),
    ("id", r"(?<![A-Za-z0-9_-])(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])"),
    ("key", r"\b(?=[0-9]*[a-f])[0-9a-f]{8}\b"),
)


class Play:
    """A transcript as it is now: a terminal, a clock that stands still, and chance that is none."""

    def __init__(self, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
        self.terminal, self.now_s, self._environment = terminal, BEGIN_S, monkeypatch
        self._seen: dict[str, dict[str, int]] = {kind: {} for kind, _ in _NAMES}
        chance = random.Random(7)  # noqa: S311 - a play, not a key
        ids = (f"{number:05d}abcdefghijklmnopq" for number in range(10_000))
        monkeypatch.setattr("affidavit_cli.render.PLAIN_WIDTH", 1000)
        monkeypatch.setattr(time, "time_ns", lambda: self.now_s * 10**9)
        monkeypatch.setattr(secrets, "token_bytes", lambda size=32: chance.randbytes(size))
        monkeypatch.setattr(secrets, "token_urlsafe", lambda _=16: next(ids))
        self._sign_with(chance.randbytes(32))
        for name in ("ledger", "archive", "signer"):
            monkeypatch.setenv(f"AFFIDAVIT_{name.upper()}", getattr(terminal, name))
        self._steps: dict[str, Callable[[int], object]] = {
            "N requests": self._invoke,
            "N requests under a policy of their own": lambda number: self._invoke(number, own=True),
            "N seconds pass": self._pass,
            "N days pass": lambda number: self._pass(number * 86_400),
            "N newest records are removed": self._remove,
            "N records wait in the spill": self._spill,
            "N bytes of the oldest segment are changed": self._change_segment,
            "N newest segments are removed": lambda number: self._take("segments", -number),
            "N newest checkpoints are removed": lambda number: self._take("checkpoints", -number),
            "N oldest checkpoints are removed": lambda number: self._take("checkpoints", number),
        }

    def _sign_with(self, secret: bytes) -> None:
        key = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
        pem = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        file = self.terminal.folder / "sealer.key"
        file.write_bytes(key.private_bytes(serialization.Encoding.PEM, *pem))
        file.chmod(0o600)
        file.with_suffix(".pub").write_bytes(
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def of(self, text: str) -> str:
        """Play a transcript, and return it with what is said now."""
        told = []
        for line in text.splitlines():
            if line.startswith("# "):
                self._step(line[2:])
                told += ["", line]
            elif line.startswith("$ "):
                told += ["", line, *self._run(line[2:])]
        return "\n".join(told).strip() + "\n"

    def _run(self, command: str) -> Iterator[str]:
        self.now_s += 1
        self._environment.setattr("sys.stdin", io.StringIO("n\n"))
        command = command.replace("FOLDER", str(self.terminal.folder))
        words = shlex.split(command.replace("EVENT", self._event() if "EVENT" in command else ""))
        said = self.terminal(*words)
        yield f"[{said.code}]"
        for head, text in (("", said.out), ("err: ", said.err)):
            for line in self._named(text).splitlines():
                yield re.sub(r"(?<=\S) {2,}", "  ", f"{head}{line}".rstrip())

    def _event(self) -> str:
        """Return the id of the event that was recorded last."""
        with closing(sqlite3.connect(self.terminal.folder / "ledger.db")) as connection:
            newest = "select body from records order by writer desc, seq desc limit 1"
            return str(json.loads(connection.execute(newest).fetchone()[0])["eid"])

    def _named(self, text: str) -> str:
        text = text.replace(str(self.terminal.folder), "FOLDER").replace(VERSION, "VERSION")
        text = text.replace("\\n", "\N{RETURN SYMBOL}")
        for form, name in _PARTS:
            text = re.sub(form, name, text)
        for kind, form in _NAMES:
            seen = self._seen[kind]
            text = re.sub(
                form, lambda m, k=kind, s=seen: f"<{k} {s.setdefault(m[0], len(s) + 1)}>", text
            )
        return text

    def _step(self, line: str) -> None:
        if line.startswith("copy "):
            source, target = (self.terminal.folder / name for name in line[5:].split(" to "))
            shutil.copy(source, target)
        elif line == "the ledger is shared":
            self._environment.setattr(SqliteStore, "remote", True)
        elif line.startswith("make "):
            (self.terminal.folder / line[5:]).mkdir()
        elif line.startswith("set "):
            name, _, value = line[4:].partition("=")
            self._environment.setenv(name, value.replace("FOLDER", str(self.terminal.folder)))
        else:
            number, _, what = line.partition(" ")
            self._steps[f"N {what}"](int(number))

    def _invoke(self, number: int, *, own: bool = False) -> None:
        names = ("AFFIDAVIT_LEDGER", "AFFIDAVIT_TENANT")
        environ = {name: os.environ.get(name, "") for name in names}
        if own:
            said = json.loads((SHIPPED_POLICIES / "baseline.json").read_text())
            said["policy"] = "clinic"
            file = self.terminal.folder / "clinic.json"
            file.write_text(json.dumps(said | {"digest": policy_digest(said)}))
            environ["AFFIDAVIT_POLICY"] = str(file)
        self.terminal.invoke(number, **environ)

    def _pass(self, seconds: int) -> None:
        self.now_s += seconds

    def _rows(self, number: int) -> list[Entry]:
        """Take the newest rows out of the table, as its owner can."""
        newest = "select writer, seq from records order by writer desc, seq desc limit ?"
        with closing(sqlite3.connect(self.terminal.folder / "ledger.db")) as connection, connection:
            found = connection.execute(
                f"select * from records where (writer, seq) in ({newest})",  # noqa: S608
                (number,),
            ).fetchall()
            for name in ("records_never_change", "records_stay"):
                connection.execute(f"drop trigger {name}")
            connection.execute(f"delete from records where (writer, seq) in ({newest})", (number,))  # noqa: S608
            connection.commit()
            connection.executescript(SCHEMA)
        return [Entry(WriterId(writer), *rest) for writer, *rest in found]

    def _remove(self, number: int) -> None:
        self._rows(number)

    def _spill(self, number: int) -> None:
        FileSpill(self.terminal.folder / "spill").keep(self._rows(number), timeout_s=5)

    def _take(self, kind: str, number: int) -> None:
        found = sorted((self.terminal.folder / "archive" / kind).rglob("*"))
        for path in found[:number] if number > 0 else found[number:]:
            path.unlink()

    def _change_segment(self, number: int) -> None:
        path, *_ = sorted((self.terminal.folder / "archive/segments").rglob("*.ndjson"))
        data = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(data[:200] + b"x" * number + data[200 + number :])


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_commands_say_this(
    path: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every word, every code, on the right stream."""
    text = path.read_text()
    now = Play(terminal, monkeypatch).of(text)
    if text != now:
        (terminal.folder / "now.txt").write_text(now)
    assert text.splitlines() == now.splitlines()
