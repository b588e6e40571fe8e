"""Post a notice to a chat: an incoming webhook of Slack, Mattermost or Teams.

A webhook's address is a secret: who knows it can write there. So the URL of a
deployment names the host and where the address is kept, and an address of
another host is not called.
"""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from affidavit import SettingsError
from affidavit.plugin import Medium, Notice
from affidavit_notify.faults import (
    NoMailError,
    WebhookAddressError,
    WebhookNotSentError,
)

MAX_TEXT: Final = 3_000
"""Characters of one message: what Slack shows without folding, and Teams takes."""

_SECRET: Final = re.compile(
    r"env:(?P<variable>[A-Za-z_][A-Za-z0-9_]{0,127})"
    r"|arn:aws[a-z-]*:secretsmanager:(?P<region>[a-z0-9-]+):\d{12}:secret:[\w/+=.@-]{1,512}"
)
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::\d{1,5})?")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})

Payload = Callable[[str, str], dict[str, Any]]
"""Makes the body of a message from its title and its text."""


class WebhookNotifier:
    """Posts to one host. Reads the address when the first notice is sent."""

    def __init__(self, host: str, secret: str, payload: Payload) -> None:
        self._host, self._secret, self._payload = host, secret, payload
        self._address = ""

    def send(self, notice: Notice, *, timeout_s: float) -> None:
        """Post one event; see `affidavit.Notifier`.

        Raises:
            NoticeError: One of its subclasses, named after what went wrong.

        """
        if notice.medium is Medium.MAIL:
            raise NoMailError(
                "a mail cannot be sent", why="the deployment has a webhook only", fix="Use ses://"
            )
        title, text = _said(notice)
        body = json.dumps(self._payload(title, text)).encode()
        self._address = self._address or self._checked()
        _post(self._address, body, timeout_s)

    def _checked(self) -> str:
        """Return the address, if it is one of the host that the deployment names."""
        address = _kept(self._secret)
        try:
            url = urlsplit(address)
            host, name = url.netloc, url.hostname
        except ValueError:
            host, name = "", ""
        plain = url.scheme == "http" and name in _LOOPBACK if host else False
        if host.lower() == self._host.lower() and (url.scheme == "https" or plain):
            return address
        raise _no_address("it is no https address of the host that the URL names")


def open_slack(url: SplitResult) -> WebhookNotifier:
    """Open `slack://hooks.slack.com?secret=…`, or of anything that takes what Slack takes.

    Raises:
        SettingsError: The URL has another form.

    """
    return WebhookNotifier(*_located(url), _slack)


def open_teams(url: SplitResult) -> WebhookNotifier:
    """Open `teams://HOST?secret=…`: a workflow of Teams that is started by a webhook.

    Raises:
        SettingsError: The URL has another form.

    """
    return WebhookNotifier(*_located(url), _teams)


def _located(url: SplitResult) -> tuple[str, str]:
    said = parse_qsl(url.query, keep_blank_values=True)
    secret = said[0][1] if len(said) == 1 and said[0][0] == "secret" else ""
    right = _HOST.fullmatch(url.netloc) and not url.path.strip("/") and not url.fragment
    if right and _SECRET.fullmatch(secret):
        return url.netloc, secret
    raise SettingsError(
        "the URL of a webhook cannot be used",
        why="it takes a host, and `secret`: where the webhook's address is kept",
        fix="slack://hooks.slack.com?secret=env:NAME, or the ARN of a secret; see docs/notify.md",
    )


def _slack(title: str, text: str) -> dict[str, Any]:
    # https://docs.slack.dev/messaging/formatting-message-text: these three escape a link, a
    # mention and an entity; `mrkdwn` off shows asterisks and underscores as they are.
    shown = "\n".join(filter(None, (title, text)))
    escaped = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": escaped, "mrkdwn": False}


def _teams(title: str, text: str) -> dict[str, Any]:
    # Runs of a RichTextBlock are plain; a TextBlock would read Markdown, and so links.
    runs = [{"type": "TextRun", "text": title, "weight": "Bolder"}]
    blocks = [runs, *([[{"type": "TextRun", "text": text}]] if text else [])]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": [{"type": "RichTextBlock", "inlines": one} for one in blocks],
    }
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "content": card}]}


def _said(notice: Notice) -> tuple[str, str]:
    """Return title and text: what the values call so, or the type of the event and its values."""
    values = notice.values.value
    held: Mapping[str, Any] = values if isinstance(values, dict) else {}
    if isinstance(held.get("subject"), str):
        return held["subject"][:MAX_TEXT], str(held.get("text", ""))[:MAX_TEXT]
    return notice.name, json.dumps(values, ensure_ascii=False, sort_keys=True)[:MAX_TEXT]


def _kept(secret: str) -> str:
    found = _SECRET.fullmatch(secret)
    if found is not None and found["variable"]:
        return os.environ.get(found["variable"], "")
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - boto3

    from affidavit_notify.clients import client  # noqa: PLC0415 - boto3

    try:
        region = found["region"] if found is not None else ""
        answer = client("secretsmanager", region).get_secret_value(SecretId=secret)
    except (BotoCoreError, ClientError, OSError) as error:
        raise _no_address(f"reading it raised {type(error).__name__}") from None
    return str(answer.get("SecretString", "")).strip()


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: what is said goes to the host that was named."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Return nothing, so that a redirect is an error."""


def _post(address: str, body: bytes, timeout_s: float) -> None:
    headers = {"Content-Type": "application/json", "User-Agent": "affidavit"}
    request = urllib.request.Request(address, body, headers, method="POST")  # noqa: S310 - https, or the loopback
    opener = urllib.request.build_opener(_Stay())
    try:
        opener.open(request, timeout=timeout_s).close()
    except urllib.error.HTTPError as error:  # of whatever is no success, RFC 9110
        error.close()
        why = f"it answered {error.code}"
    except (OSError, ValueError) as error:
        cause = getattr(error, "reason", error)
        why = f"it raised {type(cause if isinstance(cause, Exception) else error).__name__}"
    else:
        return
    raise WebhookNotSentError("a message was not sent", why=why, fix="See docs/notify.md")


def _no_address(why: str) -> WebhookAddressError:
    return WebhookAddressError(
        "a message cannot be sent",
        why=f"the address of the webhook is not known: {why}",
        fix="Put the whole address where `secret` says; see docs/notify.md",
    )
