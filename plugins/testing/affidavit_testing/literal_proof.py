"""The proof that statements hold no values: draw, deliver, judge."""

from __future__ import annotations

from hypothesis import strategies as st

from affidavit.plugin import Literals, SourceRules
from affidavit_testing import judges
from affidavit_testing.broken import BrokenPromiseError
from affidavit_testing.cases import planted_cases, valid_cases
from affidavit_testing.in_process import InProcessRunner
from affidavit_testing.under_test import HandlerUnderTest

Data = st.DataObject


def binds_only(subject: HandlerUnderTest, data: Data) -> None:
    """Values of the request never become part of a statement."""
    case = data.draw(valid_cases(subject) | planted_cases(subject), label="case")
    # A policy may keep such a statement from every source. What the handler
    # would have asked is to be seen all the same.
    lax = subject.policy._replace(sources=SourceRules(Literals.ALLOW))
    stage = InProcessRunner(subject._replace(policy=lax))
    stage.dress(case.person, "")
    seen = stage.deliver(case.event)
    judges.binds_only(seen, case.secrets)
    if subject.policy.sources.literals is Literals.REFUSE:
        judges.no_literals(seen, subject.policy)
    other = data.draw(valid_cases(subject), label="other case")
    texts = {one.query: one.sql for one in seen.asked}
    for one in stage.deliver(other.event).asked:
        if texts.get(one.query, one.sql) != one.sql:
            raise BrokenPromiseError(
                "binds_only",
                f"the statement of query {one.query} differs from request to request",
                event=other.event,
                seen=f"{texts[one.query]} / {one.sql}",
            )
