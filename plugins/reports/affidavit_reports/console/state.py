"""What the console works on, loaded once and renewed when the log has grown."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affidavit import AffidavitError
from affidavit.plugin import Archive, Ledger, now_ms
from affidavit_ledger.notes import Verifier
from affidavit_ledger.verify import Evidence, VerificationResult, verify
from affidavit_reports.loaded import Loaded, load


@dataclass(slots=True)
class Verification:
    """One run of the verifier: how far it is, and what came of it."""

    records: int = 0
    running: bool = False
    verdict: VerificationResult | None = None
    failed: str = ""


@dataclass(slots=True)
class Evidences:
    """The archive, the key, a copy and a ledger if there are any, and who is meant by tokens."""

    archive: Archive
    verifier: Verifier
    lake: Path | None = None
    ledger: Ledger | None = None
    tenant: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    verification: Verification = field(default_factory=Verification)
    _loaded: Loaded | None = None
    _newest: str = ""
    _lock: Any = field(default_factory=threading.Lock)

    def loaded(self) -> Loaded:
        """Return verified records; they are read anew once a checkpoint has come.

        Raises:
            LedgerUnavailableError: The archive or the copy cannot be read.

        """
        with self._lock:
            newest = max(self.archive.keys("checkpoints/"), default="")
            if self._loaded is None or newest != self._newest:
                self._loaded = load(self.archive, self.verifier, now_ms=now_ms(), lake=self.lake)
                self._newest = newest
            return self._loaded

    def start_verification(self) -> None:
        """Verify in the background; once at a time."""
        with self._lock:
            if self.verification.running:
                return
            self.verification = Verification(running=True)
        threading.Thread(target=self._verify, args=(self.verification,), daemon=True).start()

    def _verify(self, run: Verification) -> None:
        def progress(records: int) -> None:
            run.records = records

        try:
            run.verdict = verify(
                Evidence(archive=self.archive, verifier=self.verifier),
                now_ms=now_ms(),
                max_age_s=None,
                workers=1,
                progress=progress,
            )
        except AffidavitError as error:
            run.failed = f"{error.what}: {error.why}"
        except Exception as error:  # noqa: BLE001 - a page says so; a thread's end would be silent
            run.failed = f"it ended with {type(error).__name__}"
        finally:
            run.running = False
