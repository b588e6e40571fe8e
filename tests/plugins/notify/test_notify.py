"""Mail and events reach AWS; whatever goes wrong there, the answer and its records stand."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from affidavit import AuditContext, SettingsError, audited
from affidavit._telemetry.notices import MAX_NOTICES, NOTICE_S, Dispatcher
from affidavit.testing import FakeContext, api_gateway_v1, make_runtime, run, sqs
from affidavit_notify.location import locate_bus, locate_mail
from affidavit_notify.notifier import open_bus, open_mail

if TYPE_CHECKING:
    from affidavit.testing import Bench
    from cloud import FaultyFront
    from conftest import Office

SSN = "123-45-6789"
PATIENCE_S = 60.0
"""How long a service hangs if nobody lets it go: longer than any limit of ours."""
CLAIMS = {"claims": {"sub": "somebody"}}


def _bench(url: str, limit_s: float = PATIENCE_S, **changes: Any) -> Bench:
    parts = urlsplit(url)
    notifier = open_mail(parts) if parts.scheme == "ses" else open_bus(parts)
    bench = make_runtime(notifier=notifier, **changes)
    patient = Dispatcher(notifier, limit_s=limit_s)
    bench.runtime = bench.runtime._replace(dispatcher=patient)
    return bench


def _mailing(template: str = "shipped", to: Any = "ops", **values: Any) -> Any:
    @audited(action="SHIP")
    def handler(_: Any, context: AuditContext) -> dict[str, Any]:
        context.mail(template, to, {"order": "O-17", "note": "Good news", **values})
        return {"statusCode": 200, "body": "fine"}

    return handler


def _announcing(**detail: Any) -> Any:
    @audited(action="SHIP")
    def handler(_: Any, context: AuditContext) -> dict[str, Any]:
        context.announce("OrderShipped", {"order": "O-17", **detail})
        return {"statusCode": 200, "body": "fine"}

    return handler


def _play(handler: Any, bench: Bench) -> tuple[Any, list[str], dict[str, int], list[Any]]:
    """Return the answer, the records' phases and endings, the counts, and what was logged."""
    answer = run(handler, api_gateway_v1(authorizer=CLAIMS), bench)
    counts = {k: v for line in bench.metrics for k, v in line.items() if k.startswith("Notices")}
    logged = [line for line in bench.logs if line["event"] == "notice.failed"]
    return answer, [f"{r.phase}{r.status}" for r in bench.records], counts, logged


ANSWER = {"statusCode": 200, "body": "fine"}


def test_a_mail_is_rendered_and_sent_to_everybody_by_themselves(office: Office) -> None:
    """Recipients do not see each other."""
    answer, records, counts, logged = _play(_mailing(), _bench(office.url))

    assert (ANSWER, ["I", "Ook"], []) == (answer, records, logged)
    assert {"NoticesSent": 1, "NoticesFailed": 0} == counts
    mails = office.mails()
    assert [["ops@example.org"], ["second@example.org"]] == [
        mail["destinations"]["ToAddresses"] for mail in mails
    ]
    assert {"Order O-17 is on its way"} == {mail["subject"] for mail in mails}
    assert {"<p>Good news: O-17</p>"} == {mail["body"] for mail in mails}


def test_without_templates_a_mail_is_its_subject_and_its_text(office: Office) -> None:
    """Enough for what has no layout; a handler that gives neither is told so."""
    url = "ses://noreply@example.org?to.ops=ops@example.org"
    _, _, counts, _ = _play(_mailing(subject="v1.0.0 is\n live", text="in qa"), _bench(url))
    _, _, _, logged = _play(_mailing(), _bench(url))

    assert {"NoticesSent": 1, "NoticesFailed": 0} == counts
    assert [("v1.0.0 is live", "in qa")] == [(m["subject"], m["body"]) for m in office.mails()]
    assert ["TemplateMissingError"] == [line["error_type"] for line in logged]


def test_html_is_escaped_and_text_is_not(office: Office) -> None:
    """What a value holds is text, wherever it ends up."""
    _play(_mailing(note="<script>&"), _bench(office.url))
    office.put("plain.html", "")
    _play(_mailing("plain", order="a<b"), _bench(office.url.replace("v1", "v2")))

    assert "<p>&lt;script&gt;&amp;: O-17</p>" == office.mails()[0]["body"]


def test_a_text_without_html_is_sent_as_it_is(office: Office) -> None:
    """An HTML part is optional, and plain text has no entities."""
    _play(_mailing("plain", order="a < b & c"), _bench(office.url))

    assert "a < b & c" == office.mails()[0]["body"]


