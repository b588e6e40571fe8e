"""Messages reach a chat, as plain words, at the one host that the deployment names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from affidavit import SettingsError
from affidavit.plugin import Medium, Notice, Notifier, Redactor, Sink
from affidavit.testing import make_runtime
from affidavit_notify import clients
from affidavit_notify.faults import NoMailError, WebhookAddressError, WebhookNotSentError
from affidavit_notify.webhook import MAX_TEXT, open_slack, open_teams
from chat import Chat, chat_server
from cloud import CREDENTIALS, REGION

SSN = "123-45-6789"


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch, _no_settings_from_outside: None) -> Iterator[Chat]:
    """A host, whose address is in the variable CHAT."""
    with chat_server() as held:
        monkeypatch.setenv("CHAT", held.address)
        yield held


def _slack(chat: Chat, kept: str = "env:CHAT") -> Notifier:
    return open_slack(urlsplit(f"slack://{chat.host}?secret={kept}"))


def _teams(chat: Chat) -> Notifier:
    return open_teams(urlsplit(f"teams://{chat.host}?secret=env:CHAT"))


def _notice(values: Mapping[str, Any], medium: Medium = Medium.EVENT) -> Notice:
    redactor: Redactor = make_runtime().runtime.redactor
    return Notice(medium, "Shipped", (), redactor.clean(values, Sink.LOG), "r-1", "SHIP")


LIVE = {"subject": "shop: v1.0.0 is live in qa", "text": "because <it> & they said so"}


def test_slack_gets_plain_text(chat: Chat) -> None:
    """A value is no link, no mention and no markup."""
    _slack(chat).send(_notice({**LIVE, "subject": "<!channel> *v1*"}), timeout_s=5)

    assert [
        {
            "text": "&lt;!channel&gt; *v1*\nbecause &lt;it&gt; &amp; they said so",
            "mrkdwn": False,
        }
    ] == chat.messages


def test_teams_gets_a_card_of_plain_runs(chat: Chat) -> None:
    """A TextBlock would read Markdown."""
    _teams(chat).send(_notice(LIVE), timeout_s=5)

    title = {"type": "TextRun", "text": LIVE["subject"], "weight": "Bolder"}
    blocks = [[title], [{"type": "TextRun", "text": LIVE["text"]}]]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": [{"type": "RichTextBlock", "inlines": one} for one in blocks],
    }
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    assert [{"type": "message", "attachments": [attached]}] == chat.messages
    _teams(chat).send(_notice({**LIVE, "text": ""}), timeout_s=5)
    assert [[title]] == [
        block["inlines"] for block in chat.messages[1]["attachments"][0]["content"]["body"]
    ]


def test_an_event_of_a_handler_is_its_type_and_values(chat: Chat) -> None:
    """`context.announce` works with a chat as with a bus; long ones are cut."""
    _slack(chat).send(_notice({"order": "O-17"}), timeout_s=5)
    _slack(chat).send(_notice({f"n{place}": "word " * 50 for place in range(99)}), timeout_s=5)

    assert 'Shipped\n{"order": "O-17"}' == chat.messages[0]["text"]
    assert len(chat.messages[1]["text"]) <= MAX_TEXT + 100


def test_what_a_message_says_has_been_redacted(chat: Chat) -> None:
    """It leaves the account in clear text."""
    _slack(chat).send(_notice({**LIVE, "text": f"ssn {SSN}"}), timeout_s=5)

    assert SSN not in str(chat.messages)


@pytest.mark.parametrize("code", [302, 400, 404, 429, 500])
def test_a_host_that_does_not_take_it_is_a_failure(chat: Chat, code: int) -> None:
    """A redirect is not followed: what is said goes to the host that was named."""
    chat.answers = [code]

    with pytest.raises(WebhookNotSentError, match=str(code)):
        _slack(chat).send(_notice(LIVE), timeout_s=5)
    assert 1 == len(chat.messages)


def test_a_host_that_is_down_is_a_failure(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind of failure is named, the address is not."""
    monkeypatch.setenv("CHAT", "http://127.0.0.1:9/services/T0/B0/token")
    notifier = open_slack(urlsplit("slack://127.0.0.1:9?secret=env:CHAT"))

    with pytest.raises(WebhookNotSentError) as error:
        notifier.send(_notice(LIVE), timeout_s=5)
    assert "ConnectionRefusedError" in str(error.value)
    assert "T0" not in str(error.value)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://elsewhere.example/services/T0/B0/token",
        "https://{host}.elsewhere.example/x",
        "https://{host}@elsewhere.example/x",
        "http://hooks.example.org/x",
        "file:///etc/hostname",
        "//{host}/x",
        "https://[/x",
    ],
)
def test_an_address_of_another_host_is_not_called(
    chat: Chat, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can write the secret cannot choose where messages go, and none goes in clear text."""
    monkeypatch.setenv("CHAT", address.format(host=chat.host))

    with pytest.raises(WebhookAddressError) as error:
        _slack(chat).send(_notice(LIVE), timeout_s=5)
    assert "elsewhere" not in str(error.value)
    assert [] == chat.messages


def test_the_address_is_kept_in_secrets_manager(
    chat: Chat, moto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read once, when the first message goes out."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": moto}.items():
        monkeypatch.setenv(name, value)
    clients.client.cache_clear()
    secrets = boto3.client("secretsmanager", region_name=REGION)
    arn = secrets.create_secret(Name=chat.host.replace(":", "-"), SecretString=chat.address)["ARN"]
    notifier = _slack(chat, arn)
    notifier.send(_notice(LIVE), timeout_s=5)
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    notifier.send(_notice(LIVE), timeout_s=5)

    assert 2 == len(chat.messages)
    with pytest.raises(WebhookAddressError):
        _slack(chat, arn).send(_notice(LIVE), timeout_s=5)


@pytest.mark.parametrize(
    "url",
    [
        "slack://hooks.slack.com",
        "slack://hooks.slack.com/services/T0/B0/token",
        "slack://hooks.slack.com?secret=https://hooks.slack.com/services/T0/B0/token",
        "slack://hooks.slack.com?secret=env:A&secret=env:B",
        "slack://hooks.slack.com?secret=env:A&channel=general",
        "slack://?secret=env:A",
        "slack://user@hooks.slack.com?secret=env:A",
    ],
)
def test_a_url_says_the_host_and_where_the_address_is_and_no_more(url: str) -> None:
    """The address itself is a secret, and a secret does not stand in a file under review."""
    with pytest.raises(SettingsError) as error:
        open_slack(urlsplit(url))
    assert "T0" not in str(error.value)


def test_a_webhook_sends_no_mail(chat: Chat) -> None:
    """Who asks for a mail hears that there is none."""
    with pytest.raises(NoMailError):
        _slack(chat).send(_notice(LIVE, Medium.MAIL), timeout_s=5)
