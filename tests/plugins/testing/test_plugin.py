"""Options, markers, fixtures and reports, as a project sees them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from affidavit_testing.pytest_plugin import MARKERS

pytest_plugins = ["pytester"]

SUITE = """
    from pydantic import BaseModel, ConfigDict, Field
    from affidavit import Query, audited
    from affidavit_testing import compliance_suite

    FIND = Query(name="find", sql="select note from notes where id = :id", binds=frozenset({"id"}))

    class Asked(BaseModel):
        model_config = ConfigDict(extra="forbid")
        id: str = Field(pattern="^N-[0-9]{6,9}$")

    class Told(BaseModel):
        id: str

    @audited(action="READ", request=Asked, response=Told, subject="id")
    def handler(asked, context):
        SAY
        context.source("notes").fetch_one(FIND, {"id": asked.id})
        return Told(id=asked.id)

    TestNotes = compliance_suite(
        handler, policy="hipaa", sources={"notes": {"find": {"note": "fine"}}}
    )
"""


def _suite(say: str = "pass") -> str:
    return SUITE.replace("SAY", say)


def _run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    # In a process of its own: pytester would leave half of our modules loaded twice.
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments, timeout=120)


@pytest.fixture(autouse=True)
def _quiet(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\n")


def test_reports_are_written_in_three_forms(pytester: pytest.Pytester) -> None:
    """Clause, rule, promise, tests, result; and they tell the same."""
    pytester.makepyfile(_suite())
    done = _run(
        pytester,
        *("-k", "on_record or binds_only or batch"),
        *(f"--affidavit-report=c.{end}" for end in ("json", "html", "oscal.json")),
    )
    done.assert_outcomes(passed=2, skipped=1)
    document = json.loads((pytester.path / "c.json").read_text())
    html = (pytester.path / "c.html").read_text()
    oscal = json.loads((pytester.path / "c.oscal.json").read_text())["assessment-results"]

    (policy,) = document["policies"]
    assert "hipaa" == policy["policy"]
    results = {rule["rule"]: rule["result"] for rule in policy["rules"]}
    assert ("kept", "kept", "not tested") == (
        results["BASE-01"],
        results["BASE-07"],
        results["HIPAA-03"],
    )
    clauses = {clause["id"]: clause["result"] for clause in policy["clauses"]}
    assert ("not shown", "not shown", "organisation") == (
        clauses["45 CFR 164.312(b)"],
        clauses["45 CFR 164.316(b)(2)(i)"],
        clauses["45 CFR 164.312(d)"],
    )
    for clause in policy["clauses"]:
        assert clause["id"] in html
        assert clause["asks"] in unescape(html)
    (result,) = oscal["results"]
    assert len(policy["clauses"]) == len(result["findings"])
    _check_oscal(oscal)


def test_a_broken_promise_is_in_every_report(pytester: pytest.Pytester) -> None:
    """With the example, and with the rules that are not satisfied any more."""
    pytester.makepyfile(_suite("print(asked.id)"))
    done = _run(
        pytester,
        *("-k", "nothing_raw or binds_only"),
        *(f"--affidavit-report=c.{end}" for end in ("json", "html", "oscal.json")),
    )
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(
        [
            "*broken promise: nothing_raw_gets_out*",
            "*event: *N-*",
            "*again: --affidavit-again=*:*",
            "affidavit: promises 1 kept, 1 broken: nothing_raw_gets_out (*",
        ]
    )
    document = json.loads((pytester.path / "c.json").read_text())
    results = {rule["rule"]: rule["result"] for rule in document["policies"][0]["rules"]}
    oscal = json.loads((pytester.path / "c.oscal.json").read_text())["assessment-results"]
    states = {
        finding["title"]: finding["target"]["status"] for finding in oscal["results"][0]["findings"]
    }

    assert ("broken", "kept", "not tested") == (
        results["HIPAA-05"],
        results["BASE-07"],
        results["HIPAA-03"],
    )
    other = {"state": "not-satisfied", "reason": "other"}
    assert {"state": "not-satisfied", "reason": "fail"} == states["45 CFR 164.514(b)(2)(i)"]
    assert other == states["45 CFR 164.312(d)"] == states["NIST SP 800-53 rev 5, SI-10"]
    assert other == states["45 CFR 164.316(b)(2)(i)"]
    assert "again: --affidavit-again=" in (pytester.path / "c.html").read_text()
    _check_oscal(oscal)


def test_a_report_holds_what_other_processes_have_shown(pytester: pytest.Pytester) -> None:
    """With pytest-xdist the tests run elsewhere."""
    pytest.importorskip("xdist")
    pytester.makepyfile(_suite("print(asked.id)"))
    done = _run(pytester, "-n", "1", "-k", "nothing_raw or binds_only", "--affidavit-report=c.json")
    done.assert_outcomes(passed=1, failed=1)
    results = json.loads((pytester.path / "c.json").read_text())["results"]

    assert {"binds_only": "kept", "nothing_raw_gets_out": "broken"} == {
        one["promise"]: one["result"] for one in results
    }


def test_a_failure_can_be_repeated_from_what_it_prints(pytester: pytest.Pytester) -> None:
    """On another machine, where nothing is remembered."""
    pytester.makepyfile(_suite("print(asked.id)"))
    told = _run(pytester, "-k", "nothing_raw").stdout.str()
    again = told.partition("again: --affidavit-again=")[2].split()[0]
    done = _run(pytester, "-k", "nothing_raw", f"--affidavit-again={again}")

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*broken promise: nothing_raw_gets_out*"])


def test_only_what_somebody_has_printed_can_be_repeated(pytester: pytest.Pytester) -> None:
    """A typing error, another version of Hypothesis, an example that does no harm any more."""
    pytester.makepyfile(_suite("print(asked.id)"))
    for again, told in (("nonsense", "is not what a failure printed"), ("1.2.3:AAE=", "1.2.3")):
        done = _run(pytester, "-k", "nothing_raw", f"--affidavit-again={again}")
        assert pytest.ExitCode.USAGE_ERROR == done.ret
        done.stderr.fnmatch_lines([f"*{told}*"])
    printed = _run(pytester, "-k", "nothing_raw").stdout.str()
    again = printed.partition("again: --affidavit-again=")[2].split()[0]
    pytester.makepyfile(_suite("pass"))
    done = _run(pytester, "-k", "nothing_raw", f"--affidavit-again={again}", "-rs")

    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines(["*not shown: only one example was tried*"])


def test_a_delivery_that_takes_too_long_is_in_every_report(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As what it is: it fails, satisfies nothing, and is no broken promise."""
    monkeypatch.setenv("COLUMNS", "200")
    suite = _suite("__import__('time').sleep(60)").replace('"hipaa",', '"hipaa", limit_s=0.05,')
    pytester.makepyfile(suite)
    done = _run(
        pytester,
        *("-k", "binds_only", "-rf"),
        *(f"--affidavit-report=c.{end}" for end in ("json", "html", "oscal.json")),
    )
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["affidavit: promises 1 timed out", "FAILED *timed out: one deliv*"])
    document = json.loads((pytester.path / "c.json").read_text())
    (result,) = document["results"]
    oscal = json.loads((pytester.path / "c.oscal.json").read_text())["assessment-results"]

    assert "timed out" == result["result"]
    assert {"timed out", "not tested"} == {
        rule["result"] for rule in document["policies"][0]["rules"]
    }
    assert "broken" not in {clause["result"] for clause in document["policies"][0]["clauses"]}
    assert "longer than 0.05 s" in (pytester.path / "c.html").read_text()
    _check_oscal(oscal)