def test_what_a_mail_says_has_been_redacted(office: Office) -> None:
    """It leaves the account in clear text."""
    _, _, counts, _ = _play(
        _mailing(note=f"ssn {SSN}", order="mail jane.roe@example.com"), _bench(office.url)
    )
    told = json.dumps(office.mails())

    assert {"NoticesSent": 1, "NoticesFailed": 0} == counts
    assert SSN not in told
    assert "jane.roe" not in told


def test_an_address_in_an_allowed_domain_is_written_to_and_never_logged(office: Office) -> None:
    """Recipients are in no line and in no record."""
    bench = _bench(office.url)
    _, _, counts, _ = _play(_mailing(to="kim@customers.example"), bench)

    assert 1 == counts["NoticesSent"]
    assert ["kim@customers.example"] == office.mails()[0]["destinations"]["ToAddresses"]
    told = "".join(bench.lines) + json.dumps([record.document for record in bench.records])
    assert "customers.example" not in told


def test_an_event_reaches_the_bus(office: Office) -> None:
    """With what was done, under which id, and redacted detail."""
    bench = _bench(office.url)
    _, _, counts, _ = _play(_announcing(ssn=SSN), bench)

    (event,) = office.events()
    assert {"NoticesSent": 1, "NoticesFailed": 0} == counts
    assert ("shop", "OrderShipped") == (event["source"], event["detail-type"])
    assert ("SHIP", "O-17") == (event["detail"]["action"], event["detail"]["data"]["order"])
    assert event["detail"]["requestId"] == bench.records[0].document["req"]
    assert SSN not in json.dumps(event)


def test_a_bus_alone_is_a_url_of_its_own(office: Office) -> None:
    """Mail then fails, and says why."""
    assert 1 == _play(_announcing(), _bench(f"eventbridge://{office.bus}"))[2]["NoticesSent"]
    logged = _play(_mailing(), _bench(f"eventbridge://{office.bus}"))[3]

    assert ["NoMailError"] == [line["error_type"] for line in logged]


def _ses_down(_: str, path: str) -> tuple[int, str] | None:
    return (503, "ServiceUnavailable") if "outbound-emails" in path else None


def _s3_forbidden(_: str, path: str) -> tuple[int, str] | None:
    return (403, "AccessDenied") if "/mail/" in path else None


def _bus_down(operation: str, _: str) -> tuple[int, str] | None:
    return (500, "InternalException") if operation == "PutEvents" else None


@pytest.mark.parametrize(
    ("handler", "fault", "kind"),
    [
        pytest.param(_mailing(), _ses_down, "MailNotSentError", id="SES is down"),
        pytest.param(_mailing(), _s3_forbidden, "MailNotSentError", id="S3 refuses"),
        pytest.param(_mailing("nope"), None, "TemplateMissingError", id="no template"),
        pytest.param(_mailing("../x"), None, "TemplateMissingError", id="no template's name"),
        pytest.param(_mailing(to="kim@elsewhere.example"), None, "RecipientRefusedError", id="to"),
        pytest.param(_mailing(to=()), None, "RecipientRefusedError", id="to nobody"),
        pytest.param(
            _mailing(to=[f"x{n}@customers.example" for n in range(11)]),
            None,
            "RecipientRefusedError",
            id="to too many",
        ),
        pytest.param(_mailing(order="a\nBcc: x@y.z"), None, "TemplateFaultError", id="a header"),
        pytest.param(_mailing(order="x" * 300), None, "TemplateFaultError", id="a long subject"),
        pytest.param(_announcing(), _bus_down, "EventNotSentError", id="EventBridge is down"),
    ],
)
def test_a_failure_changes_nothing_but_is_seen(
    office: Office, front: FaultyFront, handler: Any, fault: Any, kind: str
) -> None:
    """Answer and records are those of a day on which all went well; nothing is quoted."""
    if fault:
        front.fault = fault
    bench = _bench(office.url)

    answer, records, counts, logged = _play(handler, bench)

    assert (ANSWER, ["I", "Ook"]) == (answer, records)
    assert {"NoticesSent": 0, "NoticesFailed": 1} == counts
    assert [kind] == [line["error_type"] for line in logged]
    assert "elsewhere" not in "".join(bench.lines)
    assert "planted" not in "".join(bench.lines)


