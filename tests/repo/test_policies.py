"""Policies compile, cite, and change only on purpose."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, Final

import pytest

import repository as repo
from affidavit._policy.load import SHIPPED_POLICIES, load_policy, shipped_policies
from affidavit_policy.compile import compile_policy, compiled_text
from affidavit_policy.promises import PROMISES

FILES = sorted((repo.ROOT / "policies").glob("*.yaml"))
PROMISE_FILES = sorted(repo.PROMISES.glob("test_*.py"))

DIGESTS: Final = {
    "aiact": (1, "8fd5cd27589402408fb6e4008883085775d98ed192e9d921b76317931ea652d3"),
    "baseline": (6, "0629c33073cde12905e3ab2b5d3f158268d0b80a74d0c33d5dd933931b39e6ef"),
    "dora": (1, "f3fad35778fbc301c5c2fc57fd1a8e0346794015b9af44be002d3f4332e8429c"),
    "fedramp": (1, "4bd3af9b9f067c49fd6c67d2ce2eecc4fe3d9ec38416b2d8992b09cd14d2aa80"),
    "gdpr": (6, "15b60854f77d30b14ac5cc230a247c305a261c2ed5b697d57fe8d0e9e9e17e75"),
    "hipaa": (6, "64eb0e66f72cc8876b881bf8a136569d6a1e7175ca6bbf5271cfec2711b6093a"),
    "hitrust": (1, "b4b2ea0ba7fe80602e53de5b0014d7f620a5662b4f50b19d9af8cce9316c909d"),
    "iso27001": (1, "074bf14d7becaf36a4c3b8068a3156550ae22721c657fc758aa7b0c705baee1d"),
    "nis2": (1, "3c0f377f91237ab95054d746974ba9eb8955829d1897d76f451c1d6dde0c71d0"),
    "part11": (6, "c587836f1e509132799f9bbda2edf33457e4c37b009673a6265d2766aa610458"),
    "pci": (6, "414df9cba68848c61bfaaf51d7ae9934c63b1474c505220147ec113c6eff0980"),
    "soc2": (1, "04ee13044ada997f2bfaeca5892dd329214e1569509006ab348ae00701b3c0e0"),
}
"""Version and digest of each policy. A line changes when a policy does: raise its `version` if
what it does has changed, say so under Policy in CHANGELOG.md, then copy the digest here."""


def _document(path: Path) -> dict[str, Any]:
    return compile_policy(path).needed()


def _own_rules(path: Path) -> set[str]:
    """Return the ids of the rules that a file makes itself."""
    document = _document(path)
    inherited = {
        rule["id"]
        for parent in document["extends"]
        for rule in _document(path.with_name(f"{parent.partition('@')[0]}.yaml"))["rules"]
    }
    return {rule["id"] for rule in document["rules"]} - inherited


@pytest.mark.parametrize("path", FILES, ids=repo.name)
def test_every_policy_compiles(path: Path) -> None:
    """Without a problem, and under the name of its file."""
    compiled = compile_policy(path)

    assert [] == [str(problem) for problem in compiled.problems]
    assert path.stem == compiled.needed()["policy"]


@pytest.mark.parametrize("path", FILES, ids=repo.name)
def test_what_is_shipped_is_what_the_compiler_makes_today(path: Path) -> None:
    """`make fix` compiles them; a function loads the compiled form."""
    shipped = SHIPPED_POLICIES / f"{path.stem}.json"

    assert compiled_text(_document(path)) == shipped.read_text()
    assert load_policy(path.stem).digest == _document(path)["digest"]


def test_nothing_else_is_shipped() -> None:
    """A compiled policy without its source could not be read by people."""
    assert sorted(path.stem for path in FILES) == list(shipped_policies())


@pytest.mark.parametrize("path", FILES, ids=repo.name)
def test_a_policy_changes_on_purpose(path: Path) -> None:
    """Its digest is in every record, so a change of it is a change of evidence."""
    document = _document(path)

    assert DIGESTS[path.stem] == (document["version"], document["digest"])


def test_rule_ids_are_unique_over_all_files() -> None:
    """An id means one rule, wherever it is cited."""
    owners = [rule for path in FILES for rule in _own_rules(path)]

    assert sorted(set(owners)) == sorted(owners)


@pytest.mark.parametrize("path", FILES, ids=repo.name)
def test_every_rule_names_its_clause_and_its_reason(path: Path) -> None:
    """An obligation that nobody asks for is a preference."""
    for rule in _document(path)["rules"]:
        assert 4 <= len(rule["clause"].strip()), rule["id"]
        assert rule["why"].strip().endswith("."), rule["id"]


@pytest.mark.parametrize("path", FILES, ids=repo.name)
def test_a_rule_is_named_after_its_policy(path: Path) -> None:
    """So that a reader of `HIPAA-03` knows where to look."""
    prefixes = {rule.partition("-")[0] for rule in _own_rules(path)}

    assert 1 == len(prefixes)
    assert path.stem.upper().startswith(prefixes.pop())


@pytest.mark.parametrize("path", PROMISE_FILES, ids=repo.name)
def test_every_promise_file_is_in_the_list_and_says_what_it_promises(path: Path) -> None:
    """The file's name is the promise; its docstring says it as an auditor would."""
    assert path.stem.removeprefix("test_") in PROMISES
    assert (ast.get_docstring(repo.tree(path)) or "").startswith("Promise: ")


@pytest.mark.parametrize("promise", PROMISES)
def test_every_promise_in_the_list_has_its_file(promise: str) -> None:
    """Otherwise an auditor would be sent nowhere."""
    assert (repo.PROMISES / f"test_{promise}.py") in PROMISE_FILES


def test_every_promise_fulfils_a_rule() -> None:
    """What no policy asks for is a feature, not a promise."""
    named = {p for path in FILES for rule in _document(path)["rules"] for p in rule["promises"]}

    assert set(PROMISES) == named


def test_code_names_no_rule() -> None:
    """What a rule does is said by settings and promises, so that another rule can say it, too."""
    rules = set().union(*map(_own_rules, FILES))
    named = {
        (repo.name(path), text)
        for path in repo.modules(*repo.SHIPPED)
        for text in repo.literals(repo.tree(path))
        if text in rules
    }

    assert set() == named
