"""What went wrong in a run, in sentences, the same in every report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from affidavit_harness.run_ids import short


def title(report: Mapping[str, Any]) -> str:
    """Return `scenario[case]`."""
    case = report["case"]
    return report["scenario"] if case == "only" else f"{report['scenario']}[{case}]"


def items(report: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield actions and assertions, in order."""
    yield from report["actions"]
    yield from report["assertions"]


def troubles(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield one sentence per thing that somebody should look at."""
    seen = False
    for item in items(report):
        error = item.get("error")
        if error:
            seen = True
            yield f"{item['id']}: {error['what']}: {error['why']}. {error['fix']}."
        for one in item.get("findings", []):
            if not one["holds"]:
                said = f" ({one['message']})" if one.get("message") else ""
                waited = f", {item['why']}" if item.get("why") else ""
                tries = f" after {item['tries']} looks" if item.get("tries", 1) > 1 else ""
                yield (
                    f"{item['id']}: {one['select']}: expected {one['operator']} "
                    f"{text(one['expected'])}, actual {text(one['actual'])}{tries}{waited}{said}"
                )
    if report.get("error") and not seen:
        error = report["error"]
        yield f"{error['what']}: {error['why']}. {error['fix']}."
    for one in report["cleanup"]:
        if not one["ok"]:
            told = one.get("error", {}).get("what", "it failed")
            again = f"affidavit scenario cleanup --run {short(report['run'])}"
            yield f"LEAKED {one['action']}: {told}; {again}"


def text(value: Any) -> str:
    """Return a value as it stands in a sentence."""
    return json.dumps(value, ensure_ascii=False)
