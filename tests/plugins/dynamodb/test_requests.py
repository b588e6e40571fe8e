"""What the ledger, the archive, the keys and a source ask of AWS, each request compared whole."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from botocore.response import StreamingBody

from affidavit import (
    LedgerConflictError,
    LedgerKeyError,
    LedgerMissingError,
    LedgerRefusedError,
    LedgerUnavailableError,
    Query,
    SettingsError,
    StatementError,
)
from affidavit.plugin import Entry, Token, WriterId
from affidavit_dynamodb import clients, kms_keys, spill, store, subjects
from affidavit_dynamodb.archive import S3Archive
from affidavit_dynamodb.outbox import OutboxEvent, bus_handler, send_changes, to_bus
from affidavit_dynamodb.reader import DynamoDbReader
from affidavit_dynamodb.signer import KmsSigner
from affidavit_dynamodb.source_statement import parse
from affidavit_dynamodb.source_table import Keys, TableDescription, request_of, table_of
from expected_requests import ExpectedRequests

AT = "2026-01-23T12:00:00.000Z"
WRITER = WriterId("w" * 22)
ENTRY = Entry(WRITER, 0, b"{}", b"m" * 16, 2**33, AT, Token("a1"), Token("s1"))
ITEM = {
    "pk": {"S": "W#" + WRITER},
    "sk": {"N": "0"},
    "b": {"B": b"{}"},
    "m": {"B": b"m" * 16},
    "x": {"N": str(2**33)},
    "t": {"S": AT},
    "s": {"S": "S#s1#202601"},
    "a": {"S": "a1"},
}
PUT = {
    "TableName": "tab",
    "Item": ITEM,
    "ConditionExpression": "attribute_not_exists(pk)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}
KEY = {"pk": ITEM["pk"], "sk": ITEM["sk"]}
FAILED = "ConditionalCheckFailedException"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExpectedRequests]:
    """Services that answer what is expected, and nothing else."""
    held = ExpectedRequests()
    for module in (store, kms_keys, subjects, spill):
        monkeypatch.setattr(module, "client", lambda service, _: held.client(service))
    yield held
    held.heard_all()


def test_an_entry_is_put_where_nothing_stands(aws: ExpectedRequests) -> None:
    """One by itself, several in one transaction; an index key for what is searched for."""
    held = store.DynamoDbStore("tab")
    aws.answers("dynamodb", "put_item", PUT, {})
    held.append([ENTRY], timeout_s=5)
    other = ENTRY._replace(seq=7, body=b'{"ph":"O"}')
    alone = {k: one for k, one in ITEM.items() if k not in {"a", "s"}}
    second = {**alone, "sk": {"N": "7"}, "b": {"B": other.body}}
    puts = [{"Put": PUT}, {"Put": {**PUT, "Item": second}}]
    aws.answers("dynamodb", "transact_write_items", {"TransactItems": puts}, {})
    held.append([ENTRY, other], timeout_s=5)
    actor = {**alone, "s": {"S": "W#" + WRITER}, "a": {"S": "a1"}}
    aws.answers("dynamodb", "put_item", {**PUT, "Item": actor}, {})
    held.append([ENTRY._replace(subject=None)], timeout_s=5)


@pytest.mark.parametrize(
    ("standing", "ours"),
    [
        (ITEM, True),
        ({**ITEM, "m": {"B": b"n" * 16}}, False),
        ({**ITEM, "b": {"B": b"[]"}}, False),
        (None, False),
    ],
)
def test_what_stands_there_is_asked_for(
    aws: ExpectedRequests, standing: dict[str, Any] | None, ours: bool
) -> None:
    """A store that brings nothing back is asked; another's record is a fork."""
    aws.refuses("dynamodb", "put_item", PUT, FAILED)
    asked = {"TableName": "tab", "Key": KEY, "ConsistentRead": True}
    aws.answers("dynamodb", "get_item", asked, {"Item": standing} if standing else {})
    held = store.DynamoDbStore("tab")
    if ours:
        held.append([ENTRY], timeout_s=5)
    else:
        with pytest.raises(LedgerConflictError):
            held.append([ENTRY], timeout_s=5)


@pytest.mark.parametrize("code", sorted(store.PERMANENT))
def test_what_is_never_taken_is_refused_at_once(aws: ExpectedRequests, code: str) -> None:
    """It is not tried again."""
    aws.refuses("dynamodb", "put_item", PUT, code)
    with pytest.raises(LedgerRefusedError, match=code):
        store.DynamoDbStore("tab").append([ENTRY], timeout_s=5)


