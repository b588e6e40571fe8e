"""The ledger's contract on DynamoDB, KMS and SQS, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from affidavit import LedgerConflictError, LedgerKeyError, LedgerUnavailableError
from affidavit._records.spill_line import unpack_spilled
from affidavit._runtime.plugins import load_plugins
from affidavit._runtime.runtime import open_ledger
from affidavit._runtime.settings import read_settings
from affidavit.plugin import Entry, Ledger, LocalKeys, Token, WriterId
from affidavit.testing import check_ledger
from affidavit_dynamodb.kms_keys import KmsKeys
from cloud import Cloud, FaultyFront

AT = "2026-01-23T12:00:00.000Z"


@pytest.fixture
def opened(cloud: Cloud) -> Callable[[], Ledger]:
    """Open the same ledger each time."""
    plugins = load_plugins(["dynamodb"])
    url = f"{cloud.environ['AFFIDAVIT_LEDGER']}&subjects={cloud.subjects}"
    settings = read_settings({**cloud.environ, "AFFIDAVIT_LEDGER": url})
    return lambda: open_ledger(settings, plugins)


def _entry(seq: int = 0, body: bytes = b"{}") -> Entry:
    return Entry(WriterId("w" * 22), seq, body, bytes(16), 2**33, AT)


def test_it_keeps_the_contract(opened: Callable[[], Ledger]) -> None:
    """The same one as the ledger in a file and the one in memory."""
    check_ledger(opened)


def test_a_lost_acknowledgement_is_found_out(
    opened: Callable[[], Ledger], front: FaultyFront, cloud: Cloud
) -> None:
    """The item was stored and the answer was not: the second attempt meets its own bytes."""
    ledger, lost = opened(), []

    def lose(operation: str, _: str) -> tuple[int, str] | None:
        if operation == "PutItem" and not lost:
            lost.append(True)
            cloud.aws("dynamodb").put_item(TableName=cloud.table, Item=item)
            return 500, "InternalServerError"
        return None

    from affidavit_dynamodb.items import item_of

    item = item_of(_entry())
    front.fault = lose
    ledger.store.append([_entry()], timeout_s=5)
    assert [_entry()] == list(ledger.reader.entries(_entry().writer))
    assert lost


def test_other_bytes_in_its_place_are_a_conflict(opened: Callable[[], Ledger]) -> None:
    """Alone and in a transaction; nothing of the transaction is written."""
    ledger = opened()
    ledger.store.append([_entry()], timeout_s=5)
    with pytest.raises(LedgerConflictError):
        ledger.store.append([_entry(body=b"[]")], timeout_s=5)
    with pytest.raises(LedgerConflictError):
        ledger.store.append([_entry(1), _entry(body=b"[]")], timeout_s=5)
    assert [_entry()] == list(ledger.reader.entries(_entry().writer))


def test_without_a_region_it_is_said(
    opened: Callable[[], Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not with a traceback, whose exit code would mean that something was found."""
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(LedgerUnavailableError, match="NoRegionError"):
        list(opened().reader.writers())


def test_a_slow_table_costs_no_more_than_its_time(
    opened: Callable[[], Ledger], front: FaultyFront
) -> None:
    """Whatever botocore's own timeouts are."""
    ledger = opened()

    def stall(operation: str, _: str) -> None:
        if operation == "PutItem":
            time.sleep(1)

    front.fault = stall
    started = time.monotonic()
    with pytest.raises(LedgerUnavailableError, match="in time"):
        ledger.store.append([_entry()], timeout_s=0.2)
    assert time.monotonic() - started < 0.8


@pytest.mark.parametrize(
    ("code", "what_next"),
    [
        ("AccessDeniedException", "rights"),
        ("ResourceNotFoundException", "Create it"),
        ("ThrottlingException", "Retry"),
    ],
)
def test_a_refusal_says_what_to_do(
    code: str, what_next: str, opened: Callable[[], Ledger], front: FaultyFront
) -> None:
    """AWS's own text is not repeated."""
    front.fault = lambda operation, _: (400, code) if operation == "PutItem" else None
    with pytest.raises(LedgerUnavailableError, match=what_next) as caught:
        opened().store.append([_entry()], timeout_s=5)
    assert code in str(caught.value)
    assert "planted" not in str(caught.value)


def test_a_key_belongs_to_one_writer_and_one_table(opened: Callable[[], Ledger]) -> None:
    """The encryption context says so: KMS refuses to open it for another."""
    keys = opened().keys
    made = keys.new_chain_key(WriterId("a"))
    assert made.key == keys.open_chain_key(WriterId("a"), made.wrapped)
    for wrapped in (made.wrapped[:-8] + "AAAAAAAA", "kms1.", "local1.x", "kms1.é"):
        with pytest.raises(LedgerKeyError):
            keys.open_chain_key(WriterId("a"), wrapped)
    with pytest.raises(LedgerKeyError):
        keys.open_chain_key(WriterId("b"), made.wrapped)


