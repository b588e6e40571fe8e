"""One HTML file that needs nothing else: no script, no font, no network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from affidavit import __version__
from affidavit.plugin import iso_utc
from affidavit_harness.json_form import to_json
from affidavit_harness.protocol import RunReport, StepResult
from affidavit_harness.reports.summary import remarks, troubles
from affidavit_harness.run_ids import short

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Whatever a response smuggles in, the browser runs and loads nothing."""

_STYLE: Final = """
:root{--ok:#1a7f37;--bad:#b42318;--err:#9a4b00;--skip:#59636e;--line:#d1d9e0;--back:#f6f8fa}
*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:72rem;
padding:1.5rem;color:#1f2328;background:#fff}h1{font-size:1.4rem}h2{font-size:1.1rem;margin:0}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;
padding:.3rem .6rem;border-top:1px solid var(--line)}th{font-weight:600}
code,pre{font:13px/1.45 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
pre{background:var(--back);padding:.6rem;margin:.3rem 0}section{border:1px solid var(--line);
border-radius:6px;padding:1rem;margin:1rem 0}.word{font-weight:700}.passed,.PASSED{color:var(--ok)}
.failed,.FAILED,.leaked{color:var(--bad)}.error,.ERROR{color:var(--err)}
.skipped,.not-run,.NOT-RUN{color:var(--skip)}.bar{background:var(--back);height:.8rem;
position:relative;min-width:10rem}.bar i{position:absolute;top:0;bottom:0;min-width:2px;
background:currentColor}
@media (prefers-color-scheme:dark){:root{--ok:#3fb950;--bad:#f85149;--err:#d29922;--skip:#9198a1;
--line:#3d444d;--back:#151b23}body{color:#f0f6fc;background:#0d1117}}
"""


def html(reports: Sequence[RunReport]) -> str:
    """Return the reports as one page."""
    return "\n".join(_page(reports)) + "\n"


def _page(reports: Sequence[RunReport]) -> Iterator[str]:
    words = [report.verdict for report in reports]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f"<title>affidavit: {_safe(counts)}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{_safe(counts)}</h1><table><thead><tr><th>scenario</th><th>verdict</th>"
    yield "<th>took</th><th>leaked</th></tr></thead><tbody>"
    for report in reports:
        yield f'<tr><td><a href="#{_safe(report.run)}">{_safe(report.title)}</a></td>'
        yield f"<td>{_word(report.verdict)}</td><td>{report.took_ms / 1000:.1f} s</td>"
        yield f"<td>{_safe(report.leaked)}</td></tr>"
    yield "</tbody></table>"
    for report in reports:
        yield from _run(report)
    yield f"<p>affidavit {_safe(__version__)}. Secrets and personal data are masked.</p>"
    yield "</body></html>"


def _run(report: RunReport) -> Iterator[str]:
    yield f'<section id="{_safe(report.run)}"><h2>{_safe(report.title)} '
    yield f"{_word(report.verdict)}</h2>"
    yield f"<p>run <code>{_safe(report.run)}</code> ({_safe(short(report.run))}) in "
    yield f"{_safe(report.env)}, began {_safe(iso_utc(report.began_ms))}, took "
    yield f"{report.took_ms / 1000:.1f} s, {_safe(report.transitions)} transitions "
    yield f"(${report.dollars:.6f})</p>"
    sentences = [*troubles(report), *remarks(report)]
    if sentences:
        yield "<ul>" + "".join(f"<li>{_safe(one)}</li>" for one in sentences) + "</ul>"
    yield "<table><thead><tr><th>step</th><th>state</th><th>when</th><th>evidence</th></tr></thead>"
    yield "<tbody>"
    for item in report.steps:
        yield f"<tr><td>{_safe(item.id)}<br><code>{_safe(item.uses)}</code></td>"
        yield f"<td>{_word(item.state)}</td><td>{_bar(item, report)}</td>"
        yield f"<td>{''.join(_evidence(item))}</td></tr>"
    for one in report.cleanup:
        state = "passed" if one.ok else "leaked"
        yield f"<tr><td>undo {_safe(one.action)}<br><code>{_safe(one.uses)}</code></td>"
        yield f"<td>{_word(state)}</td><td></td><td>{_safe(one.tries)} tries</td></tr>"
    yield "</tbody></table></section>"


def _evidence(item: StepResult) -> Iterator[str]:
    if item.findings:
        yield "<table><thead><tr><th>select</th><th>expected</th><th>actual</th><th></th></tr>"
        yield "</thead><tbody>"
        for one in item.findings:
            yield f"<tr><td><code>{_safe(one.select)}</code></td>"
            yield f"<td><code>{_safe(one.operator)} {_safe(_json(one.expected))}</code></td>"
            yield f"<td><code>{_safe(_json(one.actual))}</code></td>"
            yield f"<td>{_word('passed' if one.holds else 'failed')}</td></tr>"
        yield "</tbody></table>"
    if item.error is not None:
        yield f"<pre>{_safe(_json(to_json(item.error)))}</pre>"
    if item.result is not None:
        yield "<details><summary>result</summary>"
        yield f"<pre>{_safe(_json(item.result))}</pre></details>"


def _bar(item: StepResult, report: RunReport) -> str:
    whole = max(1, report.took_ms)
    if item.began_ms is None or item.took_ms is None:
        return ""
    left = min(100.0, max(0.0, 100 * (item.began_ms - report.began_ms) / whole))
    width = min(100.0 - left, 100 * item.took_ms / whole)
    style = f"left:{left:.1f}%;width:{width:.1f}%"
    kind = _kind(item.state)
    return f'<div class="bar {kind}"><i style="{style}"></i></div>{item.took_ms} ms'


def _word(word: str) -> str:
    return f'<span class="word {_kind(word)}">{_safe(word)}</span>'


def _kind(word: str) -> str:
    return _safe(word.replace(" ", "-"))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1 if isinstance(value, dict) else None)


def _safe(value: object) -> str:
    return escape(str(value), quote=True)
