"""An evidence pack: one page that opens offline and can be checked without us.

It holds what was asked and by whom, the answer as a table and in pictures, how
far the archive was verified, proofs for a sample of its rows, and a program
that checks these. The page needs no script; with one it filters its table.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import Any, Final, NamedTuple

from affidavit import __version__
from affidavit.plugin import Json, Signer
from affidavit_reports.ask import Answer
from affidavit_reports.pictures import HOUR, bars, hours, timeline
from affidavit_reports.shown_cells import TOKEN_SHOWN, cut, is_token
from affidavit_reports.templates import Template

SHOWN_ROWS: Final = 500
"""Rows that the page shows; all of them stand in the attached data."""

MOST_ATTACHED: Final = 4_000_000
"""Bytes of an answer that a page carries; what is larger lies beside it, and the page has its
digest."""

_SCRIPT: Final = """
for (const box of document.querySelectorAll("input[type=search]")) {
  const rows = [...document.getElementById(box.dataset.rows).tBodies[0].rows];
  box.hidden = false;
  box.addEventListener("input", () => {
    const wanted = box.value.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}
"""
_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c2024;--paper:#fff;--line:#cfd6dd;--mark:#0b5cad;
--good:#116329;--bad:#a40e26;--soft:#f3f5f7}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf0;--paper:#0f1317;--line:#3a424a;
--mark:#78b7ff;--good:#56d364;--bad:#ff8f86;--soft:#191f25}}
*{box-sizing:border-box}body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--paper);margin:0 auto;max-width:76rem;padding:1.2rem}
h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}.verdict{border:2px solid;border-radius:8px;
padding:.8rem 1rem;margin:1rem 0}.good{border-color:var(--good)}.bad{border-color:var(--bad)}
.good strong{color:var(--good)}.bad strong{color:var(--bad)}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.85rem}th,td{text-align:left;
vertical-align:top;padding:.3rem .5rem;border-top:1px solid var(--line);overflow-wrap:anywhere}
thead th{position:sticky;top:0;background:var(--soft)}figure{margin:1rem 0}
figcaption{font-weight:600}svg{width:100%;max-width:720px;height:auto}svg rect{fill:var(--mark)}
svg text{fill:var(--ink);font:12px system-ui,sans-serif}pre,code{font:13px ui-monospace,monospace;
white-space:pre-wrap;overflow-wrap:anywhere}details{margin:.5rem 0}
input{font:inherit;padding:.3rem .5rem;width:100%;max-width:24rem;margin:.5rem 0}
@media print{input,details{display:none}thead th{position:static}}
"""


class EvidencePack(NamedTuple):
    """What goes into one page.

    `asked_by` and `asked_at` say who made it and when; `asked` says the question
    in the words of the command. `proofs` are those of a sample of the rows.
    """

    template: Template
    asked: str
    asked_by: str
    asked_at: str
    answers: Sequence[Answer]
    proofs: Sequence[Mapping[str, Json]]
    public_key: str = ""
    verifier_program: str = ""
    beside: str = ""
    """The name of the file beside the page that holds the answer if it is too large for it."""

    def data(self) -> str:
        """Return the whole answer as JSON: what the page carries, or the file beside it holds."""
        told = [answer.json() for answer in self.answers]
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def page(pack: EvidencePack, data: str) -> str:
    """Return the page with `data` of it. Everything that comes from a record is escaped."""
    script = base64.b64encode(sha256(_SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{script}'"
    title = escape(pack.template.title)
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>"
    )
    return head + "\n".join(_parts(pack, data)) + f"<script>{_SCRIPT}</script></body></html>\n"


def _parts(pack: EvidencePack, data: str) -> Iterator[str]:
    first = pack.answers[0].coverage
    clause = f" <small>{escape(pack.template.clause)}</small>" if pack.template.clause else ""
    yield f"<main><h1>{escape(pack.template.title)}{clause}</h1>"
    kind = "good" if first.whole else "bad"
    word, *rest = [escape(one) for one in first.sentences()]
    strong, _, text = word.partition(": ")
    yield f'<section class="verdict {kind}"><strong>{strong}</strong>: {text}'
    yield "".join(f"<br>{one}" for one in rest) + "</section>"
    yield _listed(
        {
            "Asked": pack.asked,
            "By": pack.asked_by,
            "At": pack.asked_at,
            "Log": first.origin,
            "Sealed up to": first.sealed_at,
            "Leaves and root": f"{first.size} / {first.root}",
            "Written by": f"affidavit {__version__}",
        }
    )
    if pack.template.limits:
        yield f"<p>{escape(pack.template.limits)}</p>"
    for number, answer in enumerate(pack.answers):
        yield from _answer(answer, number)
    yield from _attached(pack, data)
    yield "</main>"


def _answer(answer: Answer, number: int) -> Iterator[str]:
    yield f"<h2>{escape(answer.question.asks)}</h2>"
    columns = answer.question.columns
    rows = answer.table()
    if "at" in columns:
        by_hour = Counter(str(row[columns.index("at")])[:HOUR] for row in rows)
        yield timeline(by_hour) + hours(by_hour)
        yield bars("Who", Counter(_short(row[columns.index("actor")]) for row in rows))
        yield bars("Outcomes", Counter(str(row[columns.index("outcome")]) for row in rows))
    yield f"<p>{len(rows)} row(s)"
    yield f", the first {SHOWN_ROWS} shown.</p>" if len(rows) > SHOWN_ROWS else ".</p>"
    used = [at for at, _ in enumerate(columns) if any(row[at] not in {"", None} for row in rows)]
    yield (
        f'<input type="search" hidden data-rows="rows-{number}" aria-label="Filter rows" '
        f'placeholder="Filter">'
        f'<div class="wide" tabindex="0" role="region" aria-label="Rows of answer {number}">'
        f'<table id="rows-{number}"><thead><tr>'
        + "".join(f'<th scope="col">{escape(columns[at])}</th>' for at in used)
        + "</tr></thead><tbody>"
    )
    for row in rows[:SHOWN_ROWS]:
        yield "<tr>" + "".join(f"<td>{escape(_short(row[at]))}</td>" for at in used) + "</tr>"
    yield "</tbody></table></div>"


def _attached(pack: EvidencePack, data: str) -> Iterator[str]:
    if pack.verifier_program:
        yield "<h2>Check it without us</h2>"
        yield (
            f"<p>{len(pack.proofs)} proof(s) are attached below, of the first events in the "
            "answer. Save them as <code>proofs.json</code>, the key as <code>sealer.pub</code> "
            "and the program as <code>verify_offline.py</code>; the key should be the one that "
            "you were given by another way. Then, with Python and its package "
            "<code>cryptography</code>:</p><pre>python verify_offline.py proof proofs.json "
            "sealer.pub</pre>"
        )
    if pack.beside:
        yield (
            f"<p>The whole answer has {len(data.encode())} bytes and lies beside this page as "
            f"<code>{escape(pack.beside)}</code>, SHA-256 "
            f"<code>{sha256(data.encode()).hexdigest()}</code>.</p>"
        )
    for title, text in (
        ("The whole answer (JSON)", "" if pack.beside else data),
        ("Proofs (JSON)", json.dumps(list(pack.proofs), separators=(",", ":"))),
        ("The sealer's public key (PEM)", pack.public_key),
        ("verify_offline.py", pack.verifier_program),
    ):
        if text and (pack.verifier_program or text is data):
            yield f"<details><summary>{title}</summary><pre>{escape(text)}</pre></details>"


def _listed(pairs: Mapping[str, str]) -> str:
    inner = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in pairs.items())
    return f"<dl>{inner}</dl>"


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"{text[:TOKEN_SHOWN]}…" if is_token(text) else cut(text)


# -- the signature over a page ------------------------------------------------------------------

_FIRST: Final = "affidavit pack 1\n"


def signature_of(data: bytes, signer: Signer) -> str:
    """Return a signed note (c2sp.org/signed-note) over the digest of a page."""
    text = f"{_FIRST}sha256 {sha256(data).hexdigest()}\n"
    signed = base64.b64encode(signer.key_id + signer.sign(text.encode())).decode()
    return f"{text}\n\u2014 {signer.name} {signed}\n"


def is_signed(data: bytes, note: str, verifier: Any) -> bool:
    """Tell whether a note is this key's signature over exactly this page."""
    text, _, line = note.partition("\n\n")
    dash, _, rest = line.rstrip("\n").partition(" ")
    name, _, encoded = rest.partition(" ")
    if f"{text}\n" != f"{_FIRST}sha256 {sha256(data).hexdigest()}\n" or dash != "\u2014":
        return False
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        return False
    known = raw[:4] == verifier.key_id(name)
    return bool(known and verifier.verify(f"{text}\n".encode(), raw[4:]))