def test_what_the_plugin_adds_has_its_name(pytester: pytest.Pytester) -> None:
    """Fixtures, options, markers and settings meet those of other plugins in one room."""
    lines = _run(pytester, "--fixtures").stdout.lines
    ours = [line.split()[0] for line in lines if "affidavit_testing/pytest_plugin.py:" in line]
    told = _run(pytester, "--help").stdout.str().partition("compliance tests:")[2]
    options = re.findall(r"^  (--[a-z-]+)", told.partition("\n\n")[0], re.MULTILINE)

    assert len(ours) == 5
    assert len(options) == 6
    assert all(name.startswith("affidavit_") for name in [*ours, *MARKERS])
    assert all(name.startswith("--affidavit-") for name in options)


def test_strict_markers_and_settings_know_the_plugins(pytester: pytest.Pytester) -> None:
    """In a project that refuses what nobody has declared."""
    pytester.makeini("[pytest]\naffidavit_profile = dev\n")
    pytester.makepyfile(_suite())
    done = _run(pytester, "--strict-markers", "--strict-config", "-k", "binds_only or retention")

    done.assert_outcomes(passed=2)


def test_a_waiver_lets_a_promise_of_quality_fail(pytester: pytest.Pytester) -> None:
    """And says so in the report; the others still count."""
    pytester.makepyfile(_suite('context.metrics.add("Read", 1, "Count", status=asked.id)'))
    pytester.makepyprojecttoml(
        """
        [[tool.affidavit.gates.waivers]]
        promise = "metrics_are_valid"
        handler = "handler"
        reason = "The dashboard is rebuilt in spring."
        expires = 2999-01-01
        """
    )
    done = _run(pytester, "-k", "metrics_are_valid", "--affidavit-report=c.json")

    done.assert_outcomes(xfailed=1)
    (result,) = json.loads((pytester.path / "c.json").read_text())["results"]
    assert "waived" == result["result"]
    assert "rebuilt in spring" in result["message"]


