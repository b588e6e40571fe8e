"""Read the URL that names a database: where it is, whose secret opens it, what may be fetched."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import SplitResult, unquote

from affidavit.plugin import UrlParameters

PORT: Final = 1521
TLS_PORT: Final = 2484
"""The ports that Oracle's listener has by default, without and with TLS."""

_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252})")
_SERVICE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.$#-]{0,127}")
_SECRET: Final = re.compile(r"[A-Za-z0-9/_+=.@:!-]{1,2048}")
_DN: Final = re.compile(r"[A-Za-z0-9 =,.*_/@+-]{1,512}")

_NUMBERS: Final = {
    "pool_max": (2, 1, 16),
    "ping_s": (5, 0, 3_600),
    "connect_s": (5, 1, 60),
    "statements": (20, 0, 1_000),
    "array": (100, 1, 10_000),
    "lob_bytes": (1_048_576, 0, 67_108_864),
}
"""Numbers that a URL may say: default, least, most. docs/oracle.md has what they mean."""

_WORDS: Final = ("secret", "secret_file", "region", "tls", "wallet", "server_dn")
_FIX: Final = "Write oracle://host:1521/service?secret=name; see docs/oracle.md"


class OracleLocation(NamedTuple):
    """What an `oracle:` URL says.

    Either `host`, `port` and `service`, or `alias`: a name in the tnsnames.ora
    of the `wallet` folder. `secret` is a name or ARN in Secrets Manager,
    `secret_file` a file of the same form. The numbers: connections, seconds
    without use before one is tried, seconds to connect, statements that are
    kept parsed, rows per round trip, bytes of a LOB.
    """

    host: str
    port: int
    service: str
    alias: str
    tls: bool
    wallet: str
    server_dn: str
    secret: str
    secret_file: str
    region: str
    pool_max: int
    ping_s: int
    connect_s: int
    statements: int
    array: int
    lob_bytes: int


def locate(url: SplitResult) -> OracleLocation:
    """Read `oracle://host:1521/service?secret=…`, or `oracle:///alias?wallet=folder&secret=…`.

    Raises:
        SettingsError: A part is missing, unknown, or not of the right form. The
            message repeats nothing of the URL but names of parameters.

    """
    said = UrlParameters(url, (*_WORDS, *_NUMBERS), what="an oracle: URL", fix=_FIX)
    tls = said.text("tls", usual="no")
    said.need(tls in {"yes", "no"}, "tls is neither yes nor no")
    said.need("@" not in url.netloc, "it holds a user or a password; those belong into the secret")
    host, port = _address(url, said, TLS_PORT if tls == "yes" else PORT)
    service = unquote(url.path[1:])
    said.need(bool(_SERVICE.fullmatch(service)), "no service follows the host")
    said.need(bool(host) or "wallet" in said, "it names no host, and no wallet with a tnsnames.ora")
    said.need(
        ("secret" in said) != ("secret_file" in said),
        "it names neither or both of secret and secret_file",
    )
    numbers = said.numbers(_NUMBERS)
    return OracleLocation(
        host=host,
        port=port,
        service=service if host else "",
        alias="" if host else service,
        tls=tls == "yes",
        wallet=said.text("wallet"),
        server_dn=said.text("server_dn", _DN),
        secret=said.text("secret", _SECRET),
        secret_file=said.text("secret_file"),
        region=said.region(),
        **numbers,
    )


def _address(url: SplitResult, said: UrlParameters, otherwise: int) -> tuple[str, int]:
    try:
        host, port = url.hostname or "", url.port
    except ValueError:
        host, port = "", None
        said.need(holds=False, why="its port is not a number")
    said.need(not host or bool(_HOST.fullmatch(host)), "its host is not a name or an address")
    return host, port or otherwise