@pytest.mark.parametrize("code", [*sorted(clients.TRANSIENT), "AccessDeniedException"])
def test_what_may_pass_is_tried_twice(aws: ExpectedRequests, code: str) -> None:
    """And what does not, once."""
    for _ in range(2 if code in clients.TRANSIENT else 1):
        aws.refuses("dynamodb", "put_item", PUT, code)
    with pytest.raises(LedgerUnavailableError, match=f"answered {code}"):
        store.DynamoDbStore("tab").append([ENTRY], timeout_s=5)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        *((one, "rights") for one in ("AccessDeniedException", "AccessDenied")),
        ("UnrecognizedClientException", "rights"),
        *((one, "Create it") for one in ("ResourceNotFoundException", "NotFoundException")),
        ("NoSuchBucket", "Create it"),
        ("InternalServerError", "Retry"),
    ],
)
def test_what_helps_follows_from_the_code(code: str, word: str) -> None:
    """Rights, a name, or patience."""
    assert word in clients.fix_for(code)


def test_clients_wait_for_as_long_as_who_asks_can() -> None:
    """A function a second or two and once; a sealer has time."""
    clients.client.cache_clear()
    quick = clients.client("sqs", "eu-west-1").meta
    patient = clients.patient("sqs", "eu-central-1").meta
    for meta, region, connect, read, tries in (
        (quick, "eu-west-1", 1.0, 2.0, 1),
        (patient, "eu-central-1", 5, 20, 6),
    ):
        held = meta.config
        told = (meta.region_name, held.connect_timeout, held.read_timeout, held.tcp_keepalive)
        assert (region, connect, read, True) == told
        retries = {name: held.retries[name] for name in ("total_max_attempts", "mode")}
        assert {"total_max_attempts": tries, "mode": "standard"} == retries
    assert 10 == quick.config.max_pool_connections
    assert clients.client("sqs", "eu-west-1") is clients.client("sqs", "eu-west-1")
    clients.client.cache_clear()


CONTEXT = {"affidavit:table": "tab", "affidavit:writer": WRITER}
MADE = {"KeyId": "c", "NumberOfBytes": 32, "EncryptionContext": CONTEXT}


def test_a_chains_key_is_bound_to_its_writer_and_table(aws: ExpectedRequests) -> None:
    """The first that is named makes it; each may open it, under each table."""
    keys = kms_keys.KmsKeys(("c", "d"), ("t", "u"), ("tab", "old"))
    told = {"CiphertextBlob": b"\xffx", "Plaintext": b"k" * 32, "KeyId": "arn:x:key/12345678-9"}
    aws.answers("kms", "generate_data_key", MADE, told)
    made = keys.new_chain_key(WRITER)
    wrapped = "kms1." + urlsafe_b64encode(b"\xffx").rstrip(b"=").decode()
    assert (b"k" * 32, wrapped, "12345678") == made

    tried = [("c", "tab"), ("c", "old"), ("d", "tab")]
    for key, table in tried:
        asked: dict[str, Any] = {"CiphertextBlob": b"\xffx", "KeyId": key}
        asked["EncryptionContext"] = {**CONTEXT, "affidavit:table": table}
        if (key, table) == tried[-1]:
            aws.answers("kms", "decrypt", asked, {"Plaintext": b"k" * 32})
        else:
            aws.refuses("kms", "decrypt", asked, "InvalidCiphertextException")
    assert b"k" * 32 == keys.open_chain_key(WRITER, wrapped)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("InvalidCiphertextException", LedgerKeyError),
        ("AccessDeniedException", LedgerUnavailableError),
        ("DisabledException", LedgerUnavailableError),
        ("ThrottlingException", LedgerUnavailableError),
    ],
)
def test_a_key_that_is_kept_from_us_is_no_forgery(
    aws: ExpectedRequests, code: str, error: type[Exception]
) -> None:
    """Who is not told, says so; who is told that it is another's, says that."""
    asked = {"CiphertextBlob": b"x", "KeyId": "c", "EncryptionContext": CONTEXT}
    aws.refuses("kms", "decrypt", asked, code)
    with pytest.raises(error):
        kms_keys.KmsKeys(("c",), ("t",), ("tab",)).open_chain_key(WRITER, "kms1.eA")


