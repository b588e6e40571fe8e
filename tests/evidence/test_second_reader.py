"""A reader in another language, written from docs/evidence.md alone, judges as both of ours do.

Two verifiers in one language share what that language takes for a blank, a number or a
time. `tests/second_reader/` is plain Node.js; `make second-reader` runs this.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import repository as repo
from hostile_evidence import Forge, archive_cases, proof_cases
from hostile_fuzz import fuzzed_archive, fuzzed_proof
from offline import offline_verdict

PROGRAM: Final = repo.ROOT / "tests" / "second_reader" / "main.mjs"
OLDEST: Final = 20
"""The first Node.js that knows whether a text is well-formed."""


class SecondReader:
    """The program, which answers one request after the other."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._requests, self._answers = process.stdin, process.stdout

    def judge(self, kind: str, what: Path, folder: Path) -> str:
        """Return its verdict with the keys of a folder, as `offline_verdict` does."""
        request = [kind, str(what), str(folder / "key.pem")]
        if (folder / "witnesses").exists():
            request.append(str(folder / "witnesses"))
        self._requests.write(json.dumps(request) + "\n")
        self._requests.flush()
        return str(json.loads(self._answers.readline())["verdict"])


@pytest.fixture(scope="module")
def reader() -> Iterator[SecondReader]:
    """Start the program once."""
    node = shutil.which("node")
    if node is None or _version(node) < OLDEST:
        pytest.skip(
            f"Node.js {OLDEST} or newer is not here; apt install nodejs, or brew install node"
        )
    command = [node, str(PROGRAM), "judge"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        yield SecondReader(process)


def _version(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.removeprefix("v").partition(".")[0])


def test_it_judges_the_corpus_as_the_specification_says(
    reader: SecondReader, tmp_path: Path
) -> None:
    """Every archive and proof but those with time stamps, which it does not look at."""
    wrong = []
    for number, case in enumerate(archive_cases()):
        if not case.authorities:
            folder = tmp_path / f"archive-{number}"
            case.write(folder)
            found = reader.judge("archive", folder / "archive", folder)
            wrong += [(case.name, case.verdict, found)] if found != case.verdict else []
    for number, (name, verdict, data, key) in enumerate(proof_cases()):
        folder = tmp_path / f"proof-{number}"
        folder.mkdir()
        (folder / "proof.json").write_bytes(data)
        (folder / "key.pem").write_bytes(key)
        found = reader.judge("proof", folder / "proof.json", folder)
        wrong += [(name, verdict, found)] if found != verdict else []
    assert not wrong


@pytest.mark.parametrize("version", [1, 2])
def test_it_reads_what_was_kept(reader: SecondReader, version: int, tmp_path: Path) -> None:
    """The archives and proofs of earlier versions."""
    kept = Path(__file__).parent / f"archives_of_version_{version}"
    shutil.copy(kept / "sealer.pub", tmp_path / "key.pem")
    assert reader.judge("archive", kept / "archive", tmp_path) == "clean"
    assert reader.judge("proof", kept / "proof.json", tmp_path) == "clean"


def test_it_does_not_disagree_with_the_second_verifier(
    reader: SecondReader, tmp_path: Path, fuzz_rounds: int
) -> None:
    """On a tenth of what the fuzzer draws for the two of ours, with other seeds."""
    forge, proofs, wrong = Forge(), proof_cases(), []
    for seed in range(10**6, 10**6 + fuzz_rounds // 10):
        folder = tmp_path / f"archive-{seed}"
        fuzzed_archive(seed, folder, forge)
        theirs = offline_verdict("archive", folder / "archive", folder)
        found = reader.judge("archive", folder / "archive", folder)
        wrong += [("archive", seed, theirs, found)] if found != theirs else []
        folder = tmp_path / f"proof-{seed}"
        fuzzed_proof(seed, folder, proofs)
        theirs = offline_verdict("proof", folder / "proof.json", folder)
        found = reader.judge("proof", folder / "proof.json", folder)
        wrong += [("proof", seed, theirs, found)] if found != theirs else []
    assert not wrong
