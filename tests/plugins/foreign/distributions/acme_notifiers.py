"""A foreign notifier: it writes what it would send into a file."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import SplitResult

from affidavit.plugin import Medium, Notice, Notifier, NotifierFactory, hookimpl


class Board:
    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, notice: Notice, *, timeout_s: float) -> None:
        assert notice.medium is Medium.MAIL
        self._path.write_text(f"{notice.name} to {notice.to[0]}: {notice.values.value}")


def _open(url: SplitResult) -> Notifier:
    return Board(Path(url.path))


@hookimpl
def affidavit_notifiers() -> Sequence[NotifierFactory]:
    return [NotifierFactory(scheme="acme-board", open=_open)]
