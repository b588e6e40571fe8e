"""The report as one page that a browser shows without a network: a summary, then details folded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from affidavit_testing.clause_results import BROKEN, NOT_SHOWN, RESULTS, SATISFIED, TIMED_OUT

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881 }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 1rem;
  overflow-wrap: anywhere }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1.15rem; margin: 1.5rem 0 .3rem }
p { margin: .3rem 0 } dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 .8rem;
  margin: .4rem 0 } dt { font-weight: 600 } dd { margin: 0 }
.bar { display: flex; height: 1rem; border-radius: .3rem; overflow: hidden; margin: .3rem 0 }
.counts { display: flex; flex-wrap: wrap; gap: 0 1rem; list-style: none; margin: .2rem 0;
  padding: 0 }
.grid { overflow-x: auto } table { border-collapse: collapse; font-size: .85rem }
thead th { white-space: nowrap }
th, td { border: 1px solid var(--line); padding: .15rem .4rem; text-align: left }
td { text-align: center } th { font-weight: 400 }
details { border-bottom: 1px solid var(--line); padding: .35rem 0 }
summary { cursor: pointer } summary p { margin: 0 0 0 1.6rem }
details > *:not(summary) { margin-left: 1.6rem }
pre { white-space: pre-wrap; background: var(--soft); padding: .6rem }
.warn { border-left: .3rem solid #b45309; padding-left: .6rem }
.good { background: #15803d } .bad { background: #b91c1c } .open { background: #b45309 }
.none { background: #57534e } .duty { background: #1d4ed8 }
.mark { display: inline-block; color: #fff; border-radius: .25rem; padding: 0 .4rem;
  font-size: .8rem }
"""

_KINDS: Final = {
    **dict.fromkeys((*SATISFIED, "kept"), "good"),
    **dict.fromkeys(("broken", "does not hold"), "bad"),
    **dict.fromkeys(("waived", TIMED_OUT, NOT_SHOWN, "not checked", "not tested"), "open"),
    "organisation": "duty",
}
_SIGNS: Final = {"kept": "✓", "broken": "✗", "waived": "○", NOT_SHOWN: "?", TIMED_OUT: "!"}


def page(document: Mapping[str, Any]) -> str:
    """Return the whole page."""
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>Compliance report</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>Compliance report</h1>{_warning(document)}"
        f"{''.join(map(_summary, document['policies']))}{''.join(_broken(document))}"
        f"{_facts(document)}{''.join(_pictures(document))}"
        f"{''.join(map(_details, document['policies']))}</main></body></html>\n"
    )


def _facts(document: Mapping[str, Any]) -> str:
    subject = document["subject"]
    handlers = sorted({one for policy in document["policies"] for one in policy["handlers"]})
    facts = {
        "Handlers": ", ".join(filter(None, handlers)) or "none",
        "Commit": subject["commit"] or "not known",
        "Bundle": f"{subject['bundle']} sha256:{subject['sha256']}"
        if subject["bundle"]
        else "none was named (--affidavit-bundle)",
        "Made": f"{document['library']}, {document['started']} to {document['ended']}, "
        f"{len(document['results'])} tests",
    }
    rows = "".join(f"<dt>{name}</dt><dd>{_text(value)}</dd>" for name, value in facts.items())
    return f"<dl>{rows}</dl>"


def _warning(document: Mapping[str, Any]) -> str:
    open_ = sum(policy["summary"].get(NOT_SHOWN, 0) for policy in document["policies"])
    tests = sum(one["result"] == NOT_SHOWN for one in document["results"])
    if not (open_ or tests):
        return ""
    return (
        f"<p class='warn'>This run does not show everything: {open_} clause(s) are not shown, "
        f"and {tests} test(s) hardly ever met what they look for. They satisfy nothing.</p>"
    )


def _summary(policy: Mapping[str, Any]) -> str:
    count: Mapping[str, int] = policy["summary"]
    whole = sum(count.values()) or 1
    best = list(reversed(list(count.items())))
    parts = "".join(
        f"<span class='{_kind(word)}' style='width:{100 * number / whole:.2f}%'"
        f" title='{number} {word}'></span>"
        for word, number in best
    )
    told = "".join(f"<li>{_mark(word)} {number}</li>" for word, number in best)
    good = sum(count.get(word, 0) for word in SATISFIED)
    return (
        f"<h2>{_text(policy['title'])}</h2><p>{_text(policy['label'])}: {good} of {whole} clauses "
        f"shown or configured</p><div class='bar' role='img' aria-label='{good} of {whole} clauses "
        f"are shown or configured'>{parts}</div><ul class='counts'>{told}</ul>"
    )