def test_tokens_come_from_a_mac(aws: ExpectedRequests) -> None:
    """Asked for once; those of earlier times too, newest first."""
    keys = kms_keys.KmsKeys(("c",), ("t", "u"), ("tab",))
    for key, mac in (("t", b"1"), ("u", b"2")):
        asked = {"KeyId": key, "MacAlgorithm": "HMAC_SHA_256", "Message": b"affidavit token key 1"}
        aws.answers("kms", "generate_mac", asked, {"Mac": mac})
    named = [sha256(b"affidavit key name 1" + mac).hexdigest()[:8] for mac in (b"1", b"2")]
    assert (named[0], b"1") == keys.token_key() == keys.token_key()
    assert [(named[1], b"2")] == list(keys.former_token_keys())


def test_a_checkpoint_is_signed_as_it_is(aws: ExpectedRequests) -> None:
    """By KMS, which hashes it; the public key is asked for once."""
    signer = KmsSigner("k", "example.org/ledger")
    signer._made = aws.client("kms")
    asked = {
        "KeyId": "k",
        "Message": b"text",
        "MessageType": "RAW",
        "SigningAlgorithm": "ECDSA_SHA_256",
    }
    aws.answers("kms", "sign", asked, {"Signature": b"s"})
    aws.answers("kms", "get_public_key", {"KeyId": "k"}, {"PublicKey": b"d" * 60})
    assert b"s" == signer.sign(b"text")
    assert sha256(b"d" * 60).digest()[:4] == signer.key_id
    first, *lines, last, end = signer.public_pem().decode().split("\n")
    assert ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----", "") == (first, last, end)
    assert [64, 16] == list(map(len, lines))


LATER = 1_800_000_000
LOCKED = {
    "Bucket": "b",
    "Key": "log/a.json",
    "Body": b"x",
    "ContentType": "application/json",
    "IfNoneMatch": "*",
    "ChecksumAlgorithm": "SHA256",
    "ObjectLockMode": "COMPLIANCE",
    "ObjectLockRetainUntilDate": datetime.fromtimestamp(LATER, UTC),
}
OBJECT = {"Bucket": "b", "Key": "log/a.json"}


@pytest.fixture
def archive(aws: ExpectedRequests) -> S3Archive:
    held = S3Archive("b", "log/")
    held._made = aws.client("s3")
    return held


def _body(data: bytes) -> dict[str, Any]:
    return {"Body": StreamingBody(BytesIO(data), len(data))}


@pytest.mark.parametrize("code", ["PreconditionFailed", "412", "ConditionalRequestConflict"])
def test_an_object_is_kept_once_and_locked(
    aws: ExpectedRequests, archive: S3Archive, code: str
) -> None:
    """The same bytes again are fine, other ones are not."""
    aws.answers("s3", "put_object", LOCKED, {})
    archive.put("a.json", b"x", retain_until=LATER)
    for held in (b"x", b"y"):
        aws.refuses("s3", "put_object", LOCKED, code)
        aws.answers("s3", "get_object", OBJECT, _body(held))
    archive.put("a.json", b"x", retain_until=LATER)
    with pytest.raises(LedgerConflictError):
        archive.put("a.json", b"x", retain_until=LATER)
    aws.refuses("s3", "put_object", LOCKED, "AccessDenied")
    with pytest.raises(LedgerUnavailableError, match="AccessDenied"):  # and nothing is read
        archive.put("a.json", b"x", retain_until=LATER)


@pytest.mark.parametrize("code", ["NoSuchKey", "404"])
def test_what_is_not_there_is_missing(aws: ExpectedRequests, archive: S3Archive, code: str) -> None:
    """An object is an error then, and a note is none."""
    aws.refuses("s3", "get_object", OBJECT, code)
    with pytest.raises(LedgerMissingError):
        archive.get("a.json")
    note = {"Bucket": "b", "Key": "log/work/n"}
    aws.refuses("s3", "get_object", note, code)
    assert archive.read("n") is None
    aws.answers("s3", "get_object", note, _body(b"1"))
    assert b"1" == archive.read("n")


def test_notes_are_not_locked(aws: ExpectedRequests, archive: S3Archive) -> None:
    """They lie apart, and come and go."""
    note = {"Bucket": "b", "Key": "log/work/n"}
    aws.answers("s3", "put_object", {**note, "Body": b"1", "ChecksumAlgorithm": "SHA256"}, {})
    archive.write("n", b"1")
    aws.answers("s3", "delete_object", note, {})
    archive.delete("n")
    asked = {"Bucket": "b", "Prefix": "log/work/n"}
    aws.answers("s3", "list_objects_v2", asked, {"Contents": [{"Key": "log/work/n/1"}]})
    assert ["n/1"] == list(archive.names("n"))


