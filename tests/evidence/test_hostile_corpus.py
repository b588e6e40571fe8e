"""The hostile corpus: what both verifiers say of each case, and that they agree."""

from __future__ import annotations

import tokenize
from pathlib import Path

import pytest

import repository as repo
from affidavit import LedgerKeyError
from affidavit_ledger.archive import FolderArchive
from affidavit_ledger.cosignatures import read_witness_keys
from affidavit_ledger.prove import judge_proofs, word_of
from affidavit_ledger.signing import PublicKey
from affidavit_ledger.timestamps import Authorities
from affidavit_ledger.verify import Evidence, VerificationResult, verify
from hostile_evidence import (
    CLEAN,
    NOT_CLEAN,
    NOT_DECIDABLE,
    Case,
    Forge,
    archive_cases,
    proof_cases,
)
from hostile_fuzz import fuzzed_archive, fuzzed_proof
from offline import offline_verdict
from whole_verdicts import read_verdicts, whole

ARCHIVES, PROOFS = archive_cases(), proof_cases()


def our_verdict(folder: Path) -> str:
    """Return what `affidavit verify` says of an archive alone, in a word."""
    found = our_result(folder)
    return NOT_DECIDABLE if found is None else found.word.value


def our_result(folder: Path) -> VerificationResult | None:
    """Return what `affidavit verify` says of an archive alone; None if its key proves nothing."""
    try:
        key = PublicKey.load((folder / "key.pem").read_bytes())
    except LedgerKeyError:
        return None
    known = folder / "witnesses"
    witnesses = read_witness_keys(known) if known.exists() else ()
    archive = FolderArchive(folder / "archive")
    stamps = folder / "tsa.pem"
    authorities = Authorities.read(stamps) if stamps.exists() else None
    evidence = Evidence(archive=archive, verifier=key, witnesses=witnesses, authorities=authorities)
    return verify(evidence, now_ms=10**13, max_age_s=None, workers=1)


WHOLE = read_verdicts(Path(__file__).parent / "verdicts.txt")


def test_the_second_verifier_can_be_read() -> None:
    """At most 375 lines of code, without blank lines, comments and docstrings; see ADR 0044."""
    lines = iter((repo.DOCS / "verify_offline.py").read_text().splitlines(keepends=True))
    blank = {tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER}
    around = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    code, begins = set[int](), True
    for token in tokenize.generate_tokens(lines.__next__):
        docstring = begins and token.type == tokenize.STRING
        if token.type not in blank | around and not docstring:
            code.update(range(token.start[0], token.end[0] + 1))
        begins = token.type in around or (begins and token.type in blank)

    assert len(code) <= 375


def test_the_corpus_is_large() -> None:
    """Three hundred cases and more, each with a name of its own."""
    assert len(ARCHIVES) + len(PROOFS) >= 300


@pytest.mark.parametrize("case", ARCHIVES, ids=lambda case: case.name)
def test_an_archive_gets_its_verdict_from_both(case: Case, tmp_path: Path) -> None:
    """The one that it must get: never a traceback, never a hang."""
    case.write(tmp_path)
    result = our_result(tmp_path)
    found = NOT_DECIDABLE if result is None else result.word.value

    assert case.verdict == found
    assert WHOLE[f"archive: {case.name}"] == (
        ["not decidable: the key proves nothing"] if result is None else whole(result)
    )
    if case.authorities:  # the other one says that it does not look at time stamps
        (tmp_path / "tsa.pem").unlink()
        found = our_verdict(tmp_path)
    assert found == offline_verdict("archive", tmp_path / "archive", tmp_path)


@pytest.mark.parametrize("case", PROOFS, ids=lambda case: case[0])
def test_a_proof_gets_its_verdict_from_both(
    case: tuple[str, str, bytes, bytes], tmp_path: Path
) -> None:
    """The one that it must get."""
    _, verdict, data, key = case
    (tmp_path / "proof.json").write_bytes(data)
    (tmp_path / "key.pem").write_bytes(key)
    judged = judge_proofs(data, PublicKey.load(key))
    ours = word_of(judged).value

    assert WHOLE[f"proof: {case[0]}"] == [" ".join(one).rstrip() for one in judged]
    assert (verdict, verdict) == (ours, offline_verdict("proof", tmp_path / "proof.json", tmp_path))


def fuzz(seed: int, folder: Path, forge: Forge) -> tuple[str, str]:
    """Return the verdicts of both on an archive that a seed describes."""
    fuzzed_archive(seed, folder, forge)
    return our_verdict(folder), offline_verdict("archive", folder / "archive", folder)


def fuzz_proof(seed: int, folder: Path) -> tuple[str, str]:
    """Return the verdicts of both on a proof in which a seed changes a few things."""
    data, key = fuzzed_proof(seed, folder, PROOFS[:3] + PROOFS[-8:])
    ours = word_of(judge_proofs(data, PublicKey.load(key))).value
    return ours, offline_verdict("proof", folder / "proof.json", folder)


def test_the_verifiers_never_disagree_on_proofs(tmp_path: Path, fuzz_rounds: int) -> None:
    """As many of them as of archives."""
    seen = set()
    for seed in range(fuzz_rounds):
        ours, theirs = fuzz_proof(seed, tmp_path / str(seed))
        assert ours == theirs, seed
        seen.add(ours)
    assert {NOT_CLEAN, CLEAN} <= seen


@pytest.mark.parametrize("chunk", range(4))
def test_the_verifiers_never_disagree(chunk: int, tmp_path: Path, fuzz_rounds: int) -> None:
    """On a thousand archives here, on twenty thousand with `make fuzz`."""
    forge = Forge()
    seen = set()
    for seed in range(chunk, fuzz_rounds, 4):
        ours, theirs = fuzz(seed, tmp_path / str(seed), forge)
        assert ours == theirs, seed
        seen.add(ours)
    assert NOT_CLEAN in seen