def test_a_sender_that_ses_does_not_know_is_a_failure(office: Office) -> None:
    """SES itself refuses it."""
    url = office.url.replace("noreply@example.org", "stranger@nowhere.example")

    assert ["MailNotSentError"] == [
        line["error_type"] for line in _play(_mailing(), _bench(url))[3]
    ]


def test_no_bus_is_a_failure(office: Office) -> None:
    """And an event on a bus that does not exist, too."""
    without = office.url.replace(f"&bus={office.bus}", "")

    assert ["NoBusError"] == [one["error_type"] for one in _play(_announcing(), _bench(without))[3]]


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("{{ missing }}", id="a value that is not there"),
        pytest.param("{% for", id="no grammar"),
        pytest.param("{{ order.__class__.__mro__ }}", id="a way out"),
        pytest.param("{{ 'x' * 999999999 }}", id="a full memory"),
        pytest.param("{{ range(999999999)|list }}", id="a long list"),
        pytest.param('{{ "a"|center(900000000) }}', id="a wide text"),
        pytest.param("{{ order.ljust(900000000) }}", id="a wide text by a method"),
        pytest.param("{{ order|indent(900000000) }}", id="a wide margin"),
        pytest.param("{{ '%900000000d' % 1 }}", id="a wide number"),
        pytest.param("{{ order|join(order)|join(order)|join(order) }}", id="a text in itself"),
        pytest.param(
            "".join(f"{{% for {name} in order %}}" for name in "abcdefgh") + "{% endfor %}" * 8,
            id="loops that write nothing",
        ),
        pytest.param("{% for a in order if a == '' %}{% endfor %}", id="a loop with a condition"),
        pytest.param("{% macro m() %}{% endmacro %}", id="a macro"),
        pytest.param("{% include 'other' %}", id="another file"),
        pytest.param("{% for i in range(90000) %}xxxx{% endfor %}", id="a long mail"),
        pytest.param("x" * (64 * 1024 + 1), id="a long template"),
    ],
)
def test_a_template_that_cannot_be_rendered_is_a_failure(office: Office, template: str) -> None:
    """Whoever may write templates must not be able to stop the function."""
    office.put("plain.text", template)

    answer, records, counts, logged = _play(_mailing("plain"), _bench(office.url))

    assert (ANSWER, ["I", "Ook"], 1) == (answer, records, counts["NoticesFailed"])
    assert logged[0]["error_type"] in {"TemplateFaultError", "MailNotSentError"}
    assert [] == office.mails()


def test_a_template_loops_and_filters(office: Office) -> None:
    """What a mail needs: conditions, lists, and the usual filters."""
    office.put(
        "plain.text",
        "{% for c in order %}{% if not loop.first %}-{% endif %}{{ c|upper }}{% endfor %}"
        " {{ order|join(', ')|truncate(8) }} {{ 'none'|default('x') }}",
    )

    answer, _, counts, _ = _play(_mailing("plain"), _bench(office.url))

    assert (ANSWER, 1) == (answer, counts["NoticesSent"])


def test_a_version_is_read_once(office: Office, front: FaultyFront) -> None:
    """It never changes, so a change of the bucket does not reach a warm function."""
    bench = _bench(office.url)
    _play(_mailing(), bench)
    front.fault = _s3_forbidden

    answer, _, counts, _ = _play(_mailing(), bench)

    assert (ANSWER, 1) == (answer, counts["NoticesSent"])


def test_a_service_that_hangs_takes_bounded_time(office: Office, front: FaultyFront) -> None:
    """The answer is there while it still hangs."""
    over = threading.Event()

    def hang(_: str, path: str) -> None:
        if "outbound-emails" in path:
            over.wait(PATIENCE_S)

    front.fault = hang
    bench = _bench(office.url, limit_s=NOTICE_S)
    answer, records, counts, logged = _play(_mailing(), bench)
    hung = not over.is_set()
    _let_go(over)

    assert hung
    assert (ANSWER, ["I", "Ook"], 1) == (answer, records, counts["NoticesFailed"])
    assert ["TimedOut"] == [one["error_type"] for one in logged]


def test_the_time_of_the_invocation_is_the_limit(office: Office, front: FaultyFront) -> None:
    """Nothing is sent with time that is not there: it ends before any client's own limit does."""
    over = threading.Event()

    def hang(*_: str) -> None:
        over.wait(PATIENCE_S)

    front.fault = hang
    bench = _bench(office.url)
    run(_mailing(), {}, bench, FakeContext(remaining_ms=500))
    _let_go(over)

    assert ["TimedOut"] == [o["error_type"] for o in bench.logs if o["event"] == "notice.failed"]


