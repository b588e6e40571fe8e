"""What templates may refer to: the run, its environment, inputs, the case, and captures."""

from __future__ import annotations

from affidavit.plugin import ScenarioRun
from affidavit_harness.protocol import Values


def scope_of(run: ScenarioRun, inputs: Values, case: Values) -> Values:
    """Return what templates may refer to, without captures."""
    digits = f"{int(run.id, 32) & (2**128 - 1):032x}" if run.id else "0" * 32
    uuid = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
    return {
        "run": {
            "id": run.id,
            "uuid": uuid,
            "prefix": run.prefix,
            "scenario": run.scenario,
            "started_at": run.started_ms // 1000,
            "expires_at": run.started_ms // 1000 + 86_400,
        },
        "env": run.env,
        "inputs": dict(inputs),
        "case": dict(case),
        "vars": {},
    }
