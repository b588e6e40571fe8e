"""The service that is defined once, under the suite: what it is stands in functions.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

import repository as repo
from affidavit_service.errors import ServiceError
from affidavit_service.read import read_service
from affidavit_testing import service_suites
from affidavit_testing.definition_suites import handler_of
from order_desk import relay

DEFINITION = repo.ROOT / "examples/order_desk/functions.toml"
SOURCES = {
    "catalogue": {"find_price": {"price": "9.50"}},
    "orders": {"keep_order": [{"changed": 1}]},
}

SUITES = service_suites(
    DEFINITION,
    environment="local",
    functions={"place": {"sources": SOURCES}, "settle": {}, "follow": {}},
)
TestPlace, TestSettle, TestFollow = (SUITES[name] for name in SUITES)


@pytest.fixture(autouse=True)
def _nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay speaks to AWS, and there is none here."""
    monkeypatch.setattr(relay, "post", lambda order_id, total: None)


def test_what_starts_a_function_is_read_from_its_definition() -> None:
    """HTTP for one, queue and stream for another: nobody says it again for the suite."""
    vias = {name: suite.affidavit_subject.vias for name, suite in SUITES.items()}  # type: ignore[attr-defined]

    assert ("api_gateway_v2",) == vias["Test_place"]
    assert ("sqs", "kinesis") == vias["Test_settle"]
    assert ("sns", "eventbridge") == vias["Test_follow"]


def test_identity_in_the_definition_is_that_of_the_code(tmp_path: Path) -> None:
    """A path that the decorator does not have would be believed by whoever reads the file."""
    text = DEFINITION.read_text().replace('identity.subject = "order_id"\n', "")
    for line, good in (("order_id", True), ("customer", False)):
        path = tmp_path / "functions.toml"
        said = f'[functions.settle]\nidentity.subject = "{line}"\n'
        path.write_text(text.replace("[functions.settle]\n", said))
        found = read_service(path, "local")
        found = found._replace(folder=DEFINITION.parent)
        if good:
            assert handler_of(found, "settle")
        else:
            with pytest.raises(ServiceError, match="name another subject"):
                handler_of(found, "settle")
