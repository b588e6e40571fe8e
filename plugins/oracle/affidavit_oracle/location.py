"""Read the URL that names a database: where it is, whose secret opens it, what may be fetched."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote

from affidavit import SettingsError

PORT: Final = 1521
TLS_PORT: Final = 2484
"""The ports that Oracle's listener has by default, without and with TLS."""

_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252})")
_SERVICE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.$#-]{0,127}")
_SECRET: Final = re.compile(r"[A-Za-z0-9/_+=.@:!-]{1,2048}")
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
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

_WORDS: Final = frozenset({"secret", "secret_file", "region", "tls", "wallet", "server_dn"})


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
    said = _parameters(url)
    tls = said.get("tls", "no")
    _need(tls in {"yes", "no"}, "tls is neither yes nor no")
    _need("@" not in url.netloc, "it holds a user or a password; those belong into the secret")
    host, port = _address(url, TLS_PORT if tls == "yes" else PORT)
    service = unquote(url.path[1:])
    _need(bool(_SERVICE.fullmatch(service)), "no service follows the host")
    _need(bool(host or said.get("wallet")), "it names no host, and no wallet with a tnsnames.ora")
    _need(
        ("secret" in said) != ("secret_file" in said),
        "it names neither or both of secret and secret_file",
    )
    _fits(said, "secret", _SECRET)
    _fits(said, "region", _REGION)
    _fits(said, "server_dn", _DN)
    numbers = {name: _number(said, name) for name in _NUMBERS}
    return OracleLocation(
        host=host,
        port=port,
        service=service if host else "",
        alias="" if host else service,
        tls=tls == "yes",
        wallet=said.get("wallet", ""),
        server_dn=said.get("server_dn", ""),
        secret=said.get("secret", ""),
        secret_file=said.get("secret_file", ""),
        region=said.get("region", ""),
        **numbers,
    )


def _address(url: SplitResult, otherwise: int) -> tuple[str, int]:
    try:
        host, port = url.hostname or "", url.port
    except ValueError:
        host, port = "", None
        _need(holds=False, why="its port is not a number")
    _need(not host or bool(_HOST.fullmatch(host)), "its host is not a name or an address")
    return host, port or otherwise


def _parameters(url: SplitResult) -> dict[str, str]:
    pairs = parse_qsl(url.query, keep_blank_values=True)
    said = dict(pairs)
    unknown = len(said.keys() - _WORDS - _NUMBERS.keys())
    known = ", ".join(sorted(_WORDS | _NUMBERS.keys()))
    _need(not unknown, f"{unknown} of its parameters are not known; known are {known}")
    _need(len(said) == len(pairs), "a parameter is said twice")
    _need(all(said.values()), "a parameter is empty")
    _need(not url.fragment, "something follows a #")
    return said


def _number(said: dict[str, str], name: str) -> int:
    usual, least, most = _NUMBERS[name]
    text = said.get(name, str(usual))
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else -1
    _need(least <= number <= most, f"{name} is not a whole number from {least} to {most}")
    return number


def _fits(said: dict[str, str], name: str, form: re.Pattern[str]) -> None:
    _need(name not in said or bool(form.fullmatch(said[name])), f"{name} has not the right form")


def _need(holds: bool, why: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise SettingsError(
            "an oracle: URL cannot be used",
            why=why,
            fix="Write oracle://host:1521/service?secret=name; see docs/oracle.md",
        )
