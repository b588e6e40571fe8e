"""The report as one page that a browser shows without a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #ccc; padding: .4rem .6rem; text-align: left }
td { vertical-align: top }
.kept { color: #0a6b2d } .broken { color: #a40e26; font-weight: 600 }
.waived { color: #7a4b00 } .silent { color: #555 }
pre { white-space: pre-wrap; background: #f6f6f6; padding: .6rem }
"""

_SIGNS: Final = {"kept": "✓", "broken": "✗", "waived": "○"}


def page(document: Mapping[str, Any]) -> str:
    """Return the whole page."""
    body = "".join(_policy(policy) for policy in document["policies"])
    head = (
        f"<p>{_text(document['library'])}, {_text(document['started'])} to "
        f"{_text(document['ended'])}. {len(document['results'])} test(s).</p>"
    )
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<title>Compliance report</title>"
        f"<style>{_STYLE}</style></head><body><h1>Compliance report</h1>{head}{body}"
        f"{''.join(_broken(document))}</body></html>\n"
    )


def _policy(policy: Mapping[str, Any]) -> str:
    rows = "".join(_row(rule) for rule in policy["rules"])
    return (
        f"<h2>{_text(policy['title'])} <small>{_text(policy['label'])}</small></h2>"
        "<table><thead><tr><th>Clause</th><th>Rule</th><th>Promises and tests</th>"
        f"<th>Result</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(rule: Mapping[str, Any]) -> str:
    promises = "".join(
        f"<li>{_text(promise['sentence'])}<ul>{''.join(map(_test, promise['tests']))}</ul></li>"
        for promise in rule["promises"]
    )
    review = f"<p><em>For a lawyer: {_text(rule['review'])}</em></p>" if rule["review"] else ""
    return (
        f"<tr><td>{_text(rule['clause'])}</td>"
        f"<td><strong>{_text(rule['rule'])}</strong><p>{_text(rule['why'])}</p>{review}</td>"
        f"<td><ul>{promises}</ul></td><td>{_sign(rule['result'])}</td></tr>"
    )


def _test(test: Mapping[str, Any]) -> str:
    return f"<li><code>{_text(test['test'])}</code> {_sign(test['result'])}</li>"


def _broken(document: Mapping[str, Any]) -> Iterator[str]:
    for result in document["results"]:
        if result["result"] == "broken":
            yield f"<h3>{_text(result['test'])}</h3><pre>{_text(result['message'])}</pre>"


def _sign(result: str) -> str:
    kind = result if result in _SIGNS else "silent"
    return f"<span class='{kind}'>{_SIGNS.get(result, '-')} {_text(result)}</span>"


def _text(value: Any) -> str:
    return escape(str(value))
