"""Ways to read data in Python past every source, and what a record should say of each.

A way makes ready what exists before the handler runs, and returns what the handler does. Where
no real server is there, the attempt is enough: it is what the record has to show.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import ftplib
import http.client
import imaplib
import mmap
import os
import poplib
import smtplib
import socket
import sqlite3
import subprocess
import threading
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

OUTSIDE: Final = "/etc/passwd"
HOST: Final = "localhost"

Ports = dict[str, int]
Act = Callable[[], Any]


class Way(NamedTuple):
    """One way: the library that it needs, and the kind and the name on record."""

    name: str
    library: str
    ready: Callable[[Ports, Path], Act]
    kind: str
    says: str


WAYS: list[Way] = []


def way(
    library: str, kind: str, says: str, also: tuple[str, ...] = ()
) -> Callable[[Callable[[Ports, Path], Act]], Callable[[Ports, Path], Act]]:
    """Add a way, named after its function. `also` are libraries that it needs besides."""

    def add(ready: Callable[[Ports, Path], Act]) -> Callable[[Ports, Path], Act]:
        needs = ",".join((library, *also))
        WAYS.append(Way(ready.__name__.replace("_", " "), needs, ready, kind, says))
        return ready

    return add


def url(ports: Ports) -> str:
    return f"http://{HOST}:{ports['http']}/patients/17"


def tried(act: Act) -> Act:
    """Let a client fail at a server that is none: it has asked."""
    from affidavit import UnauditedAccessError

    def trying() -> None:
        try:
            act()
        except UnauditedAccessError:
            raise
        except Exception:  # noqa: BLE001 - each library has its own
            pass

    return trying


# -- AWS ------------------------------------------------------------------------------

KEYS: Final = {
    "aws_access_key_id": "a",
    "aws_secret_access_key": "b",
    "region_name": "eu-west-1",
}


def _aws(service: str, ports: Ports) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,
        endpoint_url=f"http://{HOST}:{ports['http']}",
        config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
        **KEYS,
    )


@way("boto3", "aws", "dynamodb.GetItem")
def boto3_client(ports: Ports, _: Path) -> Act:
    return tried(
        lambda: _aws("dynamodb", ports).get_item(TableName="orders", Key={"id": {"S": "1"}})
    )


@way("boto3", "aws", "dynamodb.Query")
def boto3_client_made_before(ports: Ports, _: Path) -> Act:
    client = _aws("dynamodb", ports)
    return tried(lambda: client.query(TableName="orders", KeyConditionExpression="id = :id"))


@way("boto3", "aws", "dynamodb.Scan")
def boto3_resource(ports: Ports, _: Path) -> Act:
    import boto3

    table = boto3.resource("dynamodb", endpoint_url=f"http://{HOST}:{ports['http']}", **KEYS).Table(
        "orders"
    )
    return tried(table.scan)


@way("boto3", "aws", "s3.ListObjectsV2")
def boto3_paginator(ports: Ports, _: Path) -> Act:
    pages = _aws("s3", ports).get_paginator("list_objects_v2")
    return tried(lambda: list(pages.paginate(Bucket="scans")))


@way("boto3", "aws", "s3.HeadObject")
def s3_transfer_in_its_own_threads(ports: Ports, folder: Path) -> Act:
    client = _aws("s3", ports)
    return tried(lambda: client.download_file("scans", "a", str(folder / "a")))


@way("boto3", "aws", "secretsmanager.GetSecretValue")
def boto3_in_a_pool(ports: Ports, _: Path) -> Act:
    client = _aws("secretsmanager", ports)

    def act() -> None:
        with ThreadPoolExecutor(2) as pool:
            pool.submit(tried(lambda: client.get_secret_value(SecretId="db"))).result()

    return act


@way("boto3", "net", HOST, also=("requests",))
def presigned_url_with_requests(ports: Ports, _: Path) -> Act:
    import requests

    signed = _aws("s3", ports).generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    return lambda: requests.get(signed, timeout=5)


@way("aiobotocore", "aws", "dynamodb.GetItem")
def aiobotocore_client(ports: Ports, _: Path) -> Act:
    async def main() -> None:
        from aiobotocore.session import get_session

        place = f"http://{HOST}:{ports['http']}"
        async with get_session().create_client("dynamodb", endpoint_url=place, **KEYS) as client:
            await client.get_item(TableName="orders", Key={"id": {"S": "1"}})

    return tried(lambda: asyncio.run(main()))


# -- HTTP -----------------------------------------------------------------------------


@way("", "net", HOST)
def urllib_urlopen(ports: Ports, _: Path) -> Act:
    return lambda: urllib.request.urlopen(url(ports)).read()  # noqa: S310 - ours


@way("", "net", HOST)
def http_client(ports: Ports, _: Path) -> Act:
    def act() -> None:
        client = http.client.HTTPConnection(HOST, ports["http"])
        client.request("GET", "/")
        client.getresponse().read()
        client.close()

    return act


@way("", "net", HOST)
def http_client_kept(ports: Ports, _: Path) -> Act:
    client = http.client.HTTPConnection(HOST, ports["http"])
    client.request("GET", "/")
    client.getresponse().read()

    def act() -> None:
        client.request("GET", "/")
        client.getresponse().read()

    return act


@way("requests", "net", HOST)
def requests_get(ports: Ports, _: Path) -> Act:
    import requests

    return lambda: requests.get(url(ports), timeout=5)


@way("requests", "net", HOST)
def requests_session_kept(ports: Ports, _: Path) -> Act:
    import requests

    session = requests.Session()
    session.get(url(ports), timeout=5)
    return lambda: session.get(url(ports), timeout=5)


@way("urllib3", "net", HOST)
def urllib3_pool_kept(ports: Ports, _: Path) -> Act:
    import urllib3

    pool = urllib3.PoolManager()
    pool.request("GET", url(ports))
    return lambda: pool.request("GET", url(ports))


@way("httpx", "net", HOST)
def httpx_get(ports: Ports, _: Path) -> Act:
    import httpx

    return lambda: httpx.get(url(ports))


@way("httpx", "net", HOST)
def httpx_client_kept(ports: Ports, _: Path) -> Act:
    import httpx

    client = httpx.Client()
    client.get(url(ports))
    return lambda: client.get(url(ports))


@way("httpx", "net", HOST)
def httpx_async(ports: Ports, _: Path) -> Act:
    async def main() -> None:
        import httpx

        async with httpx.AsyncClient() as client:
            await client.get(url(ports))

    return lambda: asyncio.run(main())


@way("aiohttp", "net", HOST)
def aiohttp_session(ports: Ports, _: Path) -> Act:
    async def main() -> None:
        import aiohttp

        async with aiohttp.ClientSession() as session, session.get(url(ports)) as answer:
            await answer.read()

    return lambda: asyncio.run(main())


@way("curl_cffi", "net", HOST)
def curl_cffi_get(ports: Ports, _: Path) -> Act:
    from curl_cffi import requests

    return lambda: requests.get(url(ports))


@way("tornado", "net", HOST)
def tornado_client(ports: Ports, _: Path) -> Act:
    async def main() -> None:
        from tornado.httpclient import AsyncHTTPClient

        await AsyncHTTPClient().fetch(url(ports))

    return lambda: asyncio.run(main())


@way("fsspec", "net", HOST, also=("aiohttp",))
def fsspec_http(ports: Ports, _: Path) -> Act:
    import fsspec

    return lambda: fsspec.open(url(ports)).open().read()


@way("minio", "net", HOST)
def minio_client(ports: Ports, _: Path) -> Act:
    from minio import Minio

    client = Minio(endpoint=f"{HOST}:{ports['http']}", access_key="a", secret_key="b", secure=False)  # noqa: S106
    return tried(lambda: client.get_object(bucket_name="scans", object_name="a").read())


@way("elasticsearch", "net", HOST)
def elasticsearch_search(ports: Ports, _: Path) -> Act:
    from elasticsearch import Elasticsearch

    client = Elasticsearch(f"http://{HOST}:{ports['http']}")
    return tried(lambda: client.search(index="patients"))


@way("grpc", "net", HOST)
def grpc_call(ports: Ports, _: Path) -> Act:
    import grpc

    channel = grpc.insecure_channel(f"{HOST}:{ports['deaf']}")
    return tried(lambda: channel.unary_unary("/lab/Find")(b"", timeout=0.2))


@way("websockets", "net", HOST)
def websockets_connect(ports: Ports, _: Path) -> Act:
    from websockets.sync.client import connect

    return tried(lambda: connect(f"ws://{HOST}:{ports['deaf']}", open_timeout=1))


@way("pandas", "net", HOST)
def pandas_read_json_of_a_url(ports: Ports, _: Path) -> Act:
    import pandas as pd

    return tried(lambda: pd.read_json(url(ports)))


# -- databases ------------------------------------------------------------------------


@way("", "db", "sqlite3")
def sqlite3_connect(_: Ports, folder: Path) -> Act:
    def act() -> None:
        connection = sqlite3.connect(folder / "a.db")
        connection.execute("select 1").fetchall()
        connection.close()

    return act


@way("", "db", "sqlite3")
def sqlite3_made_before(_: Ports, folder: Path) -> Act:
    connection = sqlite3.connect(folder / "a.db")
    return lambda: connection.execute("select 1").fetchall()


@way("sqlalchemy", "db", "sqlite3")
def sqlalchemy_engine_kept(_: Ports, folder: Path) -> Act:
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{folder}/a.db")

    def act() -> None:
        with engine.connect() as connection:
            connection.execute(sa.text("select 1"))

    act()
    return act


@way("aiosqlite", "db", "sqlite3")
def aiosqlite_connect(_: Ports, folder: Path) -> Act:
    async def main() -> None:
        import aiosqlite

        async with aiosqlite.connect(folder / "a.db") as connection:
            await connection.execute("select 1")

    return lambda: asyncio.run(main())


@way("psycopg", "db", "psycopg")
def psycopg_connect(ports: Ports, _: Path) -> Act:
    import psycopg

    return tried(lambda: psycopg.connect(host=HOST, port=ports["deaf"], connect_timeout=2))


@way("psycopg", "db", "psycopg")
def psycopg_async(ports: Ports, _: Path) -> Act:
    async def main() -> None:
        import psycopg

        place = f"host={HOST} port={ports['deaf']}"
        await psycopg.AsyncConnection.connect(place, connect_timeout=2)

    return tried(lambda: asyncio.run(main()))


@way("psycopg2", "db", "psycopg2")
def psycopg2_connect(ports: Ports, _: Path) -> Act:
    import psycopg2

    return tried(lambda: psycopg2.connect(host=HOST, port=ports["deaf"]))


@way("sqlalchemy", "db", "psycopg2", also=("psycopg2",))
def sqlalchemy_over_psycopg2(ports: Ports, _: Path) -> Act:
    import sqlalchemy as sa

    engine = sa.create_engine(f"postgresql+psycopg2://u@{HOST}:{ports['deaf']}/x")
    return tried(engine.connect)


@way("pg8000", "db", "pg8000")
def pg8000_connect(ports: Ports, _: Path) -> Act:
    import pg8000

    return tried(lambda: pg8000.connect("u", host=HOST, port=ports["deaf"]))


@way("asyncpg", "db", "asyncpg")
def asyncpg_connect(ports: Ports, _: Path) -> Act:
    async def main() -> None:
        import asyncpg

        await asyncpg.connect(host=HOST, port=ports["deaf"], user="u", timeout=2)

    return tried(lambda: asyncio.run(main()))


@way("pymysql", "db", "pymysql")
def pymysql_connect(ports: Ports, _: Path) -> Act:
    import pymysql

    return tried(lambda: pymysql.connect(host=HOST, port=ports["deaf"], user="u"))


@way("aiomysql", "db", "aiomysql")
def aiomysql_connect(ports: Ports, _: Path) -> Act:
    async def main() -> None:
        import aiomysql

        await aiomysql.connect(host=HOST, port=ports["deaf"], user="u")

    return tried(lambda: asyncio.run(main()))


@way("mysql.connector", "db", "mysql.connector")
def mysql_connector_in_python(ports: Ports, _: Path) -> Act:
    import mysql.connector

    return tried(
        lambda: mysql.connector.connect(host=HOST, port=ports["deaf"], user="u", use_pure=True)
    )


@way("oracledb", "db", "oracledb")
def oracledb_thin(ports: Ports, _: Path) -> Act:
    import oracledb

    return tried(
        lambda: oracledb.connect(user="u", password="p", dsn=f"{HOST}:{ports['deaf']}/x")  # noqa: S106
    )


@way("oracledb", "db", "oracledb")
def oracledb_async(ports: Ports, _: Path) -> Act:
    async def main() -> None:
        import oracledb

        await oracledb.connect_async(user="u", password="p", dsn=f"{HOST}:{ports['deaf']}/x")  # noqa: S106

    return tried(lambda: asyncio.run(main()))


@way("pymssql", "db", "pymssql")
def pymssql_connect(ports: Ports, _: Path) -> Act:
    import pymssql

    return tried(lambda: pymssql.connect(HOST, "u", "p", port=str(ports["deaf"]), login_timeout=1))


@way("redis", "db", "redis")
def redis_kept(ports: Ports, _: Path) -> Act:
    import redis

    client = redis.Redis(HOST, ports["lines"], protocol=2, socket_timeout=2)
    tried(lambda: client.execute_command("PING"))()
    return tried(lambda: client.get("patient:17"))


@way("redis", "db", "redis")
def redis_async(ports: Ports, _: Path) -> Act:
    async def main() -> None:
        from redis.asyncio import Redis

        await Redis(host=HOST, port=ports["deaf"], socket_timeout=2).get("patient:17")

    return tried(lambda: asyncio.run(main()))


@way("pymongo", "db", "pymongo")
def pymongo_find(ports: Ports, _: Path) -> Act:
    import pymongo

    def act() -> None:
        client: Any = pymongo.MongoClient(HOST, ports["deaf"], serverSelectionTimeoutMS=400)
        try:
            client.db.patients.find_one()
        finally:
            client.close()

    return tried(act)


@way("kafka", "net", HOST)
def kafka_consumer(ports: Ports, _: Path) -> Act:
    import kafka

    return tried(
        lambda: kafka.KafkaConsumer(
            bootstrap_servers=f"{HOST}:{ports['deaf']}", bootstrap_timeout_ms=300
        )
    )


@way("pika", "net", HOST)
def pika_queue(ports: Ports, _: Path) -> Act:
    import pika

    place = pika.ConnectionParameters(HOST, ports["deaf"], connection_attempts=1)
    return tried(lambda: pika.BlockingConnection(place))


@way("ldap3", "db", "ldap3")
def ldap3_bind(ports: Ports, _: Path) -> Act:
    import ldap3

    return tried(
        lambda: ldap3.Connection(ldap3.Server(HOST, ports["deaf"], connect_timeout=2)).bind()
    )


@way("duckdb", "db", "duckdb")
def duckdb_sql_of_a_file(_: Ports, folder: Path) -> Act:
    import duckdb

    (folder / "a.csv").write_text("id\n1\n")
    return lambda: duckdb.sql(f"select * from '{folder}/a.csv'").fetchall()  # noqa: S608


@way("duckdb", "db", "duckdb")
def duckdb_connection_kept(_: Ports, folder: Path) -> Act:
    import duckdb

    kept = duckdb.connect(str(folder / "a.duckdb"))
    return lambda: kept.execute("select 1").fetchall()


# -- files, programs, other protocols ---------------------------------------------------


@way("", "file", "open")
def open_a_file(_: Ports, __: Path) -> Act:
    return lambda: Path(OUTSIDE).read_bytes()


@way("", "file", "open")
def os_open(_: Ports, __: Path) -> Act:
    def act() -> None:
        descriptor = os.open(OUTSIDE, os.O_RDONLY)
        os.read(descriptor, 10)
        os.close(descriptor)

    return act


@way("", "file", "open")
def open_in_a_thread(_: Ports, __: Path) -> Act:
    def act() -> None:
        caught: list[Exception] = []

        def work() -> None:
            try:
                Path(OUTSIDE).read_bytes()
            except Exception as error:  # noqa: BLE001 - handed over
                caught.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        for error in caught:
            raise error

    return act


@way("", "file", "open")
def open_in_a_pool_of_asyncio(_: Ports, __: Path) -> Act:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, Path(OUTSIDE).read_bytes)

    return lambda: asyncio.run(main())


@way("", "file", "list")
def list_a_folder(_: Ports, __: Path) -> Act:
    return lambda: list(os.scandir("/etc"))


@way("", "file", "mmap")
def map_a_file_that_was_open(_: Ports, __: Path) -> Act:
    file = Path(OUTSIDE).open("rb")  # noqa: SIM115 - it stays open
    return lambda: mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ).read(5)


@way("pandas", "file", "open")
def pandas_read_csv(_: Ports, __: Path) -> Act:
    import pandas as pd

    return lambda: pd.read_csv(OUTSIDE, sep=":", header=None)


@way("pyarrow", "file", "open")
def pyarrow_read_csv(_: Ports, __: Path) -> Act:
    import pyarrow.csv

    return tried(lambda: pyarrow.csv.read_csv(OUTSIDE))


@way("polars", "file", "open")
def polars_read_csv(_: Ports, __: Path) -> Act:
    import polars as pl

    return tried(lambda: pl.read_csv(OUTSIDE, separator=":"))


@way("fsspec", "file", "open")
def fsspec_local_file(_: Ports, __: Path) -> Act:
    import fsspec

    return lambda: fsspec.open(OUTSIDE).open().read()


@way("", "process", "subprocess")
def subprocess_run(_: Ports, __: Path) -> Act:
    return lambda: subprocess.run(["cat", OUTSIDE], check=True, capture_output=True)  # noqa: S607


@way("", "process", "subprocess")
def os_popen(_: Ports, __: Path) -> Act:
    return lambda: os.popen(f"cat {OUTSIDE}").close()  # noqa: S605


@way("", "process", "os.system")
def os_system(_: Ports, __: Path) -> Act:
    return lambda: os.system("true")  # noqa: S605, S607


@way("", "process", "subprocess")
def asyncio_subprocess(_: Ports, __: Path) -> Act:
    async def main() -> None:
        child = await asyncio.create_subprocess_exec("true")
        await child.wait()

    return lambda: asyncio.run(main())


@way("", "process", "os.posix_spawn")
def posix_spawn(_: Ports, __: Path) -> Act:
    def act() -> None:
        os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)

    return act


@way("", "process", "os.fork")
def fork_and_read_in_the_child(_: Ports, __: Path) -> Act:
    def act() -> None:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)

    return act


@way("", "native", "ctypes.open")
def ctypes_open(_: Ports, __: Path) -> Act:
    return lambda: os.close(ctypes.CDLL(None).open(OUTSIDE.encode(), 0))


@way("", "net", HOST)
def socket_create_connection(ports: Ports, _: Path) -> Act:
    return lambda: socket.create_connection((HOST, ports["deaf"])).close()


@way("", "net", "127.0.0.1")
def socket_to_an_address(ports: Ports, _: Path) -> Act:
    return lambda: socket.create_connection(("127.0.0.1", ports["deaf"])).close()


@way("", "net", "127.0.0.1")
def datagram(_: Ports, __: Path) -> Act:
    def act() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
            sending.sendto(b"?", ("127.0.0.1", 9))

    return act


@way("", "net", HOST)
def asyncio_streams(ports: Ports, _: Path) -> Act:
    async def main() -> None:
        _, writer = await asyncio.open_connection(HOST, ports["deaf"])
        writer.close()

    return lambda: asyncio.run(main())


@way("", "net", HOST)
def ftp(ports: Ports, _: Path) -> Act:
    def act() -> None:
        client = ftplib.FTP()  # noqa: S321 - what is looked at
        client.connect(HOST, ports["ftp"], timeout=5)
        client.close()

    return act


@way("", "net", HOST)
def ftp_kept(ports: Ports, _: Path) -> Act:
    client = ftplib.FTP()  # noqa: S321 - what is looked at
    client.connect(HOST, ports["ftp"], timeout=5)
    return lambda: client.sendcmd("NOOP")


@way("", "net", HOST)
def smtp(ports: Ports, _: Path) -> Act:
    return lambda: smtplib.SMTP(HOST, ports["smtp"], timeout=5).close()


@way("", "net", HOST)
def smtp_kept(ports: Ports, _: Path) -> Act:
    client = smtplib.SMTP(HOST, ports["smtp"], timeout=5)
    return client.noop


@way("", "net", HOST)
def pop3(ports: Ports, _: Path) -> Act:
    return lambda: poplib.POP3(HOST, ports["pop"], timeout=5).close()


@way("", "net", HOST)
def imap4(ports: Ports, _: Path) -> Act:
    return tried(lambda: imaplib.IMAP4(HOST, ports["imap"], timeout=2))


@way("paramiko", "net", HOST)
def ssh(ports: Ports, _: Path) -> Act:
    import paramiko

    client = paramiko.SSHClient()
    return tried(lambda: client.connect(HOST, ports["deaf"], timeout=2, banner_timeout=2))


@way("dns", "net", "127.0.0.1")
def dns_query(_: Ports, __: Path) -> Act:
    import dns.message
    import dns.query

    asked = dns.message.make_query("patient-17.example.com", "A")
    return tried(lambda: dns.query.udp(asked, "127.0.0.1", timeout=0.1, port=9))


@way("", "net", "127.0.0.1")
def remote_log_handler(ports: Ports, _: Path) -> Act:
    import logging.handlers

    handler = logging.handlers.SocketHandler("127.0.0.1", ports["deaf"])
    handler.handleError = lambda _: None  # it would print what a refusal raises

    def act() -> None:
        handler.emit(logging.LogRecord("x", 20, "f", 1, "m", (), None))
        handler.close()

    return act


# -- what is not seen -------------------------------------------------------------------

MISSES: list[Way] = []


def miss(library: str = "") -> Callable[[Callable[[Ports, Path], Act]], None]:
    """Add a way that leaves nothing on record, or not what it should."""

    def add(ready: Callable[[Ports, Path], Act]) -> None:
        MISSES.append(Way(ready.__name__.replace("_", " "), library, ready, "", ""))

    return add


@miss()
def reading_a_file_that_was_open_already(_: Ports, __: Path) -> Act:
    file = Path(OUTSIDE).open("rb")  # noqa: SIM115 - it stays open
    return lambda: file.read(5)


@miss()
def using_a_plain_socket_that_was_connected_already(ports: Ports, _: Path) -> Act:
    kept = socket.create_connection((HOST, ports["lines"]))

    def act() -> None:
        kept.sendall(b"?\r\n")
        kept.recv(10)

    return act


@miss()
def a_function_of_the_c_library_that_was_bound_already(_: Ports, __: Path) -> Act:
    bound = ctypes.CDLL(None).open
    return lambda: os.close(bound(OUTSIDE.encode(), 0))


@miss()
def files_in_the_temporary_folder(_: Ports, folder: Path) -> Act:
    (folder / "kept").write_text("x")
    return (folder / "kept").read_text


@miss("pycurl")
def pycurl_which_connects_in_c(ports: Ports, _: Path) -> Act:
    import pycurl

    def act() -> None:
        curl = pycurl.Curl()
        curl.setopt(pycurl.URL, url(ports))
        curl.setopt(pycurl.WRITEFUNCTION, lambda _: None)
        curl.perform()

    return act


@miss("lmdb")
def lmdb_which_opens_files_in_c(_: Ports, folder: Path) -> Act:
    import lmdb

    return lambda: lmdb.open(str(folder / "lmdb")).close()


@miss("h5py")
def h5py_which_opens_files_in_c(_: Ports, __: Path) -> Act:
    import h5py

    def act() -> None:
        with contextlib.suppress(OSError):
            h5py.File(OUTSIDE)

    return act
