"""No clause claims more than what shows it; a file that does is refused with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import repository as repo
from affidavit._policy.load import load_policy, policy_from, shipped_policies
from affidavit_policy.claims import claims
from affidavit_policy.clause_check import clause_problems
from affidavit_policy.clauses import ClauseState, Objective, clause_book, state_of
from affidavit_policy.compile import compile_policy
from affidavit_policy.strict_yaml import read_yaml
from command_line import Terminal

FOLDER = repo.ROOT / "policies" / "clauses"
FILES = sorted(FOLDER.glob("*.yaml"))
LEAST = {
    "hipaa": "308(a)(1)(ii)(D) 312(a)(2)(i) 312(a)(2)(ii) 312(b) 312(c)(1) 312(d) 316(b)(2)(i) 528",
    "part11": "11.10(a) 11.10(b) 11.10(c) 11.10(d) 11.10(e) 11.10(g) 11.50 11.70 11.200",
    "pci": "10.2.1.1 10.2.1.2 10.2.1.3 10.2.1.4 10.2.1.5 10.2.1.6 10.2.1.7 10.2.2 10.3.1 10.3.2 "
    "10.3.3 10.3.4 10.4.1 10.5.1 10.6.1 10.7.2",
    "gdpr": "Art. 5(1)(c) Art. 15 Art. 25 Art. 30 Art. 32 Art. 33".replace("Art. ", "Art.\xa0"),
    "nist": "AU-2 AU-3 AU-6 AU-7 AU-8 AU-9 AU-10 AU-11 AU-12 SI-10 SC-5",
}


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Terminal:
    """Give a terminal."""
    return Terminal(capsys, tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a copy of the policies and their clauses, to plant something into."""
    shutil.copytree(repo.ROOT / "policies", tmp_path / "policies")
    return tmp_path / "policies" / "clauses"


def _found(path: Path) -> list[str]:
    return [str(one) for one in clause_problems(path, read_yaml(path.read_text()))]


def _plant(folder: Path, name: str, before: str, after: str) -> list[str]:
    path = folder / name
    text = path.read_text()
    assert 1 == text.count(before)
    path.write_text(text.replace(before, after))
    return _found(path)


@pytest.mark.parametrize("path", FILES, ids=repo.name)
def test_the_files_are_clean(path: Path) -> None:
    """Each clause's state follows from its objectives, and each rule answers a clause."""
    assert [] == _found(path)


@pytest.mark.parametrize("name", LEAST)
def test_the_clauses_that_readers_ask_for_are_there(name: str) -> None:
    """Each once, shown or not."""
    (framework,) = [one for one in clause_book().frameworks if one.name == name]
    ids = " ".join(one.id for one in framework.clauses)

    assert [] == [part for part in LEAST[name].split(" ") if part.replace("\xa0", " ") not in ids]


RETENTION = "asks: Required documentation is kept for six years.\n    state: configured\n"
DUTY = "Review policies and their versions after each change of the service."
PLANTED = {
    "a configured clause that says it is shown": (
        RETENTION,
        RETENTION.replace("configured", "shown"),
        "it says shown and is configured: kept_hot",
    ),
    "a duty that says it is shown": (
        "state: organisation\n    duty: Review the trail",
        "state: shown\n    duty: Review the trail",
        "it says shown and is organisation",
    ),
    "something not built that says it is shown": (
        "state: not addressed\n    lacks: Break-glass",
        "state: shown\n    lacks: Break-glass",
        "it says shown and is not addressed",
    ),
    "a clause without anything": (
        f"state: organisation\n    duty: {DUTY}",
        "state: shown\n    duty: ''",
        "it says shown and is not addressed: it needs nothing, and names no duty",
    ),
    "a test of something else": (
        "needs: [expires_on_time, kept_hot, kept_archived, kept_logs]\n    rules: [HIPAA-03]",
        "needs: [bound_values]\n    rules: [HIPAA-03]",
        "none of its rules asks for bound_values",
    ),
    "an objective that is not there": (
        "needs: [tamper_evident, append_only]",
        "needs: [tamper_evidnt, append_only]",
        "there is no tamper_evidnt; did you mean tamper_evident?",
    ),
    "a rule that is not there": ("[HIPAA-06]", "[HIPAA-66]", "there is no HIPAA-66"),
    "a rule that no clause names": ("[HIPAA-06]", "[HIPAA-05]", "no clause names rule HIPAA-06"),
    "a duty without evidence": (
        "    keep: Date, reviewer and findings of each review.\n",
        "",
        "a duty says what to keep of it",
    ),
    "an unknown key": ("lawyer: Tokens", "lawer: Tokens", "unknown key lawer"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_claim_is_found(name: str, folder: Path, terminal: Terminal) -> None:
    """With line and column, by the function and by the command."""
    before, after, told = PLANTED[name]
    found = _plant(folder, "hipaa.yaml", before, after)
    done = terminal("policy", "check", str(folder / "hipaa.yaml"))

    assert any(told in one for one in found), found
    assert 1 == done.code
    assert told in done.out


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param(
            "policies: [hipaa]",
            "policies: [hippa, hipaa]",
            "4:12: there is no policy hippa beside the folder, or shipped",
            id="a policy that is not there",
        ),
        pytest.param(
            "id: 45 CFR 164.312(a)(2)(ii)",
            "id: 45 CFR 164.312(a)(2)(i)",
            "18:5: 45 CFR 164.312(a)(2)(i) is there already",
            id="a clause that is there twice",
        ),
    ],
)
def test_what_is_wrong_hides_nothing_and_makes_nothing_else_wrong(
    before: str, after: str, told: str, folder: Path
) -> None:
    """One slip, one problem."""
    assert [told] == _plant(folder, "hipaa.yaml", f"{before}\n", f"{after}\n")


