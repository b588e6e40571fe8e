"""What the function does, in memory, and the promises of the policy for it."""

from __future__ import annotations

from affidavit.testing import api_gateway_v2, make_runtime, run
from affidavit_testing import service_suites
from example_service.new_function import handler

CALLER = {"jwt": {"claims": {"sub": "ada"}}}

globals().update(service_suites("functions.toml", functions={"new-function": {}}))


def test_it_answers_and_is_on_record():
    bench = make_runtime()
    event = api_gateway_v2(
        path="/new-function/A-100001", parameters={"id": "A-100001"}, authorizer=CALLER
    )
    answer = run(handler, event, bench)

    assert answer["statusCode"] == 200
    assert [record.phase for record in bench.records] == ["I", "O"]
