"""Whatever leaves the process is caught, whichever way it takes."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from affidavit_testing import captured


def test_every_stream_is_caught() -> None:
    """Python's objects, their buffers, and the descriptors below them."""
    with captured() as sinks:
        print("one")
        sys.stdout.buffer.write(b"two\n")
        os.write(1, b"three\n")
        sys.stderr.write("four\n")
        os.write(2, b"five\n")
        subprocess.run([sys.executable, "-S", "-c", "print('six')"], check=True, timeout=30)

    assert {"one", "two", "three", "six"} == set(sinks.stdout.split())
    assert {"four", "five"} == set(sinks.stderr.split())


def test_everything_is_put_back() -> None:
    """Afterwards the process is as it was."""
    before = (sys.stdout, sys.stderr, logging.getLogRecordFactory(), logging.getLogger().level)
    with pytest.raises(ValueError, match="x"), captured():
        raise ValueError("x")

    assert before == (
        sys.stdout,
        sys.stderr,
        logging.getLogRecordFactory(),
        logging.getLogger().level,
    )


def test_log_records_are_caught_at_every_level_and_with_everything() -> None:
    """Also where no handler would have written them, and what `extra` holds."""
    logger = logging.getLogger("service.part")
    logger.propagate = False
    with captured() as sinks:
        logger.debug("asked %s", "first", extra={"user": "second"})
        try:
            raise KeyError("third")
        except KeyError:
            logger.exception("failed")
        logger.info("does not fit %d", "fourth")

    text = "\n".join(line.text for line in sinks.logs)
    assert [] == [word for word in ("first", "second", "third", "fourth") if word not in text]


def test_warnings_and_files_are_caught(tmp_path: Path) -> None:
    """A file that was written can be read by the next invocation."""
    with captured() as sinks:
        warnings.warn("careful", stacklevel=1)
        (tmp_path / "note.txt").write_text("written")
        (tmp_path / "note.txt").read_text()

    assert ["UserWarning: careful"] == sinks.warnings
    assert [("note.txt", "written")] == [(Path(p).name, t) for p, t in sinks.files.items()]