OBJECTIVES = {
    "a promise that is not there": (
        "[the_record_tells_the_truth, each",
        "[truth, each",
        "no truth",
    ),
    "a promise that shows something else": (
        "suite: [nothing_raw_gets_out,",
        "suite: [binds_only, nothing_raw_gets_out,",
        "binds_only shows something else than private",
    ),
    "an objective that nothing shows": (
        "    checks: [table_recovers]\n",
        "",
        "nothing shows recoverable",
    ),
    "a check that is not there": ("[table_recovers]", "[table_recover]", "did you mean table_rec"),
    "a setting that is not there": ("[actor.trust]", "[actor.trusts]", "no actor.trusts among"),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_planted_objective_is_found(name: str, folder: Path) -> None:
    """An objective rests on what there is, and on what shows it."""
    before, after, told = OBJECTIVES[name]

    assert any(told in one for one in _plant(folder, "objectives.yaml", before, after))


NEED = st.builds(
    lambda suite, checks: Objective("one", "It is so.", suite=suite, checks=checks),
    st.sampled_from([(), ("binds_only",)]),
    st.sampled_from([(), ("table_expires",)]),
)


@given(needs=st.lists(NEED, max_size=4), duty=st.sampled_from(["", "Do it."]), lacks=st.booleans())
def test_only_what_tests_show_is_shown(needs: list[Objective], duty: str, *, lacks: bool) -> None:
    """Whatever else there is: one part that no test shows, or that is missing, is enough."""
    state, why = state_of(needs, duty=duty, lacks="Not built." if lacks else "")

    assert why
    shown = bool(needs) and not lacks and all(one.suite and not one.checks for one in needs)
    assert shown == (state is ClauseState.SHOWN)
    if lacks or not (needs or duty):
        assert ClauseState.NOT_ADDRESSED is state


@pytest.mark.parametrize("name", shipped_policies())
def test_every_policy_answers_clauses(name: str) -> None:
    """Its own, and those of what it extends."""
    found = {one.clause.framework for one in claims(load_policy(name))}

    assert "nist" in found
    assert 1 < len(found) or "baseline" == name


def test_a_policy_of_ones_own_answers_what_it_extends(tmp_path: Path) -> None:
    """Several at once, although it is in no file of clauses."""
    path = tmp_path / "ours.yaml"
    path.write_text(
        "policy: ours\nversion: 1\ntitle: Ours\nextends: [hipaa, soc2]\n"
        "rules:\n  - {id: OURS-01, clause: Ours 1, why: We say so., governs: [declare]}\n"
    )
    held = policy_from(compile_policy(path).needed())

    assert {"nist", "hipaa", "soc2"} == {one.clause.framework for one in claims(held)}


def test_the_command_says_what_is_left_to_you(terminal: Terminal) -> None:
    """Every clause with its state, duty, and what is not built."""
    done = terminal("policy", "clauses", "part11", "--output", "json")
    clauses = {one["id"]: one for one in done.data["clauses"]}

    assert 0 == done.code
    assert "not addressed" == clauses["21 CFR 11.50"]["state"]
    assert "not checked" == clauses["21 CFR 11.10(c)"]["checked"]
    assert "Validate the service" in clauses["21 CFR 11.10(a)"]["duty"]
