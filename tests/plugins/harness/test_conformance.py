"""Two backends, one verdict: every scenario of the folder, in this process and by the machine.

In the suite the machine plays a few of them; `make conformance` plays all.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conformance_site import answer
from harness_cloud import deploy, environ
from harness_site import Site
from localcloud_parts import Aws
from own_process import run_affidavit

FOLDER = Path(__file__).with_name("conformance")
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
FEW = ("capture-secret", "http-down", "large-capture", "cases-csv", "parallel", "for-each-fails")
ALL = os.environ.get("CONFORMANCE") == "all"


class Conformance(NamedTuple):
    """Where both backends are."""

    aws: Aws
    folder: Path
    site: Site

    def play(self, backend: str, names: tuple[str, ...] | list[str]) -> dict[str, Any]:
        """Return reports by scenario and case."""
        done = run_affidavit(
            *("scenario", "run", *(str(FOLDER / f"{name}.yaml") for name in names)),
            *("--backend", backend, "--env", "dev", "--max-parallel", "12"),
            *("--config", "harness.yaml", "--output", "json", "--no-progress"),
            folder=self.folder,
            environ={**environ(self.aws), "CONFORMANCE_VALUE": "here"},
            timeout_s=1200,
        )
        assert done.stdout, done.stderr
        reports = json.loads(done.stdout)
        assert "verdict" in reports[0], reports[0]
        return {f"{one['scenario']}[{one['case']}]": one for one in reports}


@pytest.fixture(scope="module")
def both(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conformance]:
    site, folder = Site(), tmp_path_factory.mktemp("conformance")
    site.answer = answer
    (folder / "word.txt").write_text("open\n")
    for name, text, kind in (
        ("/conformance/word", "open", "String"),
        ("/conformance/key", "conformance-key-123", "SecureString"),
    ):
        aws("ssm").put_parameter(Name=name, Value=text, Type=kind, Overwrite=True)
    where = f"127.0.0.1:{site.port}"
    outputs = {"site": f"http://{where}", **_services(aws)}
    deploy(aws, folder, hosts=(where, "127.0.0.1:9"), outputs=outputs)
    yield Conformance(aws, folder, site)
    site.close()


def _services(aws: Aws) -> dict[str, str]:
    """Make what scenarios send to: a topic with a queue behind it, a stream, a state machine."""
    queue, other = (
        aws("sqs").create_queue(QueueName=aws.name(name))["QueueUrl"] for name in ("queue", "other")
    )
    arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    topic = aws("sns").create_topic(Name=aws.name("topic"))["TopicArn"]
    raw = {"RawMessageDelivery": "true"}
    aws("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"], Attributes=raw
    )
    stream = aws.name("stream")
    aws("kinesis").create_stream(StreamName=stream, ShardCount=1)
    echo = {"StartAt": "Echo", "States": {"Echo": {"Type": "Pass", "End": True}}}
    machine = aws("stepfunctions").create_state_machine(
        name=aws.name("echo"), definition=json.dumps(echo), roleArn=aws.role()
    )["stateMachineArn"]
    return {
        "queue": queue,
        "other_queue": other,
        "topic": topic,
        "stream": stream,
        "machine": machine,
    }


def told(report: dict[str, Any]) -> dict[str, Any]:
    """Return what both backends must agree on: all but times, ids and where it ran."""

    def found(result: Any) -> Any:
        if isinstance(result, list):
            return [found(one) for one in result]
        if isinstance(result, dict):
            return {k: v for k, v in result.items() if k not in _OF_ITS_OWN}
        return result

    def step(one: dict[str, Any]) -> dict[str, Any]:
        kept = ("id", "uses", "state", "why", "error")
        findings = [
            finding | {"actual": "*"} if finding["select"] in _OF_ITS_OWN else finding
            for finding in one.get("findings") or []
        ]
        said = {"findings": findings, "result": found(one.get("result"))}
        return {name: one.get(name) for name in kept} | said

    kept = {
        "verdict": report["verdict"],
        "error": report.get("error"),
        "actions": [step(one) for one in report["actions"]],
        "assertions": [step(one) for one in report["assertions"]],
        "cleanup": [(one["action"], one["uses"], one["ok"]) for one in report["cleanup"]],
        "leaked": report["leaked"],
    }
    text = json.dumps(kept, sort_keys=True)
    for pattern in _CHANGES:
        text = re.sub(pattern, "*", text)
    changed: dict[str, Any] = json.loads(text)
    return changed


_OF_ITS_OWN = (
    *("bytes", "duration_ms", "etag", "headers", "sha256", "body", "size", "request"),
    "sequence_number",
)
_CHANGES = (
    r"[0-9a-v]{26}",  # a run's id
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
    r"now=[0-9]{10}",
    r"-[0-9]{13}",  # the name of an execution
    r"Expires=[^;]*",
    r"&b=[1-6]",
    r"AWS4-HMAC[^\"]*",
)


def test_there_are_at_least_sixty() -> None:
    """One for each thing that a scenario can say, and one for how it fails."""
    assert len(NAMES) >= 60


def test_every_scenario_is_on_the_page() -> None:
    """The table of the language links each of them."""
    page = (FOLDER.parents[3] / "docs" / "scenario-language.md").read_text()
    assert [] == [name for name in NAMES if f"conformance/{name}.yaml)" not in page]


@pytest.fixture(scope="module")
def here(both: Conformance) -> dict[str, Any]:
    """What this process says."""
    return both.play("local", NAMES)


def test_every_scenario_has_the_verdict_that_it_says(here: dict[str, Any]) -> None:
    """Its first tag is that."""
    wrong = {}
    for title, report in here.items():
        text = (FOLDER / f"{report['scenario']}.yaml").read_text()
        wanted = text.partition("tags: [")[2].partition("]")[0].upper()
        if wanted != report["verdict"]:
            wrong[title] = (wanted, report["verdict"], report.get("error"))
    assert {} == wrong


def test_both_backends_say_the_same(both: Conformance, here: dict[str, Any]) -> None:
    """Verdict, findings, errors and clean-up; nothing is left behind."""
    there = both.play("aws", NAMES if ALL else list(FEW))

    assert {title: told(here[title]) for title in there} == {
        title: told(report) for title, report in there.items()
    }
    assert len(there) >= (60 if ALL else len(FEW))
    assert 0 == sum(report["leaked"] for report in there.values())


def test_no_report_holds_a_secret(here: dict[str, Any]) -> None:
    """What a scenario looked up, captured or was granted."""
    text = json.dumps(here)
    for secret in ("conformance-key-123", "t0ken-of-the", "s3crets3cret"):
        assert secret not in text
