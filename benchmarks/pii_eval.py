"""Measure what the redaction engine recognises, on labelled data that you bring.

    python -m benchmarks.pii_eval FOLDER [--json FILE] [--misses]

FOLDER holds any of these, one JSON object per line:

* `public_cases.jsonl`: `entity`, `text`, `spans` (start and end of each value), `positive`.
* `noise_lines.jsonl`: `text` of log lines without personal data.
* `key_names.jsonl`: `entity` (`KEY:NONE` for a harmless one), `text`, `positive`.
* `credentials*.jsonl`, one file per scanner: the `rule`, `text` as its project gives it, and the
  `secret` in it; `begins` says that its form has a beginning, so that it is found `bare`, too (the
  secret, or more of its text). `no_secret` says why what the scanner looks for is none, such as an
  identifier: these are counted by reason and not measured.
* `log_lines.jsonl`: `family` and `text` of log lines of whole systems. What is changed in them is
  judged by the rules of `benchmarks/log_families.py`.
* `bypass.jsonl`: `event`, `text` or `python`, and the `secret_values` that must not survive.
  `python` is an expression and is run: bring data that you trust.

A value is recognised (typed) if its entity is among what the engine says it found, and
covered if no four of its letters and digits in a row are left. Exit code 0 if every goal
that was measured is reached, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_interface
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit._policy.load import load_policy
from affidavit._policy.model import EntityRule
from affidavit._policy.words import RedactionAction, Sink
from affidavit._redact import Redactor
from affidavit._redact.types.entities import ENTITIES, LABEL
from affidavit._types import RuleId
from benchmarks.log_families import changes

TODAY: Final = "2026-01-23"
GOALS: Final = frozenset({"EMAIL", "IBAN", "JWT", "US_SSN", "CREDIT_CARD"})
RECALL, PRECISION, KEY_RECALL, NOISE = 0.97, 0.98, 0.97, 0.01
FALSE_KEYS, LEAKS, MATRIX = 4, 3, 106
AS_GIVEN, BARE, CHANGED = 0.95, 0.80, 0.005

ALSO: Final = {
    "AWS_KEY": {"AWS_KEY", "SECRET"},
    "CREDIT_CARD": {"CREDIT_CARD", "CARD_TRACK"},
    "AUTH_HEADER": {"AUTH_HEADER", "JWT", "SECRET"},
    "GITHUB_TOKEN": {"API_TOKEN", "SECRET"},
    "SLACK_TOKEN": {"API_TOKEN", "SECRET"},
    "STRIPE_KEY": {"API_TOKEN", "SECRET"},
    "GCP_KEY": {"API_TOKEN", "SECRET"},
    "NPM_TOKEN": {"API_TOKEN", "SECRET"},
    "US_PASSPORT": {"PASSPORT"},
}
"""Labels of the data, and the entities of ours that mean the same."""

PEERS: Final = {
    "EMAIL": "presidio 0.98/1.00, datafog 0.99/1.00, relay 0.99/1.00",
    "PHONE": "presidio 0.88/0.99, datafog 0.79/0.99, phonenumbers 0.76/1.00",
    "US_SSN": "presidio 0.92/1.00, scrubadub 0.94/0.99, relay 0.88/0.93",
    "CREDIT_CARD": "presidio 0.91/1.00, scrubadub 0.89/1.00, relay 0.75/0.99",
    "IBAN": "presidio 0.99/0.99, relay 0.57/0.85",
    "IP": "presidio 1.00/0.95, relay 1.00/0.82, datafog 0.65/0.91",
    "MAC_ADDRESS": "presidio 1.00/1.00, relay 0.83/0.83",
    "JWT": "detect-secrets 0.94/1.00",
    "AWS_KEY": "detect-secrets 0.78/0.64",
    "PRIVATE_KEY": "detect-secrets 0.83/0.62, relay 0.67/0.80",
    "BASIC_AUTH_URL": "relay 0.86/0.60, detect-secrets 0.86/0.67",
    "GITHUB_TOKEN": "detect-secrets 0.80/0.80",
    "SLACK_TOKEN": "detect-secrets 0.91/0.87",
    "STRIPE_KEY": "detect-secrets 0.40/0.67",
    "AUTH_HEADER": "",
    "US_ITIN": "presidio 1.00/1.00",
    "US_PASSPORT": "presidio 1.00/1.00",
    "UK_NHS": "presidio 1.00/1.00",
    "UK_NINO": "presidio 0.00",
    "GCP_KEY": "",
    "NPM_TOKEN": "",
    "US_MBI": "",
    "US_NPI": "",
}  # fmt: skip
"""What is measured, and typed recall / precision of peers on the whole of the public corpora.