def test_a_list_goes_on_where_it_ended(aws: ExpectedRequests, archive: S3Archive) -> None:
    """And begins behind a name."""
    asked = {"Bucket": "b", "Prefix": "log/a"}
    first = {"Contents": [{"Key": "log/a/1"}], "IsTruncated": True, "NextContinuationToken": "n"}
    aws.answers("s3", "list_objects_v2", {**asked, "StartAfter": "log/a/0"}, first)
    second = {"Contents": [{"Key": "log/a/2"}], "IsTruncated": False}
    aws.answers("s3", "list_objects_v2", {**asked, "ContinuationToken": "n"}, second)
    assert ["a/1", "a/2"] == list(archive.keys("a", "a/0"))


@pytest.mark.parametrize(
    ("held", "longer"), [(None, True), (LATER - 1, True), (LATER, False), (LATER + 1, False)]
)
def test_a_lock_is_made_longer_only(
    aws: ExpectedRequests, archive: S3Archive, held: int | None, longer: bool
) -> None:
    """Compliance mode stays."""
    told = {} if held is None else {"ObjectLockRetainUntilDate": datetime.fromtimestamp(held, UTC)}
    aws.answers("s3", "head_object", OBJECT, told)
    if longer:
        until = {"Mode": "COMPLIANCE", "RetainUntilDate": datetime.fromtimestamp(LATER, UTC)}
        aws.answers("s3", "put_object_retention", {**OBJECT, "Retention": until}, {})
    assert longer is archive.extend("a.json", LATER)


@pytest.mark.parametrize(("code", "gone"), [("AccessDenied", False), ("ObjectLocked", False)])
def test_a_locked_version_stays(
    aws: ExpectedRequests, archive: S3Archive, code: str, gone: bool
) -> None:
    """The others, and markers, go; those of other names are left alone."""
    named = {"Bucket": "b", "Prefix": "log/a.json"}
    versions = [{"Key": "log/a.json", "VersionId": "1"}, {"Key": "log/a.jsonl", "VersionId": "2"}]
    markers = [{"Key": "log/a.json", "VersionId": "3"}]
    answer = {"Versions": versions, "DeleteMarkers": markers}
    aws.answers("s3", "list_object_versions", named, answer)
    for version in "13":
        aws.answers("s3", "delete_object", {**OBJECT, "VersionId": version}, {})
    assert archive.remove("a.json")
    aws.answers("s3", "list_object_versions", named, answer)
    aws.refuses("s3", "delete_object", {**OBJECT, "VersionId": "1"}, code)
    assert gone is archive.remove("a.json")


@pytest.fixture
def reader(aws: ExpectedRequests) -> DynamoDbReader:
    held = DynamoDbReader("tab")
    held._made = aws.client("dynamodb")
    return held


def test_a_chain_is_read_to_its_end(aws: ExpectedRequests, reader: DynamoDbReader) -> None:
    """From a number on, consistently, page by page."""
    asked = {
        "TableName": "tab",
        "KeyConditionExpression": "pk = :p and sk >= :s",
        "ExpressionAttributeValues": {":p": {"S": "W#" + WRITER}, ":s": {"N": "3"}},
        "ConsistentRead": True,
    }
    aws.answers("dynamodb", "query", asked, {"Items": [ITEM], "LastEvaluatedKey": KEY})
    broken = {**KEY, "sk": {"N": "9"}, "b": {"B": b"?"}}
    aws.answers("dynamodb", "query", {**asked, "ExclusiveStartKey": KEY}, {"Items": [broken]})
    found = [ENTRY, Entry(WRITER, 9, b"?", b"", 0, "")]
    assert found == list(reader.entries(WRITER, 3))
    scan = {"TableName": "tab", "ProjectionExpression": "pk", "ConsistentRead": True}
    items = [{"pk": {"S": one}} for one in ("W#a", "W#a", "other", "W#b")]
    aws.answers("dynamodb", "scan", scan, {"Items": items})
    assert ["a", "b"] == list(reader.writers())
    table = {"Table": {"GlobalSecondaryIndexes": [_index()]}}
    aws.answers("dynamodb", "describe_table", {"TableName": "tab"}, table)
    assert ["1 item key(s) of the table are of no chain"] == list(reader.damage())


