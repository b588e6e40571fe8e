"""Scenarios as pytest tests: one line in a test module, one test per case."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affidavit_harness.files.environments_file import find_environment
from affidavit_harness.files.scenario_loader import load_scenario
from affidavit_harness.parallel_runs import Batch, Job, run_batch
from affidavit_harness.protocol import RunVerdict
from affidavit_harness.registry import load_registry
from affidavit_harness.reports.summary import troubles


class _Quiet:
    """Hears how a run goes on, and says nothing: pytest shows what matters."""

    def tell(self, *_: object) -> None: ...

    def heartbeat(self) -> None: ...


def scenario(
    file: str | Path, *, env: str = "local", config: Path | None = None, **inputs: Any
) -> Callable[..., None]:
    """Return a parametrised test that runs every case of a scenario in this process.

    `test_price = scenario("price-fetch-is-audited.yaml")`: a relative name is
    looked up beside the calling module. What a test asserts, it says: expected
    and actual, masked.

    Raises:
        ScenarioError: The file cannot be used; pytest shows that when it collects.

    """
    beside = Path(inspect.stack()[1].filename).parent
    path = beside / file
    registry = load_registry()
    here = find_environment(env, config, path)
    loaded = load_scenario(path, registry, env=env, read_only=here.read_only)
    jobs = [Job(loaded, case) for case in loaded.cases()]

    @pytest.mark.parametrize("job", jobs, ids=[job.case.id for job in jobs])
    def test(job: Job, tmp_path: Path) -> None:
        """Run one case; nothing is left behind."""
        batch = Batch([job], registry, here, tmp_path / "harness", inputs, max_parallel=1)
        (report,) = run_batch(batch, _Quiet()).reports
        if report.verdict is not RunVerdict.PASSED or report.leaked:
            told = "\n".join(troubles(report))
            pytest.fail(f"{report.title}: {report.verdict}\n{told}", pytrace=False)

    told: Callable[..., None] = test
    return told