def test_a_waiver_for_security_stops_everything(pytester: pytest.Pytester) -> None:
    """Before a single test has run."""
    pytester.makepyfile(_suite("print(asked.id)"))
    pytester.makepyprojecttoml(
        """
        [[tool.affidavit.gates.waivers]]
        promise = "nothing_raw_gets_out"
        reason = "We will look at it some day."
        expires = 2999-01-01
        """
    )
    done = _run(pytester)

    assert pytest.ExitCode.USAGE_ERROR == done.ret
    done.stderr.fnmatch_lines(["*is a security promise and cannot be waived*"])


def test_fixtures_are_there(pytester: pytest.Pytester) -> None:
    """A ledger that is in force, a source, a context, and the sinks."""
    pytester.makepyfile(
        """
        import pytest
        from affidavit import Query, audited

        FIND = Query(name="find", sql="select 1")

        @audited
        def handler(event, context):
            print("said", event["id"])
            return {"rows": len(context.source("memory").fetch_all(FIND))}

        @pytest.mark.affidavit_policy("gdpr")
        def test_all(affidavit_ledger, affidavit_source, affidavit_context, affidavit_sinks):
            affidavit_source.answers["find"] = [{"a": 1}, {"a": 2}]
            event = {"id": "N-1", "StepFunctions": {"Execution": {}, "StateMachine": {"Id": "m"}}}
            with affidavit_sinks() as sinks:
                assert handler(event, affidavit_context) == {"rows": 2}
            assert sinks.stdout == "said N-1\\n"
            assert [record.phase for record in affidavit_ledger.records] == ["I", "O"]
            assert affidavit_ledger.runtime.policy.name == "gdpr"
        """
    )
    _run(pytester, "--strict-markers").assert_outcomes(passed=1)