def _index(**changes: Any) -> dict[str, Any]:
    usual = {
        "IndexName": "by_subject",
        "IndexStatus": "ACTIVE",
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["t", "a"]},
    }
    return {**usual, **changes}


@pytest.mark.parametrize(
    ("indexes", "words"),
    [
        ([_index()], []),
        ([], ["not there"]),
        ([_index(IndexName="other")], ["not there"]),
        ([_index(IndexStatus="CREATING")], ["is CREATING"]),
        ([_index(Projection={})], ["has no actors"]),
    ],
)
def test_an_index_that_misses_records_is_damage(
    aws: ExpectedRequests, reader: DynamoDbReader, indexes: list[Any], words: list[str]
) -> None:
    """A search that finds too little must not look like one that finds nothing."""
    told = {"Table": {"GlobalSecondaryIndexes": indexes}}
    aws.answers("dynamodb", "describe_table", {"TableName": "tab"}, told)
    found = list(reader.damage())
    assert len(words) == len(found)
    assert all(word in one for word, one in zip(words, found, strict=True))


GOOD = ("NEW_AND_OLD_IMAGES", "ENABLED", "x", ["dynamodb:DeleteItem", "dynamodb:UpdateItem"])


@pytest.mark.parametrize(
    ("view", "status", "attribute", "denied", "words"),
    [
        (*GOOD, []),
        (*GOOD[:3], "dynamodb:*", []),
        ("NEW_IMAGE", *GOOD[1:], ["its stream"]),
        ("", *GOOD[1:], ["its stream"]),
        (GOOD[0], "DISABLED", *GOOD[2:], ["do not expire"]),
        (*GOOD[:2], "ttl", GOOD[3], ["do not expire"]),
        (*GOOD[:3], ["dynamodb:DeleteItem"], ["does not deny"]),
        (*GOOD[:3], ["dynamodb:UpdateItem"], ["does not deny"]),
        (*GOOD[:3], None, ["does not deny"]),
    ],
)
def test_a_table_is_held_against_what_terraform_makes(
    aws: ExpectedRequests,
    reader: DynamoDbReader,
    view: str,
    status: str,
    attribute: str,
    denied: Any,
    words: list[str],
) -> None:
    """Its stream, its expiry, its own policy; each is said by itself."""
    stream = {"StreamEnabled": bool(view), **({"StreamViewType": view} if view else {})}
    table = {"Table": {"StreamSpecification": stream, "TableArn": "arn:t"}}
    aws.answers("dynamodb", "describe_table", {"TableName": "tab"}, table)
    expiry = {"TimeToLiveStatus": status, "AttributeName": attribute}
    answer = {"TimeToLiveDescription": expiry}
    aws.answers("dynamodb", "describe_time_to_live", {"TableName": "tab"}, answer)
    if denied is None:
        aws.refuses(
            "dynamodb", "get_resource_policy", {"ResourceArn": "arn:t"}, "PolicyNotFoundException"
        )
    else:
        rule = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": denied}
        allowed = {**rule, "Effect": "Allow", "Action": "dynamodb:*"}
        some = {**rule, "Principal": {"AWS": "arn:x"}, "Action": "dynamodb:*"}
        policy = json.dumps({"Statement": [allowed, some, rule]})
        asked = {"ResourceArn": "arn:t"}
        aws.answers("dynamodb", "get_resource_policy", asked, {"Policy": policy})
    found = list(reader.misconfigured())
    assert len(words) == len(found)
    assert all(word in one for word, one in zip(words, found, strict=True))


