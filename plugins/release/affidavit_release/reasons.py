"""What a person says about a decision, made fit for a record that can never be changed."""

from __future__ import annotations

from typing import Final

from affidavit.plugin import Policy, Redactor, Sink, iso_utc, plain_text
from affidavit_release.release_steps import Steps
from affidavit_release.rules import Rules

LONGEST: Final = 200
"""Characters. A reason is a sentence; a story belongs in the ticket that it names."""


def fit_for_record(why: str, rules: Rules, policy: Policy, steps: Steps) -> str:
    """Return `why` as one redacted line; or, if the rules say so, as a token.

    Redaction knows shapes and announced names: a name that nothing announces
    passes. Where that is too much, `why = "token"` in the release policy keeps a
    stand-in only, which still lets an auditor test what was said elsewhere.
    """
    line = " ".join(why.split())
    if not rules.redact_why:
        return f"token:{steps.token('why', line)}"
    return plain_text(redacted(line, policy, steps), LONGEST)


def redacted(text: str, policy: Policy, steps: Steps) -> str:
    """Return what a person or a program has said, redacted as a log line is.

    A log line is the exit for free text; a record's own lists of keys have none.
    """
    redactor = Redactor(policy.redaction, today=iso_utc(steps.now_ms())[:10])
    return "\n".join(redactor.text(line, Sink.LOG) for line in text.splitlines())
