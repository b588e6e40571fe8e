"""The command that plays one case anew, as it was played."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from affidavit_harness.open_context import STATE
from affidavit_harness.protocol import RunReport


class Again:
    """Remembers with which options runs were started."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options

    def command(self, report: RunReport) -> str:
        """Return it."""
        words = ["affidavit", "scenario", "run", report.file, *self._words(report)]
        return " ".join(map(shlex.quote, words))

    def _words(self, report: RunReport) -> Iterator[str]:
        said = self._options
        if report.case != "only":
            yield from ("--case", report.case)
        yield from ("--env", str(said["env"]))
        for name in ("config", "inputs_file"):
            if said[name] is not None:
                yield from (f"--{name.removesuffix('_file')}", str(said[name]))
        for one in said["inputs"]:
            yield from ("--input", one)
        if said["backend"] == "aws":
            yield from ("--backend", "aws")
        for flag in ("keep", "read_only"):
            if said[flag]:
                yield f"--{flag.replace('_', '-')}"
        if said["budget"] is not None:
            yield from ("--budget", f"{said['budget']:g}")
        if said["state"] != STATE:
            yield from ("--state", str(said["state"]))
