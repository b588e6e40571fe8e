"""Every setting is obeyed: change it and nothing else, and something else happens.

What can be said comes from the declaration: each word, each flag. A setting
that is declared and has no experiment here fails the suite.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from enum import Enum, EnumMeta
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, get_args
from urllib.parse import urlsplit

import pytest

from affidavit import AffidavitError, AuditContext, Query, UnauditedAccessError, audited
from affidavit._offrecord.observation import CURRENT
from affidavit._policy.load import POLICY_FORMAT, load_policy, policy_digest
from affidavit._policy.model import (
    DEFAULT_ENVIRONMENT,
    EntityRule,
    EnvironmentProperties,
    Exemption,
    KeyRule,
    PatternRule,
    Policy,
    ResponseRule,
    SinkRule,
)
from affidavit._policy.words import (
    Charset,
    Merge,
    Pack,
    RedactionAction,
    Sink,
    SinkMode,
    Trust,
    Word,
)
from affidavit._records.memory import MemoryStore
from affidavit._redact import Redactor
from affidavit._runtime.plugins import Plugins
from affidavit._runtime.runtime import find_tracer
from affidavit._runtime.settings import read_settings
from affidavit._telemetry import capture as capturing
from affidavit._types import RuleId
from affidavit.plugin import About, TokenKey, Tokens, Tracer, hookimpl
from affidavit.testing import MemorySource, api_gateway_v1, make_runtime, run, step
from affidavit_harness.files.environments_file import ChosenEnvironment, EnvironmentSettings
from affidavit_ledger import seal_commands
from affidavit_ledger.signing import open_signer as open_file_key
from affidavit_policy.declared import DECLARED
from terraform_tool import HCL, Terraform, TerraformError, need_terraform

RULE: Final = RuleId("TEST-01")
MAIL: Final = "jane.roe@example.com"
SCANNED: Final = tuple(sink for sink in Sink if sink is not Sink.ANSWER)
CODES: Final = ("-1234", "-ABCD", "-abcd", "-aBcD", "-a1bf", "-a1Bz", "-123", "-123456")
FOUND: Final = {"email": MAIL, "a": {"email": MAIL}, "n": 7}
BASE: Final = load_policy("baseline")
OPEN: Final = BASE._replace(
    actor=BASE.actor._replace(trust=frozenset(Trust)),
    redaction=BASE.redaction._replace(entities=(), sinks={}),
    environments={DEFAULT_ENVIRONMENT: EnvironmentProperties(30, 5, True, True, True, True)},
)
"""A policy that lets through what can be let through, so that each tightening shows."""


def changed(policy: Policy, path: str, value: Any) -> Policy:
    """Return the policy with one setting changed, for every environment."""
    return _changed(policy, path.split("."), value)


def _changed(holder: Any, path: list[str], value: Any) -> Any:
    name, *below = path
    if name == "*":
        return {key: _changed(item, below, value) for key, item in holder.items()}
    inner = _changed(getattr(holder, name), below, value) if below else value
    return holder._replace(**{name: inner})


# -- what is looked at ----------------------------------------------------------------


def _invoked(
    policy: Policy, event: Any = None, answer: Callable[[AuditContext], Any] | None = None
) -> Any:
    """Return what comes of one invocation: the answer, the records, the lines."""

    @audited(action="READ", actor="who")
    def handler(said: Any, context: AuditContext) -> Any:
        return answer(context) if answer else {"ok": 1, "ssn": "412-68-1357"}

    bench = make_runtime(policy=policy, sources=[MemorySource("shop", {})])
    given = {"who": "jane"} if event is None else event
    try:
        told: Any = run(handler, given, bench)
    except AffidavitError as error:
        told = type(error).__name__
    phases = [record.phase for record in bench.records]
    keeps = [int(record.document["exp"]) for record in bench.records]
    return told, phases, keeps, bench.lines


def _declared(policy: Policy) -> Any:
    """When the opening record is kept, as the handler sees it. The store waits for the handler."""
    started, waited = threading.Event(), []

    def slow(entries: Any) -> None:
        if '"ph":"I"' in str(entries):
            waited.append(started.wait(timeout=2))

    @audited(action="READ", actor="who")
    def handler(said: Any, context: AuditContext) -> Any:
        started.set()

    bench = make_runtime(policy=policy, store=MemoryStore(remote=True, before=slow))
    run(handler, {"who": "jane"}, bench)
    return [record.phase for record in bench.records], waited


CALLERS: Final[dict[Trust, Any]] = {
    Trust.AUTHORIZER: api_gateway_v1(authorizer={"claims": {"sub": "u-1"}}),
    Trust.IAM: api_gateway_v1(user_arn="arn:aws:iam::111122223333:user/jane"),
    Trust.SERVICE: step({}),
    Trust.ASSERTED: {"who": "jane"},
    Trust.ANONYMOUS: {},
}


def _believed(policy: Policy) -> Any:
    @audited(action="READ")
    def handler(said: Any, context: AuditContext) -> Any:
        return {}

    @audited(action="READ", actor="who")
    def naming(said: Any, context: AuditContext) -> Any:
        return {}

    told = []
    for trust, event in CALLERS.items():
        bench = make_runtime(policy=policy)
        with contextlib.suppress(AffidavitError):
            run(naming if trust is Trust.ASSERTED else handler, event, bench)
        told.append([record.status for record in bench.records][-1])
    return told


def _expires(policy: Policy) -> Any:
    return [round(keep / 86_400) for keep in _invoked(policy)[2]]


def _sealed_for(policy: Policy, folder: Path) -> Any:
    """How long the sealer asks the archive to keep what it writes."""
    kept: list[int] = []

    class Archive:
        def put(self, key: str, data: bytes, *, retain_until: int) -> None:
            kept.append(retain_until // 86_400)

    session: Any = SimpleNamespace(
        archive=lambda: (Archive(), SimpleNamespace(write=lambda *_: None)),
        settings=SimpleNamespace(
            policy=str(_written(policy, folder)),
            signer=urlsplit("file:///key?name=a.org/b"),
            archive=urlsplit("file:///archive"),
            witness=None,
        ),
        plugins=SimpleNamespace(),
        signer=lambda: open_file_key(folder / "sealer.key", "a.org/b"),
        witness=lambda: None,
        witnesses=tuple,
        tsa=lambda: None,
    )
    bench = make_runtime()
    run(audited(action="A")(lambda _, __: None), {}, bench)
    entries = list(chain.from_iterable(map(bench.store.entries, bench.store.writers())))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seal_commands, "now_ms", lambda: 0)
        seal_commands._sealer(session, bench.runtime.ledger).write_segments(entries, shard="s")
    return kept


def _written(policy: Policy, folder: Path) -> Path:
    """Write a policy as the compiler would: what the loader reads back is the same."""
    plain = _plain(policy)
    document = {"format": POLICY_FORMAT, "source": "", "policy": plain.pop("name"), **plain}
    document["digest"] = policy_digest(document)
    path = folder / "mine.json"
    path.write_text(json.dumps(document))
    assert policy._replace(digest=document["digest"]) == load_policy(str(path))
    return path


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "_asdict"):
        return {name: _plain(item) for name, item in value._asdict().items()}
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | tuple):
        return (
            sorted(map(_plain, value), key=str)
            if isinstance(value, frozenset)
            else [_plain(item) for item in value]
        )
    return value


def _weighed(policy: Policy) -> Any:
    told = []
    for body in ({"id": "x" * 40}, {"id": [[["x"]]]}):
        answer = _invoked(policy, api_gateway_v1(method="POST", body=body))[0]
        told.append(answer["statusCode"])
    return told


def _ran_statement(policy: Policy) -> Any:
    query = Query(name="find", sql="select price from orders where state = 'open'")

    def answer(context: AuditContext) -> Any:
        return context.source("shop").fetch_all(query)

    told = _invoked(policy, answer=answer)[0]
    return told if isinstance(told, str) else "ran"


def _reached(policy: Policy) -> Any:
    """What comes of reaching past the sources: for the handler, and on record."""

    def answer(_: AuditContext) -> Any:
        observation: Any = CURRENT.get()
        told = []
        for seen in (
            ("net", "socket", "lab.example.com"),
            ("aws", "s3.GetObject", "scans"),
            ("aws", "s3.PutObject", "scans"),
            ("file", "open", "/mnt/scans/1.dcm"),
            ("file", "open", "/mnt/scans/2.dcm"),
        ):
            try:
                observation.note(*seen)
            except UnauditedAccessError:
                told.append(seen)
        return told

    @audited(action="READ", actor="who")
    def handler(said: Any, context: AuditContext) -> Any:
        return answer(context)

    bench = make_runtime(policy=policy)
    told = run(handler, {"who": "jane"}, bench)
    off = [record.document.get("off") for record in bench.records]
    # Tokens differ between ledgers, and what is a token shows by its form alone.
    return told, json.loads(re.sub(r'"[0-9a-f]{32}"', '"token"', json.dumps(off)))


def _logged_event(policy: Policy) -> Any:
    return any('"received"' in line for line in _invoked(policy)[3])


def _redacted(policy: Policy) -> Any:
    tokens = Tokens(TokenKey(kid="k", key=b"k" * 32))
    redactor = Redactor(policy.redaction, tokens=lambda: tokens, today="2026-01-23")
    values = [
        {"note": f"of {MAIL}, +1 212 555 0123 at 198.51.100.7", **FOUND},
        {"shelf": MAIL, "printed": "1980-02-03", "deep": [[[["x"]]]], "y": {"shelf": "b"}},
        [f"see {prefix}{code} " for prefix in "QR" for code in CODES],
    ]
    told = {sink.value: [redactor.clean(value, sink).value for value in values] for sink in SCANNED}
    return json.dumps(told, sort_keys=True)


NUMBERS: Final = {
    Pack.EU: "44051401359",
    Pack.UK: "utr 1955839661",
    Pack.SWITZERLAND: "756.9217.0769.85",
    Pack.NORWAY: "kontonr 8601.11.17947",
    Pack.US: "routing 121042882",
    Pack.CANADA: "sin 123-456-782",
    Pack.AUSTRALIA: "2123 45670 1",
    Pack.NEW_ZEALAND: "ird 49-091-850",
    Pack.BRAZIL: "390.533.447-05",
    Pack.INDIA: "2341 2341 2346",
    Pack.JAPAN: "mynumber 628547583603",
    Pack.CHINA: "110101199003074514",
    Pack.KOREA: "971013-9019902",
    Pack.SINGAPORE: "S1234567D",
    Pack.TURKEY: "10000000146",
    Pack.SOUTH_AFRICA: "7503305044089",
}


def _numbers_seen(policy: Policy) -> Any:
    redactor = Redactor(policy.redaction)
    return [redactor.text(f"for {number}", Sink.LOG) for number in NUMBERS.values()]


def _answered(policy: Policy) -> Any:
    return _invoked(policy)[0]


def _at_sinks(policy: Policy) -> Any:
    return _redacted(policy), _answered(policy)


def _captured(policy: Policy) -> Any:
    """What a logger and print write once the engine has taken over what the policy names."""
    redactor = Redactor(policy.redaction)
    make, out, err = logging.Logger.makeRecord, sys.stdout, sys.stderr
    before, capturing._taken = capturing._taken, set()
    sys.stdout = written = io.StringIO()
    try:
        capturing.capture(redactor, policy.redaction.capture)
        print(f"mail {MAIL}")
        record = logging.getLogger("x").makeRecord("x", 20, "f", 1, MAIL, (), None)
        sys.stdout.flush()
        return MAIL in written.getvalue(), MAIL in record.getMessage()
    finally:
        sys.stdout, sys.stderr = out, err
        logging.Logger.makeRecord = make  # type: ignore[method-assign]
        logging.captureWarnings(capture=False)
        capturing._taken = before


def _traced(policy: Policy) -> Any:
    class Offering:
        @staticmethod
        @hookimpl
        def affidavit_about() -> About:
            return About(summary="A tracer")

        @staticmethod
        @hookimpl
        def affidavit_tracers() -> Any:
            return [Tracer("spy", lambda _: None)]

    settings = read_settings({"AFFIDAVIT_ENVIRONMENT": "staging"})
    return find_tracer(policy, settings, Plugins({"spy": Offering()})) is not None


def _believed_there(policy: Policy) -> Any:
    bench = make_runtime(policy=policy)
    return sorted(trust.value for trust in bench.runtime.policy.actor.trust)


def _writes_in_scenarios(policy: Policy, folder: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFIDAVIT_POLICY", str(_written(policy, folder)))
        return ChosenEnvironment("staging", EnvironmentSettings(), folder).read_only


def _planned(policy: Policy, folder: Path) -> Any:
    """What Terraform reads from the same file, and whether it takes a zip of this machine."""
    need_terraform(os.environ)
    root = folder / "root"
    root.mkdir()
    (folder / "policies").mkdir()
    document = _plain(policy)
    (folder / "policies" / "mine.yaml").write_text(json.dumps(document))
    for name in ("variables.tf", "known.tf", "policy.tf"):
        (root / name).write_text((HCL / name).read_text())
    (root / "outputs.tf").write_text(
        'output "days" { value = local.log_days }\n'
        'output "percent" { value = local.sample_percent }\n'
        'output "may_write" { value = local.environment.tests_may_write }\n'
        'output "believes" { value = local.believes_anybody }\n'
    )
    ours = Terraform(root, folder / "data", folder / "state")
    ours.data.mkdir()
    said = {"policy": "mine", "environment": "staging"}
    told = []
    for name in ("local", "qa"):  # without artifacts, and without deletion protection
        options = [f"-var={key}={value}" for key, value in said.items()]
        if name == "local":
            options.append("-var=harness={}")  # one that calls this machine is for `local` only
        if name == "qa":
            artifact = {"bucket": "b", "key": "k", "object_version": "v", "sha256_base64": "s"}
            names = ("price", "config-read", "config-change", "sealer", "harness")
            options.append("-var=artifacts=" + json.dumps(dict.fromkeys(names, artifact)))
        file = f"-var-file={HCL}/environments/{name}.tfvars"
        try:
            plan = ours.plan(file, *options)
        except TerraformError as error:
            told.append(sorted({word for word in ("S3 only", "deletable") if word in str(error)}))
        else:
            told.append(
                {key: one["value"] for key, one in plan["planned_values"]["outputs"].items()}
            )
    return told


# -- what is changed ------------------------------------------------------------------

VALUES: Final[dict[str, list[Any]]] = {
    "retention.hot_days": [10, 11],
    "retention.archive_days": [365, 400],
    "environments.*.log_days": [30, 31],
    "environments.*.sample_percent": [0, 5],
    "limits.request_bytes": [40, 1000],
    "limits.depth": [3, 20],
    "off_record.hosts": [(), ("lab.example.com",), ("*.example.com",)],
    "off_record.operations": [
        (),
        ("s3.GetObject",),
        ("s3.*",),
        ("s3.GetObject scans",),
    ],
    "off_record.paths": [(), ("/mnt/scans",), ("/mnt/scans/1.dcm",)],
    "redaction.limits.depth": [4, 48],
    "redaction.limits.string_bytes": [4, 65_536],
    "redaction.limits.nodes": [3, 20_000],
}
"""Numbers, which no declaration can enumerate. Words and flags are all tried."""

LISTS: Final[dict[str, Any]] = {
    "redaction.entities": (
        (EntityRule(("EMAIL", "IP", "PHONE"), RedactionAction.DROP, RULE),),
        {"match": [("EMAIL",)], "action": list(RedactionAction)},
    ),
    "redaction.keys": (
        (
            KeyRule(("shelf",), RedactionAction.REPLACE, RULE, "EMAIL"),
            KeyRule(("printed",), RedactionAction.REPLACE, RULE, "BIRTH_DATE"),
        ),
        {
            "match": [("deep",)],
            "action": list(RedactionAction),
            "entity": ["LOYALTY"],
            "under": [("nowhere",)],
        },
    ),
    "redaction.patterns": (
        (PatternRule("LOYALTY", "Q-", Charset.DIGITS, 4, 4, RedactionAction.REPLACE, RULE),),
        {
            "entity": ["OTHER"],
            "prefix": ["R-"],
            "charset": list(Charset),
            "least": [3],
            "most": [6],
            "action": [RedactionAction.REPLACE, RedactionAction.DROP, RedactionAction.KEEP],
        },
    ),
    "redaction.exemptions": (
        (Exemption("a.email", "because of a test", "2030-01-01"),),
        {"path": ["email"], "reason": [" "], "expires": ["2020-01-01"]},
    ),
    "response": ((ResponseRule("ssn", RULE),), {"path": ["ok"]}),
}
"""Lists: some items, and what else each of their fields can be."""

OBSERVED: Final[dict[str, Callable[..., Any]]] = {
    "declare": _declared,
    "actor.trust": _believed,
    "retention.hot_days": _expires,
    "retention.archive_days": _sealed_for,
    "environments.*.log_days": _planned,
    "environments.*.sample_percent": _traced,
    "environments.*.trust_asserted": _believed_there,
    "environments.*.tests_may_write": _writes_in_scenarios,
    "environments.*.local_artifacts": _planned,
    "environments.*.deletable": _planned,
    "limits.request_bytes": _weighed,
    "limits.depth": _weighed,
    "sources.literals": _ran_statement,
    "off_record.mode": _reached,
    "off_record.hosts": _reached,
    "off_record.operations": _reached,
    "off_record.paths": _reached,
    "logging.event": _logged_event,
    "redaction.entities": _redacted,
    "redaction.keys": _redacted,
    "redaction.patterns": _redacted,
    "redaction.sinks": _at_sinks,
    "redaction.capture": _captured,
    "redaction.packs": _numbers_seen,
    "redaction.exemptions": _redacted,
    "redaction.limits.depth": _redacted,
    "redaction.limits.string_bytes": _redacted,
    "redaction.limits.nodes": _redacted,
    "response": _answered,
}


def _alternatives(path: str, kind: Any) -> list[Any]:
    """Return everything that a setting is tried with. No two may look the same."""
    if path in VALUES:
        return VALUES[path]
    if kind is bool:
        return [False, True]
    if isinstance(kind, EnumMeta):
        return list(kind)
    if path in LISTS:
        return [(), LISTS[path][0]]
    inner = get_args(kind)[0]
    if inner is Sink:
        return [{}, *({sink: SinkRule(SinkMode.ALLOWLIST, ("email",))} for sink in Sink)]
    whole = get_args(kind) and tuple(inner)
    return [kind.__origin__(whole), *(_but(kind, whole, one) for one in whole)]


def _but(kind: Any, whole: tuple[Any, ...], one: Any) -> Any:
    return kind.__origin__(item for item in whole if item is not one)


def _look(path: str, policy: Policy, folder: Path) -> Any:
    observe = OBSERVED[path]
    folder.mkdir(exist_ok=True)
    return observe(policy, folder) if observe.__code__.co_argcount > 1 else observe(policy)


def test_every_setting_has_an_experiment() -> None:
    """One that is declared and that nothing obeys cannot be shipped."""
    assert {one.path for one in DECLARED} == OBSERVED.keys()


@pytest.mark.parametrize("one", DECLARED, ids=lambda one: one.name)
def test_each_value_of_a_setting_makes_a_difference(one: Any, tmp_path: Path) -> None:
    """No two values of a setting look alike."""
    seen = [
        json.dumps(
            _look(one.path, changed(OPEN, one.path, value), tmp_path / str(number)), default=str
        )
        for number, value in enumerate(_alternatives(one.path, one.kind))
    ]

    assert len(seen) == len(set(seen)) > 1


FIELDS: Final = [
    pytest.param(path, name, id=f"{path}.{name}")
    for path, (items, _) in LISTS.items()
    for name in items[0]._fields
    if name != "rule"
]


@pytest.mark.parametrize(("path", "name"), FIELDS)
def test_each_field_of_an_item_makes_a_difference(path: str, name: str, tmp_path: Path) -> None:
    """And so does each word that it can have."""
    items, fields = LISTS[path]
    held = getattr(items[0], name)
    seen = [
        json.dumps(_look(path, changed(OPEN, path, tried), tmp_path))
        for tried in (
            items,
            *(
                tuple(item._replace(**{name: value}) for item in items)
                for value in fields[name]
                if value != held
            ),
        )
    ]

    assert len(seen) == len(set(seen)) > 1


def test_each_mode_and_each_key_of_a_sink_makes_a_difference() -> None:
    """A deny-list is what holds where nothing is said."""
    for sink in Sink:
        seen = [
            json.dumps(_at_sinks(changed(OPEN, "redaction.sinks", {sink: rule})))
            for rule in (
                SinkRule(SinkMode.DENYLIST),
                SinkRule(SinkMode.ALLOWLIST),
                SinkRule(SinkMode.ALLOWLIST, ("n", "ok")),
            )
        ]
        assert 3 == len(set(seen)), sink
        assert seen[0] == json.dumps(_at_sinks(changed(OPEN, "redaction.sinks", {})))


@pytest.mark.parametrize("sink", Sink)
def test_each_sink_is_in_front_of_something(sink: Sink) -> None:
    """What leaves there is handed over under its name, in the kernel."""
    kernel = (HCL.parent / "core" / "affidavit").glob("_*/*.py")

    assert any(f"Sink.{sink.name}" in path.read_text() for path in kernel)


def test_every_word_is_a_setting_or_a_part_of_one() -> None:
    """No list of words is left over that no field can have."""
    text = str([one.kind for one in DECLARED]) + str(
        [getattr(of, "__annotations__", "") for one in DECLARED for of in _inner(one.kind)]
    )

    assert [] == [
        kind.__name__
        for kind in Word.__subclasses__()
        if kind is not Merge and kind.__name__ not in text
    ]


def _inner(kind: Any) -> Iterator[Any]:
    yield kind
    for of in get_args(kind):
        yield from _inner(of)
