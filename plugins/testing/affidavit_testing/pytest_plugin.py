"""The pytest plugin: options, markers, fixtures and the report.

Loaded at every start of pytest, so that nothing heavy is imported here before
somebody uses it.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from affidavit.testing import Bench, FakeContext
    from affidavit_service.local_cloud import LocalCloud

RECORDER: pytest.StashKey[Recorder] = pytest.StashKey()

MARKERS = {
    "affidavit_promise(name)": "this test shows the promise of that name",
    "affidavit_policy(name)": "the policy of the fixture affidavit_ledger; default: baseline",
}


_SAID = frozenset({"BrokenPromiseError", "DeliveryTimeoutError"})
"""Errors whose text says all: their classes are imported by whoever uses a suite."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the command line takes."""
    group = parser.getgroup("affidavit", "compliance tests")
    group.addoption(
        "--affidavit-profile",
        choices=("dev", "ci", "nightly"),
        help="How long the compliance suites look for an example: dev (default), ci, nightly.",
    )
    group.addoption(
        "--affidavit-report",
        action="append",
        default=[],
        metavar="FILE",
        help="Write clause, rule, promise, tests and result to FILE: .html, .oscal.json or .json. "
        "May be given more than once.",
    )
    group.addoption(
        "--affidavit-oscal",
        choices=("1.1.3", "1.2.1"),
        default="1.1.3",
        help="The version that an .oscal.json report says it has. Default: 1.1.3.",
    )
    group.addoption(
        "--affidavit-deployed",
        metavar="FILE",
        help="What `terraform show -json` wrote: the report says of parts of a clause that a "
        "deployment configures whether they hold there. Without it they are not checked.",
    )
    group.addoption(
        "--affidavit-bundle",
        metavar="ZIP",
        help="The bundle of the handlers: the report names it with its SHA-256.",
    )
    group.addoption(
        "--affidavit-again",
        metavar="VERSION:BLOB",
        help="Try only the example that a failure printed; select its test with -k.",
    )
    parser.addini("affidavit_profile", "Default of --affidavit-profile.")


class Recorder:
    """Keeps reports of tests that show a promise, also those that another process has made."""

    def __init__(self) -> None:
        self.reports: list[pytest.TestReport] = []
        self.started = time.time()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a report, if it is one of those."""
        if hasattr(report, "affidavit"):
            self.reports.append(report)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and start to listen."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    config.option.affidavit_profile = (
        config.getoption("affidavit_profile", None) or config.getini("affidavit_profile") or "dev"
    )
    again = config.getoption("affidavit_again", None)
    if again:
        from affidavit_testing.run_property import not_again  # noqa: PLC0415 - nobody else needs it

        if problem := not_again(again):
            raise pytest.UsageError(f"--affidavit-again: {problem}")
    config.stash[RECORDER] = Recorder()
    config.pluginmanager.register(config.stash[RECORDER], "affidavit-recorder")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the suites' tests, and apply the waivers of the project.

    The suites do not mark their tests themselves: without this plugin there is no such marker.
    """
    for item in items:
        name = getattr(getattr(item, "function", None), "affidavit_promise", "")
        if name:
            item.add_marker(pytest.mark.affidavit_promise(name))
    held = [item for item in items if item.get_closest_marker("affidavit_promise")]
    if held and config.pluginmanager.hasplugin("rerunfailures"):
        for item in held:
            # What an example breaks is broken, also if the next run does not find the example.
            item.add_marker(pytest.mark.flaky(reruns=0))
    if held:
        from affidavit_testing.promise_gates import read_gates, waive  # noqa: PLC0415 - nobody else needs it

        gates = read_gates(config.rootpath / "pyproject.toml")
        for item in held:
            waive(item, gates)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    """Say in a report which promise its test shows: it may go to another process."""
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None and type(error).__name__ in _SAID:
        # The short summary has one line: what broke, and not what the class of the error is called.
        crash.message = str(error).removeprefix("broken promise: ")
    if item.get_closest_marker("affidavit_promise"):
        from affidavit_testing.report import about  # noqa: PLC0415

        report.affidavit = about(item)
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Write the reports, and say in one line how the promises stand."""
    recorder = config.stash[RECORDER]
    if not recorder.reports:
        return
    from affidavit_testing.promise_gates import read_gates  # noqa: PLC0415
    from affidavit_testing.report import Collector  # noqa: PLC0415
    from affidavit_testing.report_subject import ReportSubject, subject_of_run  # noqa: PLC0415

    gates = read_gates(config.rootpath / "pyproject.toml")
    paths = config.getoption("affidavit_report", None) or []
    named = config.getoption("affidavit_bundle", None)
    here = config.invocation_params.dir
    bundle = here / named if named else None
    subject = subject_of_run(config.rootpath, bundle) if paths else ReportSubject()
    collector = Collector(gates, recorder.reports, recorder.started, subject)
    terminalreporter.write_line(f"affidavit: {collector.sentence()}")
    for line in collector.lines(every=config.get_verbosity() > 0):
        terminalreporter.write_line(line)
    for path in paths:
        collector.write(here / path, oscal=config.getoption("affidavit_oscal"))
        terminalreporter.write_line(f"affidavit: report written to {path}")


@pytest.fixture
def affidavit_context() -> FakeContext:
    """Give a Lambda context with plain attributes and half a minute left."""
    from affidavit.testing import FakeContext  # noqa: PLC0415

    return FakeContext()


@pytest.fixture
def affidavit_source() -> Any:
    """Give a source in memory: fill `answers` by query name."""
    from affidavit.testing import MemorySource  # noqa: PLC0415

    return MemorySource("memory")


@pytest.fixture
def affidavit_ledger(request: pytest.FixtureRequest, affidavit_source: Any) -> Iterator[Bench]:
    """Give a ledger in memory, in force for every audited handler that the test calls.

    `records`, `metrics` and `logs` are what was left so far; the source of the
    fixture `affidavit_source` is in it. `@pytest.mark.affidavit_policy("hipaa")`
    chooses the policy.
    """
    from affidavit.testing import make_runtime, use_runtime  # noqa: PLC0415 - when it is asked for

    marker = request.node.get_closest_marker("affidavit_policy")
    policy = marker.args[0] if marker is not None else "baseline"
    bench = make_runtime(policy=policy, sources=[affidavit_source])
    with use_runtime(bench):
        yield bench


@pytest.fixture
def affidavit_sinks() -> Any:
    """Give a context manager that catches whatever leaves the process inside its block."""
    from affidavit_testing.sinks import captured  # noqa: PLC0415

    return captured


@pytest.fixture(scope="session")
def affidavit_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Give the local cloud, for the whole session; skip where it is not installed."""
    needs = ("affidavit_localcloud", "moto", "awslambdaric", "boto3")
    missing = [name for name in needs if find_spec(name) is None]
    if missing:
        pytest.skip(
            f"the local cloud needs {', '.join(missing)}: pip install 'affidavit[cli,localcloud]'"
        )
    from affidavit_service.local_cloud import local_cloud  # noqa: PLC0415

    with local_cloud(tmp_path_factory.mktemp("local-cloud")) as cloud:
        yield cloud._replace(environ={**cloud.environ, "NO_PROXY": "127.0.0.1,localhost"})
