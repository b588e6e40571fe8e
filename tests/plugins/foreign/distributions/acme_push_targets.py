"""A foreign push target: one line for each event, in a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import SplitResult

from affidavit.plugin import Json, PushTarget, PushTargetFactory, hookimpl


class Ticker:
    def __init__(self, file: Path) -> None:
        self._file = file

    def send(self, events: Sequence[Mapping[str, Json]]) -> None:
        with self._file.open("a") as lines:
            lines.writelines(f"event of class {event['class_uid']}\n" for event in events)


def _open(url: SplitResult) -> PushTarget:
    return Ticker(Path(url.path))


@hookimpl
def affidavit_push_targets() -> Sequence[PushTargetFactory]:
    return [PushTargetFactory(scheme="acme-ticker", open=_open)]
