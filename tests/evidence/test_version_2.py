"""Evidence that version 2 has left still verifies: with keys that have followed on others.

The folder `archives_of_version_2` was made by the commands of that version: a SQLite
ledger whose signing, chain and token keys have changed once, and a subject that was
forgotten. The auditor was handed the first public key. What is in it never changes.
"""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from affidavit_ledger.archive import FolderArchive
from affidavit_ledger.erasures import erasures_of
from affidavit_ledger.key_succession import all_keys
from affidavit_ledger.ledger_profile import profile_of
from affidavit_ledger.prove import judge_proofs, word_of
from affidavit_ledger.signing import read_public_key
from affidavit_ledger.token_keys import token_keys
from affidavit_ledger.verify import Evidence, verify
from affidavit_ledger.who import BEGINNING, END, find_accesses
from affidavit_sqlite.ledger import open_ledger
from offline import OFFLINE

KEPT = Path(__file__).parent / "archives_of_version_2"
LATER_MS = 1_795_941_400_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy, with the rights that a key file has to have."""
    target = tmp_path / "v2"
    shutil.copytree(KEPT, target)
    (target / "ledger.sqlite.key").chmod(0o600)
    return target


@pytest.mark.parametrize("key", ["first.pub", "sealer.pub"])
def test_both_verifiers_take_it(key: str, folder: Path) -> None:
    """With table and keys, and offline; by the first key as by all of them."""
    ledger = open_ledger(urlsplit(f"sqlite:///{folder / 'ledger.sqlite'}"))
    archive, verifier = FolderArchive(folder / "archive"), read_public_key(folder / key)
    evidence = Evidence(ledger.reader, ledger.keys, archive, verifier)
    verdict = verify(evidence, now_ms=LATER_MS, max_age_s=None, workers=1)

    assert (True, [], 21, 7) == (verdict.clean, verdict.findings, verdict.sealed, verdict.chains)
    assert ([], []) == OFFLINE.check("archive", folder / "archive", folder / key)


def test_who_finds_what_was_written_under_each_key(folder: Path) -> None:
    """And the profile names them; and the erasure is on record."""
    ledger = open_ledger(urlsplit(f"sqlite:///{folder / 'ledger.sqlite'}"))
    found = find_accesses(ledger, actor="w", subject=None, since=BEGINNING, until=END)
    archive = FolderArchive(folder / "archive")
    facts = profile_of(archive, all_keys(archive, read_public_key(folder / "first.pub")))

    assert 5 == len(found)
    assert {key.kid for key in token_keys(ledger)} == set(facts["token key"])
    assert 2 == len(list(erasures_of(ledger.reader)))


def test_its_proof_holds(folder: Path) -> None:
    """With all public keys, because it comes without the archive."""
    judged = judge_proofs(
        (folder / "proof.json").read_bytes(), read_public_key(folder / "sealer.pub")
    )
    assert "clean" == word_of(judged).value


def test_the_kept_archives_are_what_they_were() -> None:
    """A reader of today is held to them, and not they to it."""
    files = sorted(path for path in KEPT.rglob("*") if path.is_file())
    digest = sha256()
    for path in files:
        digest.update(path.relative_to(KEPT).as_posix().encode() + b"\n" + path.read_bytes())
    assert "fba5f556c6eadf46" == digest.hexdigest()[:16]
