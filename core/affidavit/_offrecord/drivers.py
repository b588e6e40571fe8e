"""Libraries whose use no audit event tells: where each is asked for data.

Connections are kept between invocations, and some drivers connect in C. So the methods by
which a library is used are observed themselves, once it is imported. What one of them does
further down, sockets for example, belongs to the same access and is not noted again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from affidavit._lazy import lazy
from affidavit._offrecord.audit_events import Seen
from affidavit._offrecord.observation import AWS, DATABASE, FILE, NET
from affidavit._offrecord.own_files import absolute

OF_THE_PLATFORM: Final = Seen("", "")
"""What is not on record, and neither is anything that it does."""

Asked = Callable[[tuple[Any, ...], Mapping[str, Any]], Seen | None]
"""Reads positional and named arguments of a call; None if it reaches nothing."""

_HOST: Final = lazy(r"(?:^|[\s;(])(?:host|server|hostaddr)\s*=\s*'?([^\s;')]+)", re.IGNORECASE)


class Driver(NamedTuple):
    """What is observed of one module: dotted names in it, and how a call is read."""

    names: tuple[str, ...]
    asked: Asked


def _driver(name: str, *names: str) -> Driver:
    return Driver(names, lambda args, named: Seen(DATABASE, name, host_of(args, named)))


def host_of(args: tuple[Any, ...], named: Mapping[str, Any]) -> str:
    """Return the host that a call names, or that its object is connected to; empty if neither."""
    for key in ("host", "hostname", "server"):
        if isinstance(named.get(key), str):
            return str(named[key])
    for said in (*args, *(named.get(key) for key in ("dsn", "conninfo", "url"))):
        if isinstance(said, tuple) and said and isinstance(said[0], str):
            return said[0]
        if isinstance(said, str) and "://" in said:
            return urlsplit(said).hostname or ""
        if isinstance(said, str) and "=" in said and (found := _HOST.search(said)):
            return str(found.group(1))
    return _connected_to(args[0]) if args else ""


_LEADS_TO_HOST: Final = (
    "host", "connection.host", "_connection.host", "_conn.host", "conn.host", "info.host",
    "connection.info.host", "server_host", "_host", "_addr", "address",
    "connection_pool.connection_kwargs", "_socket_hostname", "server.host", "hostname",
)  # fmt: skip


def _connected_to(owner: Any) -> str:
    for path in _LEADS_TO_HOST:
        found = owner
        try:
            for name in path.split("."):
                found = getattr(found, name)
        except Exception:  # noqa: BLE001, S112 - a property of a closed connection may raise anything
            continue
        if isinstance(found, Mapping):
            found = found.get("host", "")
        if isinstance(found, tuple) and found:
            found = found[0]
        if isinstance(found, str) and found:
            return found
    return ""


def _call(args: tuple[Any, ...], named: Mapping[str, Any]) -> Seen | None:
    """Read a call of botocore: every AWS client, resource, waiter and paginator ends here."""
    client = args[0]
    operation = args[1] if len(args) > 1 else named["operation_name"]
    said = args[2] if len(args) > 2 else named.get("api_params") or {}  # noqa: PLR2004
    service = client.meta.service_model.service_name
    if service == "xray":
        return OF_THE_PLATFORM
    resource = next((said[key] for key in _RESOURCES if isinstance(said.get(key), str)), "")
    return Seen(AWS, f"{service}.{operation}", resource)


_RESOURCES: Final = (
    "TableName", "Bucket", "QueueUrl", "TopicArn", "FunctionName", "SecretId", "StreamName",
    "StreamARN", "stateMachineArn", "KeyId", "EventBusName", "logGroupName", "DBInstanceIdentifier",
    "resourceArn", "WorkGroup", "DeliveryStreamName", "Name", "domainName", "modelId", "IndexName",
)  # fmt: skip
"""Parameters that name what a call is about. Keys of items and objects are data, and no names."""


def _url(place: int, *names: str) -> Driver:
    """Observe a method that gets a URL, as text or as an object, at a place."""

    def asked(args: tuple[Any, ...], named: Mapping[str, Any]) -> Seen | None:
        said = args[place] if len(args) > place else named.get("url", "")
        said = getattr(said, "url", said)
        host = getattr(said, "host", None) or urlsplit(str(said)).hostname or ""
        host = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        return Seen(NET, "http", host) if host else None

    return Driver(names, asked)


def _target(args: tuple[Any, ...], _: Mapping[str, Any]) -> Seen | None:
    """Read a call of gRPC, which connects in C."""
    target = getattr(args[0], "_target", None) or args[0]._channel.target()  # noqa: SLF001
    text = target.decode() if isinstance(target, bytes) else str(target)
    return Seen(NET, "grpc", text.rpartition("/")[2].rpartition(":")[0] or text)


def _peer(args: tuple[Any, ...], _: Mapping[str, Any]) -> Seen | None:
    """Read a call of an SSH transport: the name that it was made with, or the other end."""
    return Seen(NET, "ssh", args[0].hostname or str(args[0].getpeername()[0]))


def _native_file(args: tuple[Any, ...], named: Mapping[str, Any]) -> Seen | None:
    """Read a call of a library that opens files itself."""
    said = next((one for one in (*args, *named.values()) if isinstance(one, str)), "")
    if "://" in said and not said.startswith("file:"):
        return Seen(NET, "http", urlsplit(said).hostname or "")
    return Seen(FILE, "open", absolute(said)) if said else None


_DUCKDB: Final = (
    "execute", "sql", "query", "executemany", "from_query", "read_csv", "read_json",
    "read_parquet", "from_csv_auto", "from_parquet",
)  # fmt: skip
_POLARS: Final = tuple(
    f"{verb}_{form}"
    for verb in ("read", "scan")
    for form in ("csv", "parquet", "ndjson", "json", "ipc", "delta")
)

DRIVERS: Final[Mapping[str, Driver]] = {
    "botocore.client": Driver(("BaseClient._make_api_call",), _call),
    "aiobotocore.client": Driver(("AioBaseClient._make_api_call",), _call),
    "httpcore._sync.connection_pool": _url(1, "ConnectionPool.handle_request"),
    "httpcore._async.connection_pool": _url(1, "AsyncConnectionPool.handle_async_request"),
    "aiohttp.client": _url(2, "ClientSession._request"),
    "curl_cffi.requests.session": _url(2, "Session.request", "AsyncSession.request"),
    "grpc._channel": Driver(
        tuple(
            f"_{kind}MultiCallable.{name}"
            for kind in ("UnaryUnary", "UnaryStream", "StreamUnary", "StreamStream")
            for name in ("__call__", "with_call", "future")
        ),
        _target,
    ),
    "psycopg.connection": _driver("psycopg", "Connection.connect"),
    "psycopg.connection_async": _driver("psycopg", "AsyncConnection.connect"),
    "psycopg.cursor": _driver("psycopg", "Cursor.execute", "Cursor.executemany", "Cursor.copy"),
    "psycopg.cursor_async": _driver("psycopg", "AsyncCursor.execute", "AsyncCursor.executemany"),
    "psycopg2": _driver("psycopg2", "connect"),
    "pg8000.core": _driver(
        "pg8000", "CoreConnection.__init__", "CoreConnection.execute_simple",
        "CoreConnection.execute_unnamed", "CoreConnection.execute_named",
    ),
    "asyncpg.connect_utils": _driver("asyncpg", "_connect"),
    "asyncpg.connection": _driver(
        "asyncpg", "Connection._execute", "Connection.execute", "Connection.executemany"
    ),
    "pymysql.connections": _driver("pymysql", "Connection.connect", "Connection._execute_command"),
    "aiomysql.connection": _driver("aiomysql", "Connection._connect", "Connection.query"),
    "MySQLdb.connections": _driver("MySQLdb", "Connection.__init__", "Connection.query"),
    "mysql.connector.connection": _driver(
        "mysql.connector", "MySQLConnection._open_connection", "MySQLConnection.cmd_query"
    ),
    "mysql.connector.connection_cext": _driver(
        "mysql.connector", "CMySQLConnection._open_connection", "CMySQLConnection.cmd_query"
    ),
    "oracledb.connection": _driver("oracledb", "Connection.__init__", "connect_async"),
    "oracledb.cursor": _driver(
        "oracledb",
        *(
            f"{kind}.{name}"
            for kind in ("Cursor", "AsyncCursor")
            for name in ("execute", "executemany", "callproc", "callfunc")
        ),
    ),
    "oracledb.pool": _driver("oracledb", "ConnectionPool.acquire", "AsyncConnectionPool.acquire"),
    "cx_Oracle": _driver("cx_Oracle", "connect", "SessionPool"),
    "pyodbc": _driver("pyodbc", "connect"),
    "pymssql": _driver("pymssql", "connect"),
    "pymongo.pool_shared": _driver("pymongo", "_create_connection", "_async_create_connection"),
    "pymongo.synchronous.pool": _driver("pymongo", "Connection.command"),
    "pymongo.asynchronous.pool": _driver("pymongo", "AsyncConnection.command"),
    "redis.client": _driver("redis", "Redis.execute_command", "Pipeline.execute"),
    "redis.asyncio.client": _driver("redis", "Redis.execute_command", "Pipeline.execute"),
    "cassandra.cluster": _driver("cassandra", "Session.execute_async"),
    "duckdb": _driver("duckdb", *_DUCKDB, *(f"DuckDBPyConnection.{name}" for name in _DUCKDB)),
    "dbm.gnu": Driver(("open",), _native_file),
    "dbm.ndbm": Driver(("open",), _native_file),
    "ldap3.strategy.base": _driver("ldap3", "BaseStrategy.open", "BaseStrategy.send"),
    "paramiko.transport": Driver(("Transport.open_channel",), _peer),
    "polars": Driver(_POLARS, _native_file),
    "pyarrow.parquet": Driver(("read_table", "ParquetFile.__init__"), _native_file),
    "pyarrow.csv": Driver(("read_csv", "open_csv"), _native_file),
    "pyarrow.dataset": Driver(("dataset",), _native_file),
}  # fmt: skip
"""What is observed, by module."""
