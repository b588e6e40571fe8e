"""A policy as it is held in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, get_args

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.model import PatternRule, Policy, Retention, SinkRule
from affidavit._policy.words import Charset, Declare, Form, RedactionAction, SinkMode


def test_a_label_says_which_text_was_in_force() -> None:
    """Name, version, and enough of the digest to find the file."""
    policy = load_policy("baseline")

    assert f"baseline@6#{policy.digest[:12]}" == policy.label


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(Declare, ["none", "overlap", "before"], id="declare"),
        pytest.param(
            RedactionAction, ["keep", "truncate", "mask", "token", "replace", "drop"], id="action"
        ),
        pytest.param(SinkMode, ["denylist", "allowlist"], id="mode"),
    ],
)
def test_choices_stand_from_weak_to_strict(kind: type[Enum], expected: list[str]) -> None:
    """The compiler compares places in this order; moving a line would loosen policies."""
    assert expected == [member.value for member in kind]


FORMS: Final[Mapping[str, Form]] = {
    "rules.*.id": Form(like=r"^[A-Z][A-Z0-9]{1,15}-[0-9]{2}$"),
    "rules.*.clause": Form((4, 120)),
    "rules.*.why": Form((8, 600)),
    "actor.trust": Form((1, 5)),
    "retention.hot_days": Form((1, 36_500)),
    "retention.archive_days": Form((1, 36_500)),
    "environments.<name>": Form(like=r"^[a-z][a-z0-9-]{0,15}$"),
    "environments.*.log_days": Form((1, 36_500)),
    "environments.*.sample_percent": Form((0, 100)),
    "limits.request_bytes": Form((1, 6_291_456)),
    "limits.depth": Form((1, 128)),
    "off_record.hosts.*": Form((1, 253), r"^(?:\*\.)?[A-Za-z0-9:][A-Za-z0-9.:_-]*$"),
    "off_record.operations.*": Form(
        (1, 200), r"^[a-z0-9-]+\.(?:\*|[A-Za-z0-9]+)(?: [A-Za-z0-9._:/-]+)?$"
    ),
    "off_record.paths.*": Form((1, 256), r"^[!-~](?:[ -~]*[!-~])?$"),
    "redaction.entities.*.match": Form((1, 100)),
    "redaction.entities.*.match.*": Form(like=r"^[A-Z][A-Z0-9_]{1,31}$"),
    "redaction.entities.*.rule": Form(like=r"^[A-Z][A-Z0-9]{1,15}-[0-9]{2}$"),
    "redaction.keys.*.match": Form((1, 100)),
    "redaction.keys.*.match.*": Form(like=r"^[a-z0-9]+(?: [a-z0-9]+){0,5}$"),
    "redaction.keys.*.rule": Form(like=r"^[A-Z][A-Z0-9]{1,15}-[0-9]{2}$"),
    "redaction.keys.*.entity": Form(like=r"^[A-Z][A-Z0-9_]{1,31}$"),
    "redaction.keys.*.under.*": Form(like=r"^[a-z0-9]+(?: [a-z0-9]+){0,5}$"),
    "redaction.patterns.*.entity": Form(like=r"^[A-Z][A-Z0-9_]{1,31}$"),
    "redaction.patterns.*.prefix": Form((1, 32), r"^[ -~]+$"),
    "redaction.patterns.*.least": Form((1, 128)),
    "redaction.patterns.*.most": Form((1, 128)),
    "redaction.patterns.*.rule": Form(like=r"^[A-Z][A-Z0-9]{1,15}-[0-9]{2}$"),
    "redaction.sinks.*.keys.*": Form((1, 250)),
    "redaction.exemptions.*.path": Form((1, 256)),
    "redaction.exemptions.*.reason": Form((8, 600)),
    "redaction.exemptions.*.expires": Form(like=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9]$"),
    "redaction.limits.depth": Form((4, 64)),
    "redaction.limits.string_bytes": Form((256, 1_048_576)),
    "redaction.limits.nodes": Form((100, 1_000_000)),
    "response.*.path": Form(like=r"^[A-Za-z0-9_*-]+(?:\.[A-Za-z0-9_*-]+){0,15}$"),
    "response.*.rule": Form(like=r"^[A-Z][A-Z0-9]{1,15}-[0-9]{2}$"),
}
"""What a value of a policy may be, by its path. A policy that is in force somewhere keeps within
these: a narrower one refuses it, a wider one lets a slip through."""


def _forms(kind: Any, path: str) -> Iterator[tuple[str, Form]]:
    metadata = getattr(kind, "__metadata__", ())
    yield from ((path, one) for one in metadata if isinstance(one, Form))
    kind = kind.__origin__ if metadata else kind
    kind = getattr(kind, "__supertype__", kind)
    inner = [one for one in get_args(kind) if one is not Ellipsis]
    for name, one in zip(["<name>", "*"][-len(inner) :], inner, strict=False):
        yield from _forms(one, f"{path}.{name}")
    for name, one in getattr(kind, "__annotations__", {}).items() if _is_part(kind) else ():
        yield from _forms(one, f"{path}.{name}".removeprefix("."))


def _is_part(kind: Any) -> bool:
    return hasattr(kind, "_fields")


def test_each_value_has_the_form_that_policies_in_force_have() -> None:
    """Numbers, lengths, and what texts look like: all of them, and no others."""
    assert FORMS == dict(_forms(Policy, ""))


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        pytest.param(Retention(100, 100), "", id="as long in the archive"),
        pytest.param(
            Retention(100, 99), "archive_days is less than hot_days", id="shorter in the archive"
        ),
        pytest.param(
            PatternRule("A", "T-", Charset.DIGITS, 4, 4, RedactionAction.DROP, "A"),  # type: ignore[arg-type]
            "",
            id="one length",
        ),
        pytest.param(
            PatternRule("A", "T-", Charset.DIGITS, 5, 4, RedactionAction.DROP, "A"),  # type: ignore[arg-type]
            "least is more than most",
            id="no length",
        ),
        pytest.param(SinkRule(SinkMode.ALLOWLIST, ("id",)), "", id="a list that is read"),
        pytest.param(SinkRule(SinkMode.DENYLIST), "", id="no list"),
        pytest.param(
            SinkRule(SinkMode.DENYLIST, ("id",)),
            "keys are for an allowlist; a denylist reads none",
            id="a list that nothing reads",
        ),
    ],
)
def test_what_is_wrong_between_two_values_is_said(part: Any, problem: str) -> None:
    """Each alone has its form."""
    assert problem == part.problem()
