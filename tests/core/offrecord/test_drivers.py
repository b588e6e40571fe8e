"""How calls of libraries are read: which host, which resource, which file."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from affidavit._offrecord.audit_events import Seen
from affidavit._offrecord.drivers import DRIVERS, OF_THE_PLATFORM, host_of

PATHS = [
    "host", "connection.host", "_connection.host", "_conn.host", "conn.host", "info.host",
    "connection.info.host", "server_host", "_host", "_addr", "address", "_socket_hostname",
    "server.host", "hostname",
]  # fmt: skip


def _owner(path: str, value: object) -> Any:
    *above, last = path.split(".")
    owner: Any = SimpleNamespace(**{last: value})
    for name in reversed(above):
        owner = SimpleNamespace(**{name: owner})
    return owner


@pytest.mark.parametrize("path", PATHS)
def test_where_libraries_keep_their_host(path: str) -> None:
    """As a text, as a pair with a port; what is neither is none."""
    assert "db" == host_of((_owner(path, "db"),), {})
    assert "db" == host_of((_owner(path, ("db", 5432)),), {})
    for value in ("", (), None, 7, {}):
        assert "" == host_of((_owner(path, value),), {})
    assert "" == host_of((_owner(f"x{path}", "db"),), {})


class _Closed:
    """A connection whose first property raises."""

    server_host = "db"

    @property
    def host(self) -> str:
        raise OSError("closed")


def test_other_places_of_a_host() -> None:
    """In a mapping; behind a property that raises; nowhere."""
    pool = _owner("connection_pool.connection_kwargs", {"host": "cache"})

    assert "cache" == host_of((pool,), {})
    assert "db" == host_of((_Closed(),), {})
    assert "" == host_of((), {})


@pytest.mark.parametrize(
    ("args", "named", "expected"),
    [
        ((), {"host": "a"}, "a"), ((), {"hostname": "a"}, "a"), ((), {"server": "a"}, "a"),
        ((), {"host": 7, "server": "a"}, "a"), ((("a", 80),), {}, "a"),
        ((("", 80), "x://b/c"), {}, ""),
        (((), "x://b/c"), {}, "b"), (((7, 80), "x://b/c"), {}, "b"), (("x://u:p@b:1/c",), {}, "b"),
        (("x:///c",), {}, ""), ((), {"dsn": "x://b/c"}, "b"),
        ((), {"conninfo": "dbname=x host=b"}, "b"),
        ((), {"url": "http://b"}, "b"), (("host = 'b' port=1",), {}, "b"),
        (("SERVER=b;uid=x",), {}, "b"),
        (("hostaddr=1.2.3.4",), {}, "1.2.3.4"), (("myhost=b",), {}, ""), (("(HOST=b)",), {}, "b"),
        (("dbname=x", "x://b"), {}, "b"), (("plain",), {}, ""),
    ],
)  # fmt: skip
def test_how_a_call_names_its_host(
    args: tuple[Any, ...], named: dict[str, Any], expected: str
) -> None:
    """By keyword, by address, by URL, by a connection string."""
    assert expected == host_of(args, named)


RESOURCES = [
    "TableName", "Bucket", "QueueUrl", "TopicArn", "FunctionName", "SecretId", "StreamName",
    "StreamARN", "stateMachineArn", "KeyId", "EventBusName", "logGroupName", "DBInstanceIdentifier",
    "resourceArn", "WorkGroup", "DeliveryStreamName", "Name", "domainName", "modelId", "IndexName",
]  # fmt: skip


def _client(service: str) -> Any:
    return SimpleNamespace(
        meta=SimpleNamespace(service_model=SimpleNamespace(service_name=service))
    )


@pytest.mark.parametrize("resource", RESOURCES)
def test_parameters_that_name_what_a_call_is_about(resource: str) -> None:
    """Positional or by name; the first one that is a text."""
    read, said = DRIVERS["botocore.client"].asked, {resource: "x", "Key": "jane"}

    assert Seen("aws", "s3.GetObject", "x") == read((_client("s3"), "GetObject", said), {})
    named = {"operation_name": "GetObject", "api_params": said}
    assert Seen("aws", "s3.GetObject", "x") == read((_client("s3"),), named)
    assert Seen("aws", "s3.GetObject") == read((_client("s3"), "GetObject", {resource: 7}), {})


def test_a_call_about_nothing_and_one_of_the_platforms() -> None:
    """Tracing belongs to the platform."""
    read = DRIVERS["aiobotocore.client"].asked

    assert Seen("aws", "s3.ListBuckets") == read((_client("s3"), "ListBuckets"), {})
    assert OF_THE_PLATFORM is read((_client("xray"), "PutTraceSegments", {}), {})


@pytest.mark.parametrize(
    ("module", "place"),
    [
        ("httpcore._sync.connection_pool", 1),
        ("aiohttp.client", 2),
        ("curl_cffi.requests.session", 2),
    ],
)
def test_a_url_is_read_at_its_place(module: str, place: int) -> None:
    """As a text, or as an object with bytes; one without a host reaches nothing."""
    read, before = DRIVERS[module].asked, ("x",) * place

    assert Seen("net", "http", "a") == read((*before, "http://a:1/x"), {})
    assert Seen("net", "http", "a") == read(before[:1], {"url": "http://a"})
    given = SimpleNamespace(url=SimpleNamespace(host=b"a"))
    assert Seen("net", "http", "a") == read((*before, given), {})
    assert read((*before, "/x"), {}) is None
    assert read(before[:1], {}) is None


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("dns:///a:1", "a"),
        (b"a:1", "a"),
        ("unix:/x/y.sock", "unix:/x/y.sock"),
        ("ipv6:[::1]:5", "ipv6:[::1]"),
    ],
)
def test_a_channel_has_a_target(target: object, host: str) -> None:
    """Kept by the call, or asked of the channel."""
    read = DRIVERS["grpc._channel"].asked
    channel = SimpleNamespace(_target=None, _channel=SimpleNamespace(target=lambda: target))

    assert Seen("net", "grpc", host) == read((SimpleNamespace(_target=target),), {})
    assert Seen("net", "grpc", host) == read((channel,), {})


def test_the_other_end_of_a_transport() -> None:
    """By its name, else by its address."""
    read = DRIVERS["paramiko.transport"].asked
    peer = SimpleNamespace(hostname="", getpeername=lambda: ("198.51.100.7", 22))

    assert Seen("net", "ssh", "198.51.100.7") == read((peer,), {})
    peer.hostname = "bastion"
    assert Seen("net", "ssh", "bastion") == read((peer,), {})


@pytest.mark.parametrize("module", ["dbm.gnu", "polars", "pyarrow.csv", "pyarrow.dataset"])
def test_files_that_libraries_open_themselves(module: str) -> None:
    """Or fetch, if they are URLs."""
    read = DRIVERS[module].asked

    assert Seen("file", "open", "/mnt/a") == read((7, "/mnt/a"), {})
    assert Seen("file", "open", "/mnt/a") == read((), {"source": "/mnt/b/../a"})
    assert Seen("net", "http", "h") == read(("https://h/a",), {})
    assert "file" == (read(("file:///mnt/a",), {}) or Seen("", "")).kind
    assert read((7,), {}) is None
    assert read(("",), {}) is None