def test_the_short_line_says_what_broke(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not what the class of the error is called."""
    monkeypatch.setenv("COLUMNS", "200")
    pytester.makepyfile(_suite("print(asked.id)"))
    done = _run(pytester, "-k", "nothing_raw", "-rf")

    done.stdout.fnmatch_lines(
        ["FAILED *test_nothing_raw_gets_out - nothing_raw_gets_out: a *got out by standard output*"]
    )


def test_what_was_not_shown_is_said_with_its_counts(pytester: pytest.Pytester) -> None:
    """In the terminal and in each report: a handler that refuses everything shows nothing."""
    pytester.makepyfile(
        """
        from affidavit_testing import compliance_suite

        def handler(event, context):
            return {"statusCode": 403}

        TestNotes = compliance_suite(handler, policy="hipaa")
        """
    )
    done = _run(
        pytester,
        *("-k", "retention or redelivery"),
        *(f"--affidavit-report=c.{end}" for end in ("json", "html", "oscal.json")),
    )
    done.assert_outcomes(skipped=1, passed=1)
    counted = "retention_is_the_policys not shown (0 records seen)"
    done.stdout.fnmatch_lines(["affidavit: promises 1 kept, 1 not shown*", f"  handler: {counted}"])
    told = json.loads((pytester.path / "c.json").read_text())
    (result,) = [one for one in told["results"] if one["result"] == "not shown"]

    assert {"records seen": 0} == result["premises"]
    assert "0 records seen" in (pytester.path / "c.html").read_text()
    oscal = json.loads((pytester.path / "c.oscal.json").read_text())["assessment-results"]
    _check_oscal(oscal)
    assert '{"name": "records-seen", "ns": ' in json.dumps(oscal)


def test_the_suite_runs_without_its_plugin(pytester: pytest.Pytester) -> None:
    """Where plugins are switched off and markers are strict: it marks nothing by itself."""
    pytester.makepyfile(_suite())
    done = _run(pytester, "-p", "no:affidavit", "--strict-markers", "-k", "binds_only")

    done.assert_outcomes(passed=1)


def test_a_run_again_does_not_hide_what_broke(pytester: pytest.Pytester) -> None:
    """An example was found; that the next run finds none shows nothing."""
    pytest.importorskip("pytest_rerunfailures", reason="pip install pytest-rerunfailures")
    pytester.makepyfile(_suite("print(asked.id)"))
    done = _run(pytester, "-k", "nothing_raw", "--reruns=2", "--strict-markers")

    done.assert_outcomes(failed=1)
    done.stdout.no_fnmatch_line("*[0-9] rerun*")  # the plugin itself is named in the header


def test_a_test_of_ones_own_can_show_a_promise(pytester: pytest.Pytester) -> None:
    """By its marker; it is in the report beside the suite's."""
    pytester.makepyfile(
        """
        import pytest
        from affidavit.testing import api_gateway_v1
        from affidavit_testing import assert_always_on_record
        from affidavit import audited

        @audited
        def handler(event, context):
            return {"statusCode": 200}

        @pytest.mark.affidavit_promise("always_on_record")
        def test_mine():
            assert_always_on_record(handler, api_gateway_v1())
        """
    )
    _run(pytester, "--affidavit-report=c.json").assert_outcomes(passed=1)
    (result,) = json.loads((pytester.path / "c.json").read_text())["results"]

    assert ("always_on_record", "kept") == (result["promise"], result["result"])


def test_nothing_heavy_is_imported_at_the_start_of_pytest() -> None:
    """Who does not use the suite does not wait for it."""
    program = (
        "import sys, affidavit_testing.pytest_plugin; "
        "print([m for m in ('affidavit', 'hypothesis', 'pydantic') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    assert "[]" == told.stdout.strip()


def _check_oscal(document: dict[str, Any]) -> None:
    """Hold a document against what NIST's schema of assessment results asks for."""
    uuids = []

    def needs(part: dict[str, Any], names: str, optional: str = "") -> None:
        assert set(names.split()) <= part.keys()
        assert part.keys() <= {*names.split(), *optional.split()}
        if "uuid" in part:
            uuids.append(part["uuid"])

    needs(document, "uuid metadata import-ap results", "back-matter local-definitions")
    needs(document["metadata"], "title last-modified version oscal-version")
    assert document["import-ap"]["href"][1:] == document["back-matter"]["resources"][0]["uuid"]
    objectives = {
        part["id"]
        for one in document["local-definitions"]["objectives-and-methods"]
        for part in one["parts"]
    }
    for result in document["results"]:
        components = {one["uuid"] for one in result["local-definitions"]["components"]}
        needs(
            result,
            "uuid title description start reviewed-controls",
            "end observations findings props local-definitions",
        )
        (selection,) = result["reviewed-controls"]["control-selections"]
        assert 1 == len({"include-all", "include-controls"} & selection.keys())
        seen = set()
        for observation in result.get("observations", ()):
            needs(
                observation,
                "uuid description methods collected",
                "title types relevant-evidence props subjects",
            )
            assert observation["methods"] in (["TEST"], ["EXAMINE"])
            assert {one["subject-uuid"] for one in observation.get("subjects", ())} <= components
            seen.add(observation["uuid"])
        for finding in result["findings"]:
            needs(
                finding,
                "uuid title description target",
                "props related-observations remarks",
            )
            target = finding["target"]
            needs(target, "type target-id status")
            assert "objective-id" == target["type"]
            assert target["target-id"] in objectives
            related = {one["observation-uuid"] for one in finding.get("related-observations", ())}
            assert related <= seen
            assert target["status"]["state"] in {"satisfied", "not-satisfied"}
            assert target["status"]["reason"] in {"pass", "fail", "other"}
            assert {one["observation-uuid"] for one in finding.get("related-observations", ())} <= (
                seen
            )
    assert len(uuids) == len(set(uuids))
    for one in uuids:
        assert one[14] in "45"
        assert one[19] in "89ab"


def test_the_collector_is_not_there_where_nobody_asks(pytester: pytest.Pytester) -> None:
    """A project without suites sees nothing of all this."""
    pytester.makepyfile("def test_one(): pass")
    done = _run(pytester, "--affidavit-report=c.json")

    done.assert_outcomes(passed=1)
    done.stdout.no_fnmatch_line("affidavit:*")
    assert not Path(pytester.path / "c.json").exists()
