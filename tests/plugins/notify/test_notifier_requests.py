"""What SES and EventBridge are asked, compared whole, and what their refusals are called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import EndpointConnectionError

from affidavit.plugin import Medium, Notice, Sink
from affidavit.testing import make_runtime
from affidavit_notify import clients
from affidavit_notify.faults import EventNotSentError, MailNotSentError, RecipientRefusedError
from affidavit_notify.notifier import open_bus, open_mail
from expected_requests import ExpectedRequests

MAIL = "ses://audit@example.org?to.ops=ops%40example.org&domains=example.com&bus=audit"
LETTER = {"subject": "It is live", "text": "As planned."}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExpectedRequests]:
    """Services that answer what is expected, and nothing else."""
    held = ExpectedRequests()
    monkeypatch.setattr(clients, "client", lambda service, _: held.client(service))
    yield held
    held.heard_all()


def _notice(medium: Medium, *to: str, **values: Any) -> Notice:
    clean = make_runtime().runtime.redactor.clean(values or LETTER, Sink.LOG)
    return Notice(medium, "Shipped", to, clean, "r-1", "SHIP")


def _letter(to: str) -> dict[str, Any]:
    def said(text: str) -> dict[str, str]:
        return {"Data": text, "Charset": "UTF-8"}

    simple = {"Subject": said("It is live"), "Body": {"Text": said("As planned.")}}
    return {
        "FromEmailAddress": "audit@example.org",
        "Destination": {"ToAddresses": [to]},
        "Content": {"Simple": simple},
    }


def test_each_recipient_gets_a_letter_of_their_own(aws: ExpectedRequests) -> None:
    """An audience's addresses and those in an allowed domain; each once."""
    for to in ("ops@example.org", "kim@example.com"):
        aws.answers("sesv2", "send_email", _letter(to), {"MessageId": "m"})
    to = ("ops", "kim@example.com", "ops")
    open_mail(urlsplit(MAIL)).send(_notice(Medium.MAIL, *to), timeout_s=5)


@pytest.mark.parametrize("to", ["kim@example.net", "nobody", ""])
def test_another_recipient_is_refused_with_all_others(aws: ExpectedRequests, to: str) -> None:
    """Before anything is sent."""
    with pytest.raises(RecipientRefusedError):
        open_mail(urlsplit(MAIL)).send(_notice(Medium.MAIL, "ops", to), timeout_s=5)


def test_an_event_says_what_was_done_and_in_which_request(aws: ExpectedRequests) -> None:
    """Under its own type, from the source that the URL says."""
    entry = {
        "Source": "affidavit",
        "DetailType": "Shipped",
        "EventBusName": "audit",
        "Detail": json.dumps({"action": "SHIP", "requestId": "r-1", "data": {"order": "O-1"}}),
    }
    for open_one, url in ((open_mail, MAIL), (open_bus, "eventbridge://audit")):
        answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}
        aws.answers("events", "put_events", {"Entries": [entry]}, answer)
        open_one(urlsplit(url)).send(_notice(Medium.EVENT, order="O-1"), timeout_s=5)


def test_a_bus_that_does_not_take_an_event_is_a_failure(aws: ExpectedRequests) -> None:
    """Though it has answered."""
    notice = _notice(Medium.EVENT, order="O-1")
    detail = json.dumps({"action": "SHIP", "requestId": "r-1", "data": {"order": "O-1"}})
    entry = {
        "Source": "affidavit",
        "DetailType": "Shipped",
        "EventBusName": "audit",
        "Detail": detail,
    }
    answer = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "Busy"}]}
    aws.answers("events", "put_events", {"Entries": [entry]}, answer)
    with pytest.raises(EventNotSentError) as caught:
        open_bus(urlsplit("eventbridge://audit")).send(notice, timeout_s=5)
    assert "the bus did not take it" == caught.value.why


@pytest.mark.parametrize(
    ("medium", "kind"), [(Medium.MAIL, MailNotSentError), (Medium.EVENT, EventNotSentError)]
)
def test_what_cannot_be_sent_is_told_by_its_type(
    medium: Medium, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a network that is away, and of a client that cannot be made."""
    for error in (EndpointConnectionError(endpoint_url="hunter2"), OSError("hunter2")):

        def fail(*_: Any, error: Exception = error) -> Any:
            raise error

        monkeypatch.setattr(clients, "client", fail)
        with pytest.raises(kind, match=type(error).__name__) as caught:
            open_mail(urlsplit(MAIL)).send(_notice(medium, "ops"), timeout_s=5)
        assert "hunter2" not in str(caught.value)
