"""JUnit XML: one suite per scenario, one case per case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from affidavit import __version__
from affidavit_harness.protocol import RunReport
from affidavit_harness.reports.summary import remarks, troubles

_KINDS: Final = {"FAILED": "failure", "ERROR": "error"}
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]")


def junit(reports: Sequence[RunReport]) -> str:
    """Return the reports as JUnit XML."""
    root = ET.Element("testsuites", name="affidavit")
    for scenario in dict.fromkeys(report.scenario for report in reports):
        ours = [report for report in reports if report.scenario == scenario]
        suite = ET.SubElement(
            root,
            "testsuite",
            name=scenario,
            tests=str(len(ours)),
            failures=str(sum(one.verdict == "FAILED" for one in ours)),
            errors=str(sum(one.verdict == "ERROR" for one in ours)),
            skipped=str(sum(one.verdict == "NOT RUN" for one in ours)),
            time=f"{sum(one.took_ms for one in ours) / 1000:.3f}",
        )
        for report in ours:
            _case(suite, report)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, report: RunReport) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=report.scenario,
        name=report.title,
        time=f"{report.took_ms / 1000:.3f}",
    )
    properties = ET.SubElement(case, "properties")
    told = {"run": report.run, "env": report.env, "leaked": report.leaked}
    told |= {"affidavit": __version__, "execution": report.execution}
    for name, value in told.items():
        ET.SubElement(properties, "property", name=name, value=_clean(str(value)))
    sentences = [_clean(one) for one in troubles(report)]
    if report.verdict == "NOT RUN":
        ET.SubElement(case, "skipped", message="it was not run")
    elif report.verdict in _KINDS:
        message = sentences[0] if sentences else report.verdict
        trouble = ET.SubElement(case, _KINDS[report.verdict], message=message)
        trouble.text = "\n".join(sentences)
    noted = [_clean(one) for one in remarks(report)]
    if noted:
        ET.SubElement(case, "system-out").text = "\n".join(noted)
    if report.leaked:
        leaks = [one for one in sentences if one.startswith("LEAKED")]
        ET.SubElement(case, "system-err").text = "\n".join(leaks)


def _clean(text: str) -> str:
    """Return a text without characters that XML cannot hold."""
    return _NO_XML.sub("?", text)
