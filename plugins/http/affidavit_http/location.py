"""Read the URL that names a service: which host, whose secret, how much an answer may hold."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import SplitResult

from affidavit.plugin import UrlParameters

_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.:-]{0,252})")
_HOSTS: Final = re.compile(rf"{_HOST.pattern}(?:,{_HOST.pattern})*")
_BASE: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*")
_SECRET: Final = re.compile(r"[A-Za-z0-9/_+=.@:!-]{1,2048}")
_HEADERS: Final = re.compile(r"[a-z][a-z0-9-]*(?:,[a-z][a-z0-9-]*)*")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_REQUEST_IDS: Final = "x-request-id,x-amzn-requestid,x-amz-request-id,x-correlation-id"
_NUMBERS: Final = {"limit": (1_048_576, 1, 67_108_864), "connect_s": (5, 1, 60)}
"""Numbers that a URL may say: default, least, most."""

_WORDS: Final = ("ca_file", "redirects", "region", "request_id", "secret", "secret_file")
_WHAT: Final = "the URL of an HTTP source"
_FIX: Final = "Write https://host/base?secret=name; see docs/named-requests.md"


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
    said = UrlParameters(url, (*_WORDS, *_NUMBERS), what=_WHAT, fix=_FIX)
    secure = url.scheme == "https"
    host, port = _address(url, said, 443 if secure else 80)
    said.need(secure or host in _LOOPBACK, "without TLS only this machine itself may be asked")
    base = url.path.rstrip("/")
    dots = {".", ".."} & set(base.split("/"))
    said.need(bool(_BASE.fullmatch(base)) and not dots, "its path is not plain segments")
    said.need(
        "secret" not in said or "secret_file" not in said, "it names both secret and secret_file"
    )
    redirects = frozenset(filter(None, said.text("redirects", _HOSTS).split(",")))
    numbers = said.numbers(_NUMBERS)
    return HttpLocation(
        secure=secure,
        host=host,
        port=port,
        base=base,
        secret=said.text("secret", _SECRET),
        secret_file=said.text("secret_file"),
        region=said.region(),
        ca_file=said.text("ca_file"),
        redirects=redirects,
        request_id=tuple(said.text("request_id", _HEADERS, usual=_REQUEST_IDS).split(",")),
        **numbers,
    )


def _address(url: SplitResult, said: UrlParameters, otherwise: int) -> tuple[str, int]:
    try:
        host, port = url.hostname or "", url.port
    except ValueError:
        host, port = "", None
    said.need(bool(_HOST.fullmatch(host)), "no host follows its slashes, or its port is no number")
    said.need("@" not in url.netloc, "it holds a user or a password; those belong into the secret")
    return host, port or otherwise