The peers were measured once, elsewhere, with the versions that docs/redaction-measured.md names.
"""
PEER_NOISE: Final = "detect-secrets 10 %, relay 17 %, datafog 61 %, presidio 87 %"
PEER_KEYS: Final = "sentry-python 0.11 with 0, relay 0.21 with 23 of 166"
PEER_LEAKS: Final = "of 138: relay 69, presidio 99, datafog 104, sentry 124, powertools 128"
PEER_MATRIX: Final = "presidio 64, relay 35, datafog 21, scrubadub 10"

CARDS: Final = {
    "Visa 16": "4000056655665556", "Visa 13": "4222222222222", "Visa 19": "4000000000000000006",
    "Mastercard 5": "5200828282828210", "Mastercard 2": "2223003122003222",
    "American Express": "371449635398431", "Diners 30": "30569309025904",
    "Diners 36": "36227206271667", "Discover 6011": "6011000990139424",
    "Discover 65": "6500000000000002", "JCB": "3566002020360505",
    "UnionPay 16": "6200000000000005", "UnionPay 19": "6205500000000000004",
    "Maestro": "6759649826438453",
}  # fmt: skip
"""Numbers that payment services publish for tests, or made for these ranges; nobody's."""

FORMATS: Final[dict[str, Callable[[str], str]]] = {
    "plain": lambda pan: pan,
    "by four": lambda pan: " ".join(re.findall(".{1,4}", pan)),
    "by four, dashes": lambda pan: "-".join(re.findall(".{1,4}", pan)),
    "4-6-rest": lambda pan: f"{pan[:4]} {pan[4:10]} {pan[10:]}",
    "JSON text": lambda pan: json.dumps({"n": pan}),
    "JSON number": lambda pan: json.dumps({"n": int(pan)}),
    "glued to letters": lambda pan: f"PAN{pan}X",
    "track 2": lambda pan: f";{pan}=29121010000012300000?",
}


class Result(NamedTuple):
    """One line of the report: what was measured, and whether that reaches its goal."""

    what: str
    measured: str
    goal: str = ""
    reached: bool = True
    peers: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what there is data for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path, help="write the results to this file, too")
    parser.add_argument("--misses", action="store_true", help="show what was missed, on stderr")
    options = parser.parse_args(arguments)
    miss = _tell if options.misses else _silent
    measures = {
        "public_cases.jsonl": cases,
        "noise_lines.jsonl": noise,
        "key_names.jsonl": keys,
        **{one.name: credentials for one in sorted(options.folder.glob("credentials*.jsonl"))},
        "log_lines.jsonl": systems,
        "bypass.jsonl": bypass,
    }
    results: list[Result] = []
    for name, measure in measures.items():
        if (options.folder / name).is_file():
            rows = (options.folder / name).read_text("utf-8").splitlines()
            results += measure([json.loads(row) for row in rows], miss)
    if not results:
        print(f"there is none of {', '.join(measures)} in that folder", file=sys.stderr)
        return 2
    results += matrix(miss)
    print(table(results))
    if options.json is not None:
        told = json.dumps([result._asdict() for result in results], indent=1)
        options.json.write_text(told + "\n")
    return 0 if all(result.reached for result in results) else 1


def cases(rows: Iterable[dict[str, Any]], miss: Callable[..., None]) -> list[Result]:
    """Recall, precision and coverage per entity."""
    redactor, counts = _replacing(), defaultdict[str, Counter[str]](Counter)
    for row in rows:
        entity, text, spans = row["entity"], row["text"], row["spans"]
        if entity not in PEERS or (row["positive"] and not spans):
            continue
        if entity == "IP" and row["positive"] and all(_nobody(text[a:b]) for a, b in spans):
            continue  # they stay, on purpose: see docs/redaction-limits.md
        clean, count = redactor.clean(text, Sink.LOG), counts[entity]
        typed = bool({name for name, _ in clean.found} & ALSO.get(entity, {entity}))
        if not row["positive"]:
            count.update(negative=1, false=typed)
            if typed:
                miss("false", entity, text)
            continue
        covered = all(
            _is_gone(text[a:b], clean.value, text[:a] + "\0" + text[b:]) for a, b in spans
        )
        count.update(positive=1, typed=typed, covered=covered)
        if not typed or not covered:
            miss("missed" if not typed else "left", entity, text, clean.value)
    return [_entity(entity, counts[entity]) for entity in PEERS if counts[entity]]


