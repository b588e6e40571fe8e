"""What the function does, in memory: what it did before, and a record of it."""

from __future__ import annotations

import json

from affidavit.testing import api_gateway_v2, make_runtime, run
from example_service.handler import handler

CALLER = {"jwt": {"claims": {"sub": "ada"}}}


def test_it_answers_as_before_and_is_on_record():
    bench = make_runtime()
    event = api_gateway_v2(path="/items/I-100001", parameters={"id": "I-100001"}, authorizer=CALLER)
    answer = run(handler, event, bench)

    assert (answer["statusCode"], json.loads(answer["body"])["state"]) == (200, "open")
    assert [record.phase for record in bench.records] == ["I", "O"]
