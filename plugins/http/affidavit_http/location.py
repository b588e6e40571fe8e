"""Read the URL that names a service: which host, whose secret, how much an answer may hold."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl

from affidavit import SettingsError

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.:-]{0,252})")
_BASE: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*")
_SECRET: Final = re.compile(r"[A-Za-z0-9/_+=.@:!-]{1,2048}")
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_HEADERS: Final = re.compile(r"[a-z][a-z0-9-]*(?:,[a-z][a-z0-9-]*)*")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_REQUEST_IDS: Final = "x-request-id,x-amzn-requestid,x-amz-request-id,x-correlation-id"
_NUMBERS: Final = {"limit": (1_048_576, 1, 67_108_864), "connect_s": (5, 1, 60)}
"""Numbers that a URL may say: default, least, most."""

_WORDS: Final = frozenset({"ca_file", "redirects", "region", "request_id", "secret", "secret_file"})


class HttpLocation(NamedTuple):
    """What an `https:` URL of a source says.

    `secret` is a name or ARN in Secrets Manager, `secret_file` a file of the same form; `limit`
    the bytes of one answer; `redirects` the hosts that an answer may lead to, besides `host`;
    `request_id` the headers in which the service says under which id it has logged a request.
    """

    secure: bool
    host: str
    port: int
    base: str
    secret: str
    secret_file: str
    region: str
    ca_file: str
    limit: int
    connect_s: int
    redirects: frozenset[str]
    request_id: tuple[str, ...]


def locate(url: SplitResult) -> HttpLocation:
    """Read `https://host/base?secret=name`, or `http://localhost:8080` for a laptop.

    Raises:
        SettingsError: A part is missing, unknown, or not of the right form. The message repeats
            nothing of the URL but names of parameters.

    """
    said = _parameters(url)
    secure = url.scheme == "https"
    host, port = _address(url, 443 if secure else 80)
    _need(secure or host in _LOOPBACK, "without TLS only this machine itself may be asked")
    base = url.path.rstrip("/")
    dots = {".", ".."} & set(base.split("/"))
    _need(bool(_BASE.fullmatch(base)) and not dots, "its path is not plain segments")
    _need(not {"secret", "secret_file"} <= said.keys(), "it names both secret and secret_file")
    redirects = frozenset(said["redirects"].split(",")) if "redirects" in said else frozenset()
    _need(all(map(_HOST.fullmatch, redirects)), "redirects= is not a list of hosts")
    for name, form in (("secret", _SECRET), ("region", _REGION), ("request_id", _HEADERS)):
        _need(name not in said or bool(form.fullmatch(said[name])), f"{name}= has a wrong form")
    return HttpLocation(
        secure=secure,
        host=host,
        port=port,
        base=base,
        secret=said.get("secret", ""),
        secret_file=said.get("secret_file", ""),
        region=said.get("region", ""),
        ca_file=said.get("ca_file", ""),
        redirects=redirects,
        request_id=tuple(said.get("request_id", _REQUEST_IDS).split(",")),
        limit=_number(said, "limit"),
        connect_s=_number(said, "connect_s"),
    )


def _address(url: SplitResult, otherwise: int) -> tuple[str, int]:
    try:
        host, port = url.hostname or "", url.port
    except ValueError:
        host, port = "", None
    _need(bool(_HOST.fullmatch(host)), "no host follows its slashes, or its port is no number")
    _need("@" not in url.netloc, "it holds a user or a password; those belong into the secret")
    return host, port or otherwise


def _parameters(url: SplitResult) -> dict[str, str]:
    pairs = parse_qsl(url.query, keep_blank_values=True)
    said = dict(pairs)
    known = sorted(_WORDS | _NUMBERS.keys())
    _need(said.keys() <= set(known), f"a parameter is not known; known are {', '.join(known)}")
    _need(len(said) == len(pairs) and all(said.values()), "a parameter is empty or said twice")
    _need(not url.fragment, "something follows a #")
    return said


def _number(said: dict[str, str], name: str) -> int:
    usual, least, most = _NUMBERS[name]
    text = said.get(name, str(usual))
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else -1
    _need(least <= number <= most, f"{name} is not a whole number from {least} to {most}")
    return number


def _need(holds: bool, why: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise SettingsError(
            "the URL of an HTTP source cannot be used",
            why=why,
            fix="Write https://host/base?secret=name; see docs/named-requests.md",
        )