def _entity(entity: str, count: Counter[str]) -> Result:
    positive, typed, false = count["positive"], count["typed"], count["false"]
    recall = typed / positive if positive else 1.0
    precision = typed / (typed + false) if typed + false else 1.0
    covered = count["covered"] / positive if positive else 1.0
    goal = f"{RECALL} / {PRECISION}" if entity in GOALS else ""
    return Result(
        f"{entity} ({positive} + {count['negative']})",
        f"{recall:.3f} / {precision:.3f}, covered {covered:.3f}",
        goal,
        not goal or (recall >= RECALL and precision >= PRECISION),
        PEERS[entity],
    )


def noise(rows: Sequence[dict[str, Any]], miss: Callable[..., None]) -> list[Result]:
    """Lines without personal data in which something is found, as texts and as objects."""
    redactor, flagged = _replacing(), 0
    for row in rows:
        forms = [row["text"]]
        if row["text"].startswith("{"):
            forms.append(json.loads(row["text"]))
        found = {name for form in forms for name, _ in redactor.clean(form, Sink.LOG).found}
        flagged += bool(found)
        if found:
            miss("noise", sorted(found), row["text"])
    share = flagged / len(rows)
    told = f"{flagged} of {len(rows)} = {share:.1%}"
    return [Result("noise lines flagged", told, f"{NOISE:.0%}", share <= NOISE, PEER_NOISE)]


def keys(rows: Iterable[dict[str, Any]], miss: Callable[..., None]) -> list[Result]:
    """Names whose value is replaced, of those that should and of those that should not."""
    redactor, count = _replacing(), Counter[str]()
    for row in rows:
        value = "qqzz" if row["positive"] else "wwxx"
        caught = redactor.clean({row["text"]: value}, Sink.LOG).found
        count["sensitive" if row["positive"] else "harmless"] += 1
        count["caught" if row["positive"] else "false"] += bool(caught)
        if bool(caught) != row["positive"]:
            miss("key", row["entity"], row["text"])
    recall = count["caught"] / count["sensitive"]
    told = f"{recall:.3f} of {count['sensitive']}"
    wrong = f"{count['false']} of {count['harmless']}"
    return [
        Result("key names, recall", told, f"{KEY_RECALL}", recall >= KEY_RECALL, PEER_KEYS),
        Result("key names, false", wrong, f"{FALSE_KEYS}", count["false"] <= FALSE_KEYS),
    ]


def credentials(rows: Iterable[dict[str, Any]], miss: Callable[..., None]) -> list[Result]:
    """Secrets that are gone: examples as given, and rules of which all are, bare in a sentence."""
    redactor = Redactor(load_policy("baseline").redaction, today=TODAY)
    count, left_out, bare = Counter[str](), Counter[str](), dict[str, bool]()
    for row in rows:
        rule, text, secret = row["rule"], row["text"], row["secret"]
        if "no_secret" in row:
            left_out[row["no_secret"]] += 1
            continue
        given = _is_cut(secret, text, redactor.text(text, Sink.LOG))
        count.update(examples=1, given=given)
        if not given:
            miss("given", rule, text)
        if row.get("begins"):
            alone = f"the value {row.get('bare', secret)} was given"
            cut = _is_cut(secret, alone, redactor.text(alone, Sink.LOG))
            count.update(begins=1, begins_given=given)
            bare[rule] = bare.get(rule, True) and cut
            if not cut:
                miss("bare", rule, secret)
    results = [_share("credentials as given", count["given"], count["examples"], AS_GIVEN)]
    if bare:
        results += [
            _share("with a beginning, as given", count["begins_given"], count["begins"], AS_GIVEN),
            _share("rules with a beginning, bare", sum(bare.values()), len(bare), BARE),
        ]
    told = ", ".join(f"{why} {many}" for why, many in left_out.most_common())
    return [*results, *([Result("no secrets, left out", told)] if told else [])]


def _share(what: str, part: int, whole: int, goal: float) -> Result:
    share = part / max(whole, 1)
    return Result(f"{what} ({whole})", f"{share:.3f}", f"{goal}", share >= goal)


