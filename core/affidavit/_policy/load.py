"""Read a compiled policy: JSON that `affidavit policy compile` wrote.

The YAML file is for people and for Terraform; a function reads the compiled
form, so that no YAML parser ships with it. The compiler has checked it; here
its digest is checked, so that what runs is what was compiled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from affidavit._canonical import canonical_bytes
from affidavit._policy.model import (
    Declare,
    EntityRule,
    Exemption,
    KeyRule,
    Literals,
    OutputCapture,
    PatternRule,
    Policy,
    PolicyRule,
    Redaction,
    RedactionAction,
    RedactionLimits,
    RequestLimits,
    ResponseRule,
    Retention,
    Sink,
    SinkMode,
    SinkRule,
    Trust,
)
from affidavit._types import RuleId
from affidavit.errors import PolicyError

POLICY_FORMAT: Final = 1
"""Version of the compiled form."""

SHIPPED_POLICIES: Final = Path(__file__).parent / "compiled"
"""Where the compiled policies of this distribution are."""

_COMPILE = "Run `affidavit policy compile` on the YAML file"


def shipped_policies() -> tuple[str, ...]:
    """Return the names of the policies that come with affidavit."""
    return tuple(sorted(path.stem for path in SHIPPED_POLICIES.glob("*.json")))


def load_policy(name: str) -> Policy:
    """Load a shipped policy by name, or a compiled one by path.

    Raises:
        PolicyError: There is no such policy, it was changed after it was
            compiled, or its YAML source was.

    """
    path = _find(name)
    try:
        text = path.read_bytes()
        document = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        failed = type(error).__name__
    else:
        _check_source(path, document)
        return policy_from(document)
    raise PolicyError(
        f"policy {path.name} cannot be read", why=f"reading it raised {failed}", fix=_COMPILE
    )


def policy_digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hexadecimal, of a compiled policy without its digest."""
    rest = {key: value for key, value in document.items() if key != "digest"}
    return hashlib.sha256(canonical_bytes(rest)).hexdigest()


def policy_from(document: Any) -> Policy:
    """Turn a compiled policy into objects.

    Raises:
        PolicyError: It was not written by the compiler, or was changed since.

    """
    if not isinstance(document, dict) or document.get("format") != POLICY_FORMAT:
        raise PolicyError(
            "this is not a compiled policy",
            why=f"it does not say format {POLICY_FORMAT}",
            fix=_COMPILE,
        )
    try:
        same = document.get("digest") == policy_digest(document)
    except ValueError:
        same = False
    if not same:
        raise PolicyError(
            "the policy was changed after it was compiled",
            why="its digest does not match its content",
            fix=_COMPILE,
        )
    try:
        return _policy(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        failed = type(error).__name__
    raise PolicyError(
        "the compiled policy says what this version does not know",
        why=f"reading it raised {failed}",
        fix=f"{_COMPILE} again with the version that is deployed",
    )


def _find(name: str) -> Path:
    if name.endswith((".yaml", ".yml")):
        raise PolicyError(
            "a function does not read YAML",
            why="its policy is loaded from compiled JSON",
            fix="Run `affidavit policy compile` on it and name the JSON file",
        )
    path = Path(name) if name.endswith(".json") else SHIPPED_POLICIES / f"{name}.json"
    if not path.is_file():
        raise PolicyError(
            "there is no such policy",
            why=f"shipped are {', '.join(shipped_policies())}; "
            "a policy of your own is named by the path of its compiled .json file",
            fix="Name one of these; a function takes the name from AFFIDAVIT_POLICY",
        )
    return path


def _check_source(path: Path, document: Any) -> None:
    """Refuse a compiled policy whose YAML source lies beside it and says otherwise."""
    source = path.with_suffix(".yaml")
    if not isinstance(document, dict) or not source.is_file():
        return
    if hashlib.sha256(source.read_bytes()).hexdigest() != document.get("source"):
        raise PolicyError(
            f"policy {path.name} is stale",
            why=f"{source.name} was changed after it was compiled",
            fix=_COMPILE,
        )


def _policy(document: Mapping[str, Any]) -> Policy:
    retention, limits = document["retention"], document["limits"]
    return Policy(
        name=document["policy"],
        version=document["version"],
        title=document["title"],
        extends=tuple(document["extends"]),
        declare=Declare(document["declare"]),
        trust=frozenset(Trust(word) for word in document["actor"]["trust"]),
        retention=Retention(
            hot_days=retention["hot_days"],
            archive_days=retention["archive_days"],
            log_days=retention["log_days"],
        ),
        sample_percent=document["tracing"]["sample_percent"],
        limits=RequestLimits(request_bytes=limits["request_bytes"], depth=limits["depth"]),
        literals=Literals(document["sources"]["literals"]),
        log_event=document["logging"]["event"],
        redaction=_redaction(document["redaction"]),
        response=tuple(
            ResponseRule(path=item["path"], rule=RuleId(item["rule"]))
            for item in document["response"]
        ),
        rules=tuple(
            PolicyRule(
                id=RuleId(item["id"]),
                clause=item["clause"],
                governs=tuple(item["governs"]),
                promises=tuple(item["promises"]),
                why=item["why"],
                review=item.get("review", ""),
            )
            for item in document["rules"]
        ),
        digest=document["digest"],
    )


def _redaction(document: Mapping[str, Any]) -> Redaction:
    return Redaction(
        entities=tuple(
            EntityRule(
                entity=entity, action=RedactionAction(item["action"]), rule=RuleId(item["rule"])
            )
            for item in document["entities"]
            for entity in item["match"]
        ),
        keys=tuple(
            KeyRule(
                match=tuple(item["match"]),
                under=tuple(item["under"]),
                entity=item["entity"],
                action=RedactionAction(item["action"]),
                rule=RuleId(item["rule"]),
            )
            for item in document["keys"]
        ),
        patterns=tuple(
            PatternRule(
                entity=item["entity"],
                prefix=item["prefix"],
                charset=item["charset"],
                least=item["least"],
                most=item["most"],
                action=RedactionAction(item["action"]),
                rule=RuleId(item["rule"]),
            )
            for item in document["patterns"]
        ),
        sinks=tuple(
            SinkRule(sink=Sink(name), mode=SinkMode(item["mode"]), keys=tuple(item["keys"]))
            for name, item in sorted(document["sinks"].items())
        ),
        exemptions=tuple(
            Exemption(path=item["path"], reason=item["reason"], expires=item["expires"])
            for item in document["exemptions"]
        ),
        limits=RedactionLimits(
            depth=document["limits"]["depth"],
            string_bytes=document["limits"]["string_bytes"],
            nodes=document["limits"]["nodes"],
        ),
        capture=tuple(OutputCapture(word) for word in document["capture"]),
    )