def test_salts_are_read_first_and_kept_once(aws: ExpectedRequests) -> None:
    """Of two that keep one at once, the first one's counts."""
    place = {"pk": {"S": "K#p"}}
    held = subjects.DynamoDbSubjects("tab")
    read = {"TableName": "tab", "Key": place, "ConsistentRead": True}
    put = {
        "TableName": "tab",
        "Item": {**place, "salt": {"S": "new"}},
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    aws.answers("dynamodb", "get_item", read, {"Item": {**place, "salt": {"S": "old"}}})
    assert "old" == held.keep(Token("p"), "new", timeout_s=5)
    aws.answers("dynamodb", "get_item", read, {})
    aws.answers("dynamodb", "put_item", put, {})
    assert "new" == held.keep(Token("p"), "new", timeout_s=5)
    for attributes, told in (({"pk": place["pk"]}, True), (None, False)):
        answer = {"Attributes": attributes} if attributes else {}
        gone = {"TableName": "tab", "Key": place, "ReturnValues": "ALL_OLD"}
        aws.answers("dynamodb", "delete_item", gone, answer)
        assert told is held.destroy(Token("p"))


def test_a_salt_that_cannot_be_read_is_not_taken_for_none(aws: ExpectedRequests) -> None:
    """Nor for one that is destroyed: somebody would make another one, or report an erasure."""
    held = subjects.DynamoDbSubjects("tab")
    place = {"TableName": "tab", "Key": {"pk": {"S": "K#p"}}}
    for act in (held.read, held.destroy, lambda one: held.keep(one, "new", timeout_s=5)):
        asked = {**place, "ReturnValues": "ALL_OLD"}, {**place, "ConsistentRead": True}
        gone = act == held.destroy
        name = "delete_item" if gone else "get_item"
        aws.refuses("dynamodb", name, asked[0 if gone else 1], "ThrottlingException")
        with pytest.raises(LedgerUnavailableError, match="ThrottlingException"):
            act(Token("p"))


def test_what_waits_is_counted_in_both_states(aws: ExpectedRequests) -> None:
    """About so many, and none where this role may not look."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    asked = {"QueueUrl": "q", "AttributeNames": names}
    answer = {"Attributes": {names[0]: "2", names[1]: "3"}}
    aws.answers("sqs", "get_queue_attributes", asked, answer)
    assert 5 == spill.SqsSpill("q").waiting_count()
    aws.refuses("sqs", "get_queue_attributes", asked, "AccessDenied")
    assert 0 == spill.SqsSpill("q").waiting_count()


def test_events_of_an_outbox_go_in_waves(aws: ExpectedRequests) -> None:
    """One of each key in a call, ten at most, and nothing behind one that failed."""
    sent: list[list[str]] = []

    def send(wave: Any) -> set[str]:
        sent.append([one.id for one in wave])
        return {one.id for one in wave if one.id == "bad"}

    def record(number: int, key: str, name: str, kind: str = "INSERT") -> dict[str, Any]:
        image = {"key": key, "id": name, "type": "T", "detail": "{}"}
        told = {one: {"S": text} for one, text in image.items()}
        change = {"SequenceNumber": str(number), "NewImage": {**told, "expires": {"N": "1"}}}
        return {"eventName": kind, "dynamodb": change}

    many = [record(n, f"k{n}", f"i{n}") for n in range(11)]
    again = [record(11, "k10", "again"), record(12, "x", "gone", "REMOVE")]
    assert {"batchItemFailures": []} == send_changes({"Records": [*many, *again]}, send)
    assert [[f"i{n}" for n in range(10)], ["i10"], ["again"]] == sent
    sent.clear()
    broken = [record(1, "a", "ok"), record(2, "b", "bad"), record(3, "a", "after")]
    assert {"batchItemFailures": [{"itemIdentifier": "2"}]} == (
        send_changes({"Records": broken}, send)
    )
    assert [["ok", "bad"]] == sent
    entries = [
        {
            "EventBusName": "bus",
            "Source": "src",
            "DetailType": "T",
            "Detail": json.dumps({"id": name, "key": "k", "data": {"a": 1}}),
        }
        for name in ("one", "two")
    ]
    told = [{"EventId": "e"}, {"ErrorCode": "Busy"}]
    aws.answers("events", "put_events", {"Entries": entries}, {"Entries": told})
    wave = [OutboxEvent("1", "k", name, "T", '{"a": 1}') for name in ("one", "two")]
    assert {"two"} == to_bus(aws.client("events"), "bus", "src")(wave)


@pytest.mark.parametrize("missing", ["OUTBOX_BUS", "OUTBOX_SOURCE", ""])
def test_a_bus_and_a_source_are_told_by_variables(
    aws: ExpectedRequests, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """Both; nothing is sent without either."""
    monkeypatch.setattr(clients, "client", lambda service, _: aws.client(service))
    told = {"OUTBOX_BUS": "bus", "OUTBOX_SOURCE": "src"}
    for name, value in told.items():
        monkeypatch.setenv(name, "" if name == missing else value)
    image = {one: {"S": one} for one in ("key", "id", "type")} | {"detail": {"S": "{}"}}
    change = {"SequenceNumber": "1", "NewImage": {**image, "expires": {"N": "1"}}}
    event = {"Records": [{"eventName": "INSERT", "dynamodb": change}]}
    if missing:
        with pytest.raises(SettingsError, match=missing):
            bus_handler(event, None)
        return
    entry = {
        "EventBusName": "bus",
        "Source": "src",
        "DetailType": "type",
        "Detail": json.dumps({"id": "id", "key": "key", "data": {}}),
    }
    aws.answers("events", "put_events", {"Entries": [entry]}, {"Entries": [{"EventId": "e"}]})
    assert {"batchItemFailures": []} == bus_handler(event, None)


TABLE = TableDescription(
    Keys("owner", "name"),
    {"by_n": Keys("n", "", frozenset({"owner", "name", "n", "value"})), "by_m": Keys("m", "at")},
    {"owner": "S", "name": "S", "n": "N", "m": "S", "at": "S"},
)
HASH = "owner = :owner"
WHOLE = f"{HASH} and name = :name"


def n(*names: str) -> dict[str, str]:
    return {f"#n{number}": name for number, name in enumerate(names)}


REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "select value from t where WHOLE",
        "get_item",
        {
            "Key": {"owner": {"S": "o"}, "name": {"S": "x"}},
            "ConsistentRead": True,
            "ProjectionExpression": "#n0",
            "ExpressionAttributeNames": n("value"),
        },
    ),
    (
        "select value, name from t where HASH order by name desc",
        "query",
        {
            "ProjectionExpression": "#n0, #n1",
            "KeyConditionExpression": "#n2 = :owner",
            "ConsistentRead": True,
            "ScanIndexForward": False,
            "ExpressionAttributeNames": n("value", "name", "owner"),
            "ExpressionAttributeValues": {":owner": {"S": "o"}},
        },
    ),
    (
        "select value from t where HASH and name between :name and :next order by name asc",
        "query",
        {
            "ProjectionExpression": "#n0",
            "KeyConditionExpression": "#n1 = :owner and #n2 between :name and :next",
            "ConsistentRead": True,
            "ExpressionAttributeNames": n("value", "owner", "name"),
            "ExpressionAttributeValues": {
                ":owner": {"S": "o"},
                ":name": {"S": "x"},
                ":next": {"S": "y"},
            },
        },
    ),
    (
        "select value from t where HASH and begins_with(name, :name)",
        "query",
        {
            "ProjectionExpression": "#n0",
            "KeyConditionExpression": "#n1 = :owner and begins_with(#n2, :name)",
            "ConsistentRead": True,
            "ExpressionAttributeNames": n("value", "owner", "name"),
            "ExpressionAttributeValues": {":owner": {"S": "o"}, ":name": {"S": "x"}},
        },
    ),
    (
        "select value from t.by_n where n = :number",
        "query",
        {
            "ProjectionExpression": "#n0",
            "KeyConditionExpression": "#n1 = :number",
            "IndexName": "by_n",
            "ExpressionAttributeNames": n("value", "n"),
            "ExpressionAttributeValues": {":number": {"N": "7"}},
        },
    ),
    (
        "select value from t.by_m where m = :owner and at >= :name order by at",
        "query",
        {
            "ProjectionExpression": "#n0",
            "KeyConditionExpression": "#n1 = :owner and #n2 >= :name",
            "IndexName": "by_m",
            "ExpressionAttributeNames": n("value", "m", "at"),
            "ExpressionAttributeValues": {":owner": {"S": "o"}, ":name": {"S": "x"}},
        },
    ),
    (
        "select value from t where gone is null and there is not null limit :number",
        "scan",
        {
            "ProjectionExpression": "#n0",
            "FilterExpression": "(attribute_not_exists(#n1) or attribute_type(#n1, :null))"
            " and (attribute_exists(#n2) and not attribute_type(#n2, :null))",
            "ExpressionAttributeNames": n("value", "gone", "there"),
            "ExpressionAttributeValues": {":null": {"S": "NULL"}},
        },
    ),
    (
        "select value from t.by_n limit :number",
        "scan",
        {
            "ProjectionExpression": "#n0",
            "IndexName": "by_n",
            "ExpressionAttributeNames": n("value"),
        },
    ),
    (
        "insert into t (owner, name, value) values (:owner, :name, :next)",
        "put_item",
        {
            "Item": {"owner": {"S": "o"}, "name": {"S": "x"}, "value": {"S": "y"}},
            "ConditionExpression": "attribute_not_exists(#n0)",
            "ExpressionAttributeNames": n("owner"),
        },
    ),
    (
        (
            "insert into t (owner, name, value, n) values (:owner, :name, :next, :number)"
            " on conflict (owner, name) do update set value = excluded.value"
        ),
        "update_item",
        {
            "Key": {"owner": {"S": "o"}, "name": {"S": "x"}},
            "UpdateExpression": "set #n0 = :next, #n1 = if_not_exists(#n1, :number)",
            "ExpressionAttributeNames": n("value", "n"),
            "ExpressionAttributeValues": {":next": {"S": "y"}, ":number": {"N": "7"}},
        },
    ),
    (
        "update t set value = :next where WHOLE and n = :number",
        "update_item",
        {
            "Key": {"owner": {"S": "o"}, "name": {"S": "x"}},
            "ConditionExpression": "attribute_exists(#n0) and #n1 = :number",
            "UpdateExpression": "set #n2 = :next",
            "ExpressionAttributeNames": n("owner", "n", "value"),
            "ExpressionAttributeValues": {":number": {"N": "7"}, ":next": {"S": "y"}},
        },
    ),
    (
        "delete from t where WHOLE and value <> :next",
        "delete_item",
        {
            "Key": {"owner": {"S": "o"}, "name": {"S": "x"}},
            "ConditionExpression": "attribute_exists(#n0) and #n1 <> :next",
            "ExpressionAttributeNames": n("owner", "value"),
            "ExpressionAttributeValues": {":next": {"S": "y"}},
        },
    ),
]
BINDS: dict[str, Any] = {"owner": "o", "name": "x", "next": "y", "number": 7}


def _query(sql: str, scan: str = "") -> Query:
    sql = sql.replace("WHOLE", WHOLE).replace("HASH", HASH)
    used = frozenset(one for one in BINDS if f":{one}" in sql)
    return Query(name="q", sql=sql, binds=used, write=not sql.startswith("select"), scan=scan)


@pytest.mark.parametrize("row", range(len(REQUESTS)))
def test_a_statement_becomes_this_request(row: int) -> None:
    """The cheapest that answers; every name and value stands behind a sign."""
    sql, operation, arguments = REQUESTS[row]
    query = _query(sql, "there are few" if operation == "scan" else "")

    assert (operation, arguments) == request_of(query, parse(query), TABLE, BINDS)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select value from t where name = :name", "does not say owner ="),
        ("select value from t where name = :name limit :number", "it takes scan="),
        ("select value from t where HASH and value = :name", "value is no key"),
        ("select value from t where HASH order by value", "by the sort key only"),
        ("select value from t.nothing where n = :number", "no such index"),
        ("select value, other from t.by_n where n = :number", "does not carry other"),
        ("insert into t (owner, value) values (:owner, :next)", "writes no name, a key"),
        (
            "insert into t (owner, name) values (:owner, :name) on conflict (owner) do nothing",
            "does not name name, owner",
        ),
        ("update t set value = :next where HASH", "does not say = for name, owner"),
        ("update t set value = :next where HASH and name > :name", "does not say = for"),
        ("update t set name = :next where WHOLE", "changes a key"),
        ("delete from t where HASH", "does not say = for name, owner"),
    ],
)
def test_what_would_read_or_change_more_is_refused(sql: str, why: str) -> None:
    """Before anything is asked."""
    query = _query(sql)
    with pytest.raises(StatementError, match=why):
        request_of(query, parse(query), TABLE, BINDS)


def test_a_table_is_read_as_it_is_described() -> None:
    """Keys, what an index carries, and the types of keys."""

    def schema(*names: str) -> list[dict[str, str]]:
        kinds = ("HASH", "RANGE")
        return [{"AttributeName": one, "KeyType": k} for one, k in zip(names, kinds, strict=False)]

    some = {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["value"]}
    every = {"ProjectionType": "ALL"}
    found = table_of(
        {
            "KeySchema": schema("owner", "name"),
            "AttributeDefinitions": [{"AttributeName": "n", "AttributeType": "N"}],
            "GlobalSecondaryIndexes": [
                {"IndexName": "a", "KeySchema": schema("n"), "Projection": some},
                {"IndexName": "b", "KeySchema": schema("n", "m"), "Projection": every},
            ],
            "LocalSecondaryIndexes": [{"IndexName": "c", "KeySchema": schema("owner", "at")}],
        }
    )
    assert (
        Keys("owner", "name"),
        {
            "a": Keys("n", "", frozenset({"owner", "name", "n", "", "value"})),
            "b": Keys("n", "m"),
            "c": Keys("owner", "at"),
        },
        {"n": "N"},
    ) == found