def systems(rows: Iterable[dict[str, Any]], miss: Callable[..., None]) -> list[Result]:
    """Lines of whole systems that are changed wrongly, by family; lines that are lost."""
    redactor, counts = _replacing(), defaultdict[str, Counter[str]](Counter)
    for row in rows:
        family, text = row["family"], row["text"]
        clean = redactor.text(text, Sink.LOG)
        done = changes(text, clean) if clean != text else []
        wrong = [one for one in done if not one.right]
        lost = LABEL.fullmatch(clean) is not None and LABEL.fullmatch(text) is None
        counts[family].update(lines=1, lost=lost, changed=bool(done), wrong=bool(wrong))
        for one in wrong:
            miss("wrong", family, one.label, one.value, text)
    lost = sum(count["lost"] for count in counts.values())
    return [
        *[
            Result(
                f"{family}, lines changed wrongly ({count['lines']})",
                f"{count['wrong'] / count['lines']:.2%} of all, {count['changed']} changed",
                f"{CHANGED:.1%}",
                count["wrong"] <= CHANGED * count["lines"],
            )
            for family, count in sorted(counts.items())
        ],
        Result("lines given up whole", f"{lost}", "0", lost == 0),
    ]


def _is_cut(secret: str, text: str, clean: str) -> bool:
    """Tell whether no eight characters of `secret` in a row are left that stand nowhere else."""
    size, around = min(8, len(secret)), text.replace(secret, "\0")
    pieces = {secret[at : at + size] for at in range(len(secret) - size + 1)}
    return not any(piece in clean and piece not in around for piece in pieces)


def bypass(rows: Sequence[dict[str, Any]], miss: Callable[..., None]) -> list[Result]:
    """Hidden values that survive, or that make the engine raise."""
    redactor, leaks = Redactor(load_policy("baseline").redaction, today=TODAY), 0
    for row in rows:
        value = row.get("event", row.get("text"))
        if "python" in row:
            value = eval(row["python"])  # noqa: S307 - objects have no other form in a file
        clean = redactor.clean(value, Sink.LOG).value
        seen = json.dumps(clean, ensure_ascii=False) + "\n" + repr(clean)
        if isinstance(clean, str):
            seen += "\n" + clean
        if any(secret in seen for secret in row["secret_values"]):
            leaks += 1
            miss("leak", row["category"], row["name"], clean)
    told = f"{leaks} of {len(rows)}"
    return [Result("bypass leaks", told, f"{LEAKS}", leaks <= LEAKS, PEER_LEAKS)]


def matrix(miss: Callable[..., None]) -> list[Result]:
    """Card brands in the ways that people and programs write them."""
    redactor, covered = _replacing(), 0
    for brand, pan in CARDS.items():
        for name, form in FORMATS.items():
            clean = redactor.text(f"pay with {form(pan)} now", Sink.LOG)
            found = _is_gone(pan, clean)
            covered += found
            if not found:
                miss("card", brand, name, clean)
    told = f"{covered} of {len(CARDS) * len(FORMATS)}"
    return [Result("card brand x format", told, f"{MATRIX}", covered >= MATRIX, PEER_MATRIX)]


def table(results: Sequence[Result]) -> str:
    """Return the results as a table for people."""
    rows = [("what (cases)", "measured: recall / precision", "goal", "", "peers")]
    for one in results:
        verdict = "" if not one.goal else "reached" if one.reached else "SHORT"
        rows.append((one.what, one.measured, one.goal, verdict, one.peers))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _replacing() -> Redactor:
    """Return a redactor that puts a label in place of everything."""
    rules = load_policy("baseline").redaction
    every = tuple(
        EntityRule((entity,), RedactionAction.REPLACE, RuleId("EVAL-01")) for entity in ENTITIES
    )
    return Redactor(rules._replace(entities=every), today=TODAY)


def _nobody(text: str) -> bool:
    """Tell whether Python says that an address or a network is no computer of anybody's."""
    try:
        network = ip_interface(text).network
    except ValueError:
        return False
    address = ip_interface(text).ip
    special = (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or str(address) == "255.255.255.255"
    )
    return special or ("/" in text and address == network.network_address)


def _is_gone(value: str, clean: object, around: str = "") -> bool:
    """Tell whether no four letters and digits of `value` in a row are left.

    What stands `around` it too, such as the name of an address in the sentence
    before, is not left of it.
    """
    wanted, left, beside = _bare(value), _bare(str(clean)), _bare(around)
    size = min(4, len(wanted))
    pieces = {wanted[at : at + size] for at in range(len(wanted) - size + 1)}
    return not any(piece in left and piece not in beside for piece in pieces)


def _bare(text: str) -> str:
    """Return the letters and digits of `text`, and a mark for what was replaced."""
    return re.sub(r"[^A-Za-z0-9\0]", "", re.sub(r"\[[A-Za-z_]+\]", "\0", text))


def _silent(*_: object) -> None:
    """Say nothing."""


def _tell(*words: object) -> None:
    print(*(str(word)[:160].replace("\n", "\\n") for word in words), sep=" | ", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
