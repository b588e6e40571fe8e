"""Send one notice: a mail to each recipient by itself, or one event on a bus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult

from affidavit.plugin import Medium, Notice
from affidavit_notify.faults import (
    EventNotSentError,
    MailNotSentError,
    NoBusError,
    NoMailError,
    RecipientRefusedError,
    TemplateMissingError,
)
from affidavit_notify.location import NotifierLocation, domain_of, locate_bus, locate_mail

if TYPE_CHECKING:
    from affidavit_notify.mail_templates import Message, Templates

MAX_RECIPIENTS: Final = 10
"""Each one is a request, and the caller is waiting."""


class AwsNotifier:
    """Sends what the URL of a deployment allows. Connects on the first notice."""

    def __init__(self, location: NotifierLocation) -> None:
        self._location = location
        self._templates: Templates | None = None

    def send(self, notice: Notice, *, timeout_s: float) -> None:  # noqa: ARG002 - clients have timeouts
        """Send one notice; see `affidavit.Notifier`.

        Raises:
            NoticeError: One of its subclasses, named after what went wrong.

        """
        values = notice.values.value
        said = values if isinstance(values, dict) else {}
        if notice.medium is Medium.MAIL:
            self._mail(notice, said)
        else:
            self._event(notice, said)

    def _mail(self, notice: Notice, values: Mapping[str, Any]) -> None:
        if not self._location.sender:
            raise NoMailError(
                "a mail cannot be sent", why="the deployment has a bus only", fix="Use ses://"
            )
        addresses = self._addresses(notice.to)
        message = self._rendered(notice.name, values)
        failed = ""
        for address in addresses:
            # One by one: recipients must not read each other's addresses.
            failed = self._post(address, message) or failed
        if failed:
            raise MailNotSentError("a mail was not sent", why=failed, fix="See docs/notify.md")

    def _addresses(self, to: tuple[str, ...]) -> list[str]:
        found: list[str] = []
        for name in to:
            audience = self._location.audiences.get(name)
            if audience is not None:
                found += audience
            elif domain_of(name) in self._location.domains:
                found.append(name)
            else:
                found.clear()
                break
        if found and len(found) <= MAX_RECIPIENTS:
            return list(dict.fromkeys(found))
        raise RecipientRefusedError(
            "a mail has a recipient that is not allowed",
            why="it is no audience and in none of the domains, or there are too many",
            fix="Name an audience (to.<name>) or a domain (domains) in AFFIDAVIT_NOTIFY",
        )

    def _rendered(self, name: str, values: Mapping[str, Any]) -> Message:
        if not self._location.bucket:
            return _plain(values)
        if self._templates is None:
            from affidavit_notify.mail_templates import Templates  # noqa: PLC0415 - jinja2

            self._templates = Templates(self._location)
        return self._templates.render(name, values)

    def _post(self, address: str, message: Message) -> str:
        """Send one mail; return what kind of failure it was, if any."""
        body = {"Text": _utf8(message.text)}
        if message.html:
            body["Html"] = _utf8(message.html)
        _, why = self._ask(
            "sesv2",
            "send_email",
            FromEmailAddress=self._location.sender,
            Destination={"ToAddresses": [address]},
            Content={"Simple": {"Subject": _utf8(message.subject), "Body": body}},
        )
        return why

    def _event(self, notice: Notice, values: Mapping[str, Any]) -> None:
        place = self._location
        if not place.bus:
            raise NoBusError(
                "an event cannot be sent", why="the deployment names no bus", fix="Add bus="
            )
        detail = {"action": notice.action, "requestId": notice.request_id, "data": values}
        entry = {
            "Source": place.source,
            "DetailType": notice.name,
            "Detail": json.dumps(detail),
            "EventBusName": place.bus,
        }
        answer, why = self._ask("events", "put_events", Entries=[entry])
        if not why and answer.get("FailedEntryCount"):
            why = "the bus did not take it"
        if why:
            raise EventNotSentError("an event was not sent", why=why, fix="See docs/notify.md")

    def _ask(self, service: str, operation: str, **said: Any) -> tuple[Mapping[str, Any], str]:
        """Call AWS; return its answer, or the code of its refusal."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - boto3

        from affidavit_notify.clients import client  # noqa: PLC0415 - boto3

        try:
            answer = getattr(client(service, self._location.region), operation)(**said)
        except ClientError as error:
            return {}, str(error.response.get("Error", {}).get("Code", "Unknown"))
        except (BotoCoreError, OSError) as error:
            return {}, type(error).__name__
        return answer, ""


def open_mail(url: SplitResult) -> AwsNotifier:
    """Open `ses://sender@example.org?…`; the first notice connects.

    Raises:
        SettingsError: The URL has another form.

    """
    return AwsNotifier(locate_mail(url))


def open_bus(url: SplitResult) -> AwsNotifier:
    """Open `eventbridge://bus`; the first notice connects.

    Raises:
        SettingsError: The URL has another form.

    """
    return AwsNotifier(locate_bus(url))


def _plain(values: Mapping[str, Any]) -> Message:
    """Return a mail that needs no template: its values say it."""
    from affidavit_notify.mail_templates import MAX_SUBJECT, Message  # noqa: PLC0415 - jinja2

    subject, text = values.get("subject"), values.get("text")
    if not isinstance(subject, str) or not isinstance(text, str) or not subject.strip():
        raise TemplateMissingError(
            "a mail cannot be sent",
            why="the deployment names no templates, and the values have no subject and text",
            fix="Add templates= and version= to the URL, or give both values",
        )
    return Message(" ".join(subject.split())[:MAX_SUBJECT], text, "")


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
