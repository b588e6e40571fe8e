"""The line as one HTML page: versions as rows, environments as columns, and who decided what.

It needs nothing else: no script, no font, no network. What it says is computed
from records that verify, and from a vault whose bytes were compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final, NamedTuple

from affidavit import AffidavitError
from affidavit.plugin import iso_utc
from affidavit_release.line_step import Step, StepKind
from affidavit_release.pipeline_state import PipelineState, Release
from affidavit_release.release_context import ReleaseContext
from affidavit_release.release_reports import fate

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_SHORT: Final = 12
_STYLE: Final = """
:root{--ok:#1a7f37;--bad:#b42318;--wait:#9a4b00;--dim:#59636e;--line:#d1d9e0}
*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:80rem;
padding:1.5rem;color:#1f2328;background:#fff}h1{font-size:1.4rem}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;
padding:.4rem .6rem;border-top:1px solid var(--line);min-width:9rem}
code{font:13px/1.45 ui-monospace,monospace;overflow-wrap:anywhere}b.passed,b.live{color:var(--ok)}
b.failed,b.rejected{color:var(--bad)}b.open{color:var(--wait)}small{display:block;color:var(--dim)}
@media (prefers-color-scheme:dark){:root{--ok:#3fb950;--bad:#f85149;--wait:#d29922;--dim:#9198a1;
--line:#3d444d}body{color:#f0f6fc;background:#0d1117}}
"""


class _Told(NamedTuple):
    """Everything that the page is written from."""

    context: ReleaseContext
    line: PipelineState
    steps: Sequence[Step]
    names: dict[str, str]


def report_page(context: ReleaseContext) -> str:
    """Return the page.

    Raises:
        ReleaseError: The ledger does not verify; then there is nothing to report.

    """
    steps = context.steps.read()
    people = context.rules.people.values()
    names = {str(context.steps.token("actor", one.name)): one.name for one in people}
    told = _Told(context, context.pipeline(), steps, names)
    return "\n".join(_page(told)) + "\n"


def _page(told: _Told) -> Iterator[str]:
    rules = told.context.rules
    releases = sorted(
        (one for one in told.line.releases.values() if one.digest),
        key=lambda one: one.version,
        reverse=True,
    )
    dead = sum(one.died is not None for one in releases)
    live = told.line.live(rules.way[-1]) or "nothing"
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f"<title>{escape(rules.pipeline)}: releases</title><style>{_STYLE}</style></head><body>"
    title = f"{rules.pipeline}: {live} is live in {rules.way[-1]}"
    yield f"<main><h1>{escape(title)}</h1>"
    yield f"<p>{len(releases)} version(s), {dead} in the graveyard. {len(told.steps)} records, "
    yield f"verified {iso_utc(told.context.steps.now_ms())}; "
    yield f"rules <code>{escape(rules.digest)}</code>.</p>"
    yield '<div class="wide" tabindex="0" role="region" aria-label="Versions"><table>'
    yield "<thead><tr><th scope=col>version</th>"
    yield from (f"<th scope=col>{escape(name)}</th>" for name in rules.targets)
    yield "<th scope=col>fate</th></tr></thead><tbody>"
    for one in releases:
        yield from _row(told, one)
    yield "</tbody></table></div></main></body></html>"


def _row(told: _Told, release: Release) -> Iterator[str]:
    labels = ", ".join(one for one in release.labels if one != str(release.version))
    yield f"<tr><th scope=row>{escape(str(release.version))}<small>{escape(labels)}</small>"
    yield f"<small>commit <code>{escape(release.commit[:_SHORT])}</code></small>"
    yield f"<small>digest <code>{escape(release.digest)}</code></small>"
    yield f"<small>{escape(_bytes(told.context, release))}</small></th>"
    for name in told.context.rules.targets:
        yield f"<td>{''.join(_cell(told, release, name))}</td>"
    yield f"<td>{escape(fate(told.context, told.line, release))}{_death(told, release)}</td></tr>"


def _cell(told: _Told, release: Release, name: str) -> Iterator[str]:
    version, stage = str(release.version), told.line.stages[name]
    for step in told.steps:
        if step.kind is StepKind.APPROVE and step.ok and _is(step, version, name):
            who = escape(told.names.get(step.behalf, step.behalf[:_SHORT]))
            yield f"<small>approved by {who}, {step.at}: {escape(step.why)}</small>"
    died = release.died
    if died is not None and died.environment == name:
        yield f'<b class="{"failed" if died.reason else "rejected"}">'
        yield f"{'failed' if died.reason else 'rejected'}</b> "
    if name in release.passed:
        live = told.line.live(name) == version
        yield f'<b class="{"live" if live else "passed"}">{"live" if live else "passed"}</b>'
        yield f"<small>{escape(release.passed[name])}</small>"
    elif stage.candidate == version and (stage.pending or stage.share):
        yield f'<b class="open">{f"{stage.share} %" if stage.share else "under way"}</b>'


def _death(told: _Told, release: Release) -> str:
    died = release.died
    if died is None:
        return ""
    who = f" by {told.names.get(died.behalf, died.behalf[:_SHORT])}" if died.behalf else ""
    why = died.why or died.reason
    return f"<small>{escape(f'{died.at}{who}: {why}')}</small>"


def _bytes(context: ReleaseContext, release: Release) -> str:
    """Compare every byte in the vault with the signed list, and that with the record."""
    if not release.uploaded:
        return "not in the vault"
    try:
        same = context.vault.check(release.version).digest == release.digest
    except AffidavitError as error:
        return f"the vault's bytes are not in order: {type(error).__name__}"
    return "every byte is as it was signed" if same else "the vault has something else"


def _is(step: Step, version: str, name: str) -> bool:
    return (step.version, step.environment) == (version, name)