def _pictures(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of promises against handlers for each policy."""
    for policy in document["policies"]:
        found: dict[tuple[str, str], str] = {}
        for one in document["results"]:
            if one["policy"] == policy["policy"]:
                found[one["promise"], one["handler"]] = one["result"]
        heads = "".join(f"<th scope='col'>{_text(one)}</th>" for one in policy["handlers"])
        rows = "".join(
            f"<tr><th scope='row'>{_text(promise)}</th>"
            + "".join(
                f"<td title='{_text(found.get((promise, one), 'not tested'))}'>"
                f"{_SIGNS.get(found.get((promise, one), ''), '-')}</td>"
                for one in policy["handlers"]
            )
            + "</tr>"
            for promise in dict.fromkeys(name for name, _ in found)
        )
        yield (
            f"<h2>Promises under {_text(policy['policy'])}</h2>"
            "<p>✓ kept, ✗ broken, ! timed out, ○ waived, ? not shown, "
            "- not tried or does not apply</p>"
            f"<div class='grid' tabindex='0' role='region' aria-label='Promises by handler'><table>"
            f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        )


def _details(policy: Mapping[str, Any]) -> str:
    tests: dict[str, list[Mapping[str, Any]]] = {}
    for rule in policy["rules"]:
        for promise in rule["promises"]:
            tests[promise["promise"]] = promise["tests"]
    order = sorted(policy["clauses"], key=lambda one: RESULTS.index(one["result"]))
    return f"<h2>Clauses of {_text(policy['policy'])}</h2>" + "".join(
        _clause(one, tests) for one in order
    )


def _clause(clause: Mapping[str, Any], tests: Mapping[str, list[Mapping[str, Any]]]) -> str:
    objectives = "".join(_objective(one, clause, tests) for one in clause["objectives"])
    said = {
        "Not built": clause["lacks"],
        "Your duty": clause["duty"],
        "Keep": clause["keep"],
        "For a lawyer": clause["lawyer"],
        "Rules": ", ".join(clause["rules"]),
    }
    told = "".join(
        f"<p><strong>{name}:</strong> {_text(value)}</p>" for name, value in said.items() if value
    )
    return (
        f"<details><summary>{_mark(clause['result'])} <strong>{_text(clause['id'])}</strong>"
        f"<p>{_text(clause['asks'])}</p></summary>{told}<ul>{objectives}</ul></details>"
    )


def _objective(
    one: Mapping[str, Any],
    clause: Mapping[str, Any],
    tests: Mapping[str, list[Mapping[str, Any]]],
) -> str:
    held = [test for name in one["suite"] for test in tests.get(name, ())]
    lines = [
        f"<li><code>{_text(test['test'])}</code> {_mark(test['result'])} "
        f"{_text(', '.join(f'{n} {name}' for name, n in test['premises'].items()))}</li>"
        for test in held
    ]
    lines += [
        f"<li><code>{_text(check['check'])}</code> {_text(check['result'])}: "
        f"{_text(check['saw'])}</li>"
        for check in clause["checks"]
        if check["check"] in one["checks"]
    ]
    missing = set(one["checks"]) - {check["check"] for check in clause["checks"]}
    lines += [f"<li><code>{_text(name)}</code> not checked</li>" for name in sorted(missing)]
    return f"<li>{_text(one['says'])}<ul>{''.join(lines)}</ul></li>"


def _broken(document: Mapping[str, Any]) -> Iterator[str]:
    found = [one for one in document["results"] if one["result"] in {BROKEN, TIMED_OUT}]
    if found:
        yield "<h2>Broken promises</h2>"
    for one in found:
        yield (
            f"<details><summary>{_mark(one['result'])} {_text(one['promise'])} of "
            f"{_text(one['handler'] or one['test'])}</summary><pre>{_text(one['message'])}</pre>"
            "</details>"
        )


def _kind(result: str) -> str:
    return _KINDS.get(result, "none")


def _mark(result: str) -> str:
    return f"<span class='mark {_kind(result)}'>{_text(result)}</span>"


def _text(value: Any) -> str:
    return escape(str(value))
