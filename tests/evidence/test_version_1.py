"""Evidence that version 1 has left still verifies, and a sealer of today goes on from it.

The folder `archives_of_version_1` was made by the code of that version: a SQLite
ledger, its archive with a repair in it and the sealer's unsigned notes, two proofs.
"""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from affidavit.plugin import Ledger
from affidavit_ledger.archive import FolderArchive
from affidavit_ledger.prove import judge_proofs, word_of
from affidavit_ledger.seal import Sealer
from affidavit_ledger.seal_table import seal_new
from affidavit_ledger.signing import FileSigner, PublicKey
from affidavit_ledger.verify import Evidence, VerificationResult, verify
from affidavit_ledger.workspace import Notes
from affidavit_sqlite.ledger import open_ledger
from offline import offline_verdict

KEPT = Path(__file__).parent / "archives_of_version_1"
LATER_MS = 1_790_001_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy, with the rights that a key file has to have."""
    target = tmp_path / "v1"
    shutil.copytree(KEPT, target)
    (target / "ledger.sqlite.key").chmod(0o600)
    (target / "sealer.pub").rename(target / "key.pem")
    return target


def _ledger(folder: Path) -> Ledger:
    return open_ledger(urlsplit(f"sqlite:///{folder / 'ledger.sqlite'}"))


def _verify(folder: Path, **options: int | None) -> VerificationResult:
    ledger = _ledger(folder)
    evidence = Evidence(
        reader=ledger.reader,
        keys=ledger.keys,
        archive=FolderArchive(folder / "archive"),
        verifier=PublicKey.load((folder / "key.pem").read_bytes()),
    )
    return verify(evidence, now_ms=LATER_MS, max_age_s=options.get("max_age_s"))


def test_both_verifiers_take_it(folder: Path) -> None:
    """With the table and the keys, and offline."""
    verdict = _verify(folder)

    assert (True, []) == (verdict.clean, verdict.findings)
    assert (39, 5) == (verdict.sealed, verdict.checkpoints)
    assert "clean" == offline_verdict("archive", folder / "archive", folder)


def test_its_proofs_hold(folder: Path) -> None:
    """For both."""
    key = PublicKey.load((folder / "key.pem").read_bytes())
    judged = judge_proofs((folder / "proof.json").read_bytes(), key)

    assert (["HOLDS"] * 2, "clean") == ([one.verdict for one in judged], word_of(judged).value)
    assert "clean" == offline_verdict("proof", folder / "proof.json", folder)


def test_a_sealer_of_today_goes_on(folder: Path) -> None:
    """It trusts no unsigned note, builds its state from the archive, and seals what is new."""
    seed = sha256(b"affidavit fixture: sealer").digest()
    signer = FileSigner("example.org/ledger", ed25519.Ed25519PrivateKey.from_private_bytes(seed))
    archive, ledger = FolderArchive(folder / "archive"), _ledger(folder)
    sealer = Sealer(
        archive,
        signer,
        Notes(archive, signer),
        now_ms=lambda: LATER_MS,
        archive_days=2192,
        reader=ledger.reader,
    )
    sealed = seal_new(sealer, ledger.reader)

    assert (3, 0, 6) == (sealed.records, sealed.lost, sealed.checkpoint.size)
    verdict = _verify(folder, max_age_s=120)
    assert (True, 42) == (verdict.clean, verdict.sealed)
    assert "clean" == offline_verdict("archive", folder / "archive", folder)
