"""What the function does, in memory."""

from __future__ import annotations

import json

from affidavit.testing import MemorySource, api_gateway_v2, make_runtime, run
from example_service.handler import read

ROW = {"id": "I-100001", "state": "open"}
CALLER = {"jwt": {"claims": {"sub": "ada"}}}


def _get(item_id):
    source = MemorySource("items", {"find_item": [ROW] if item_id == ROW["id"] else []})
    bench = make_runtime(sources=[source])
    event = api_gateway_v2(
        path=f"/items/{item_id}", parameters={"id": item_id}, authorizer=CALLER
    )
    return run(read, event, bench), bench


def test_an_item_is_answered_and_on_record():
    answer, bench = _get("I-100001")

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == ROW
    assert [record.phase for record in bench.records] == ["I", "O"]
    assert bench.records[-1].document["act"] == "ITEM_READ"


def test_an_item_that_is_not_there_is_404():
    answer, _ = _get("I-100009")

    assert answer["statusCode"] == 404


def test_what_is_no_id_is_refused_and_on_record():
    answer, bench = _get("everything")

    assert answer["statusCode"] == 400
    assert bench.records[-1].status == "deny"