def _let_go(over: threading.Event) -> None:
    """End what hangs, and wait for the thread that was left alone."""
    over.set()
    for thread in threading.enumerate():
        if "_send_all" in thread.name:
            thread.join()


def test_nothing_is_sent_about_what_failed(office: Office) -> None:
    """A handler that asks for a mail and then raises has not done what the mail says."""

    @audited(action="SHIP")
    def handler(_: Any, context: AuditContext) -> None:
        context.announce("OrderShipped")
        raise ValueError

    _, records, counts, _ = _play(handler, _bench(office.url))

    assert (["I", "Oerror"], {"NoticesDropped": 1}) == (records, counts)
    assert [] == office.events()


def test_more_than_the_limit_fails_and_the_first_ones_are_sent(office: Office) -> None:
    """A loop in a handler must not become a loop of requests."""

    @audited(action="SHIP")
    def handler(_: Any, context: AuditContext) -> dict[str, Any]:
        for number in range(MAX_NOTICES + 3):
            context.announce("OrderShipped", {"number": number})
        return ANSWER

    _, _, counts, logged = _play(handler, _bench(office.url))

    assert {"NoticesSent": MAX_NOTICES, "NoticesFailed": 3} == counts
    assert {"TooMany"} == {line["error_type"] for line in logged}


def test_each_record_of_a_batch_may_send(office: Office) -> None:
    """Only those that were done; the counts are in the batch's line."""

    @audited(each=True)
    def handler(record: Any, context: AuditContext) -> None:
        context.announce("OrderShipped", {"body": record["body"]})
        if record["body"] == "1":
            raise ValueError

    bench = _bench(office.url)
    run(handler, sqs(["0", "1", "2"]), bench)
    (line,) = bench.metrics

    assert ["0", "2"] == sorted(event["detail"]["data"]["body"] for event in office.events())
    assert ([1, 1], 1) == (line["NoticesSent"], line["NoticesDropped"])


def test_without_a_notifier_the_failure_is_seen() -> None:
    """A handler runs on a laptop that cannot send."""
    answer, _, counts, logged = _play(_mailing(), make_runtime())

    assert (ANSWER, {"NoticesSent": 0, "NoticesFailed": 1}) == (answer, counts)
    assert ["NotConfigured"] == [line["error_type"] for line in logged]


def test_the_example_in_the_settings_works() -> None:
    """As docs/notify.md shows it."""
    found = locate_mail(
        urlsplit("ses://noreply@example.org?templates=s3://bucket/mail&version=2026-01")
    )

    assert ("bucket", "mail", "2026-01", "") == (
        found.bucket,
        found.prefix,
        found.version,
        found.bus,
    )


@pytest.mark.parametrize(
    "url",
    [
        "ses://nobody",
        "ses://noreply@example.org/path",
        "ses://noreply@example.org?hunter2=1",
        "ses://noreply@example.org?version=1",
        "ses://noreply@example.org?templates=s3://bucket",
        "ses://noreply@example.org?templates=hunter2&version=1",
        "ses://noreply@example.org?region=eu_west_one!",
        "ses://noreply@example.org?bus=a bus",
        "ses://noreply@example.org?to.ops=hunter2",
        "ses://noreply@example.org?to.ops=a@example.org,",
        "ses://noreply@example.org?to.ops=a@example.org&to.ops=b@example.org",
        "ses://noreply@example.org?to.OPS=a@example.org",
        "ses://noreply@example.org?to.ops=",
    ],
)
def test_a_url_that_names_no_sender_rightly_is_refused(url: str) -> None:
    """And nothing of it is repeated."""
    with pytest.raises(SettingsError) as caught:
        locate_mail(urlsplit(url))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("rest", ["", "a/b", "a?to.ops=a@b.c", "a?source=a%00b", "a?region=x"])
def test_a_url_that_names_no_bus_rightly_is_refused(rest: str) -> None:
    """A bus has no audiences."""
    with pytest.raises(SettingsError):
        locate_bus(urlsplit(f"eventbridge://{rest}"))


def test_the_source_of_an_event_is_any_text() -> None:
    """As EventBridge takes it, with blanks: what names who speaks is nobody's form."""
    for url, locate in (
        ("eventbridge://prices?", locate_bus),
        ("ses://a@example.org?", locate_mail),
    ):
        assert "the prices" == locate(urlsplit(f"{url}source=the%20prices")).source