def test_keys_that_follow_on_others_open_what_those_have_made(cloud: Cloud) -> None:
    """Chain keys, token keys, and the name under which the table was before it was restored."""
    kms = cloud.aws("kms")

    def key(**form: str) -> str:
        return str(kms.create_key(**form)["KeyMetadata"]["Arn"])

    one, other = key(), key()
    hmac = [key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC") for _ in range(2)]
    old = KmsKeys([one], [hmac[0]], ["records"])
    new = KmsKeys([other, one], hmac[::-1], ["records"])
    made, fresh = (keys.new_chain_key(WriterId("a")) for keys in (old, new))
    assert [one[-36:][:8], other[-36:][:8]] == [made.name, fresh.name]
    assert made.key == new.open_chain_key(WriterId("a"), made.wrapped)
    assert [old.token_key()] == new.former_token_keys()
    assert old.token_key() != new.token_key()
    # AWS answers IncorrectKeyException, which is about the key; moto, that access is denied.
    with pytest.raises((LedgerKeyError, LedgerUnavailableError)):
        old.open_chain_key(WriterId("a"), fresh.wrapped)
    restored = KmsKeys([one], [hmac[0]], ["restored"])
    with pytest.raises(LedgerKeyError, match="context="):
        restored.open_chain_key(WriterId("a"), made.wrapped)
    bound = KmsKeys([one], [hmac[0]], ["records", "restored"])
    for keys in (old, restored):
        wrapped = keys.new_chain_key(WriterId("b"))
        assert wrapped.key == bound.open_chain_key(WriterId("b"), wrapped.wrapped)
    assert bound.new_chain_key(WriterId("c")).key


def test_a_ledger_in_a_file_goes_on_in_a_table(cloud: Cloud, tmp_path: Path) -> None:
    """Its key file opens and finds what was written there."""
    secrets = [bytes([number]) * 32 for number in range(2)]
    file = tmp_path / "ledger.db.key"
    file.write_text("".join(secret.hex() + "\n" for secret in secrets))
    url = f"{cloud.environ['AFFIDAVIT_LEDGER']}&earlier={file}"
    settings = read_settings({**cloud.environ, "AFFIDAVIT_LEDGER": url})
    keys = open_ledger(settings, load_plugins(["dynamodb"])).keys
    for secret in secrets:
        made = LocalKeys(secret).new_chain_key(WriterId("a"))
        assert made.key == keys.open_chain_key(WriterId("a"), made.wrapped)
    former = [LocalKeys(secret).token_key() for secret in reversed(secrets)]
    assert former == keys.former_token_keys()  # type: ignore[attr-defined]
    with pytest.raises(LedgerKeyError):
        keys.open_chain_key(WriterId("b"), made.wrapped)
    file.write_text("no digits")
    with pytest.raises(LedgerKeyError, match="earlier="):
        keys.open_chain_key(WriterId("a"), made.wrapped)


def test_a_key_service_that_is_down_is_no_foreign_key(
    opened: Callable[[], Ledger], front: FaultyFront
) -> None:
    """A verifier must not call a chain foreign because KMS had a bad moment."""
    keys = opened().keys
    made = keys.new_chain_key(WriterId("a"))
    down = (500, "KMSInternalException")
    front.fault = lambda operation, _: down if operation == "Decrypt" else None
    with pytest.raises(LedgerUnavailableError):
        keys.open_chain_key(WriterId("a"), made.wrapped)


def test_tokens_are_the_same_everywhere(opened: Callable[[], Ledger]) -> None:
    """They come from one KMS key that nobody can read."""
    assert opened().keys.token_key() == opened().keys.token_key()


def test_what_is_spilled_is_one_message(opened: Callable[[], Ledger], cloud: Cloud) -> None:
    """And comes back byte for byte."""
    spill = opened().spill
    assert spill is not None
    spill.keep([_entry(), _entry(1)], timeout_s=5)
    (message,) = cloud.aws("sqs").receive_message(QueueUrl=cloud.queue)["Messages"]
    assert [_entry(), _entry(1)] == [unpack_spilled(line) for line in message["Body"].splitlines()]


def test_a_salt_is_made_once_and_destroyed_once(opened: Callable[[], Ledger]) -> None:
    """Two functions that meet a subject at the same time get the same one."""
    first, second = opened().subjects, opened().subjects
    assert first is not None
    assert second is not None
    name = Token("a" * 32)
    assert first.read(name) is None
    made = first.keep(name, "one", timeout_s=5)
    assert "one" == made == second.keep(name, "two", timeout_s=5) == first.read(name)
    assert [True, False] == [first.destroy(name), second.destroy(name)]
    assert first.read(name) is None
