"""Which hosts a test may call: listed ones only, at addresses that were checked and are kept.

In a function the interesting targets are near: the runtime's own API, the
secrets extension, credentials endpoints, and in a VPC everything private.
`ipaddress.is_global` alone is not enough: it takes IPv4 addresses inside IPv6
ones (NAT64, 6to4, Teredo) for public.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from affidavit_harness.errors import RefusedActionError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

PORTS: Final = {"http": 80, "https": 443}
_LONGEST: Final = 2048

_REFUSED: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            # IANA's special-purpose registries, and what is_global lets through.
            "0.0.0.0/8",
            "100.64.0.0/10",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)


class HttpTarget(NamedTuple):
    """A URL that may be called, and the one address that it is called at."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


def resolve(host: str, port: int) -> list[str]:
    """Return every address of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def check_url(
    url: str, hosts: Sequence[str], look_up: Resolve, *, loopback: bool = False
) -> HttpTarget:
    """Return where `url` leads, if a test may go there.

    `hosts` are names, or `name:port` for a port that is not the usual one. With
    `loopback`, which is `local_targets` of the environment, a loopback address
    that is listed with its port may be called.

    Raises:
        RefusedActionError: It may not. The text does not repeat the URL.

    """
    scheme, host, port, path = _parts(url)
    usual = port == PORTS[scheme]
    listed = {one.lower() for one in hosts}
    if f"{host}:{port}" not in listed and not (usual and host in listed):
        raise _refused("the host is not listed", "Add it to hosts in harness.yaml, with its port")
    try:
        addresses = look_up(host, port)
    except OSError:
        raise _refused("the host has no address", "Check its name") from None
    if not addresses:
        raise _refused("the host has no address", "Check its name")
    near = loopback and f"{host}:{port}" in listed
    for address in addresses:
        if not _is_public(address) and not (near and _is_loopback(address)):
            raise _refused("the host leads to an address that is not public", "Nothing allows it")
    return HttpTarget(scheme, host, port, path, addresses[0])


def _parts(url: str) -> tuple[str, str, int, str]:
    """Take a URL apart, and refuse what two readers could read differently."""
    if len(url) > _LONGEST or any(ord(char) <= 32 or ord(char) == 127 for char in url):  # noqa: PLR2004 - control characters
        raise _refused("the URL has blanks or control characters", "Encode them")
    if "#" in url:
        raise _refused("the URL holds a #, behind which nothing is sent", "Write %23, or drop it")
    if "\\" in url or not url.isascii():
        raise _refused("the URL has characters that readers disagree on", "Encode them")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("the URL cannot be read", "Correct it") from None
    if parts.scheme not in PORTS:
        raise _refused("the URL is neither http nor https", "Use https")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _refused("the URL holds credentials", "Use an Authorization header and a secret")
    host = (parts.hostname or "").lower()
    if not host or host.endswith(".") or "%" in host:
        raise _refused("the URL has no plain host", "Write the host's name")
    if ":" in host:
        raise _refused("the URL names an IPv6 address", "Write the host's name")
    if _looks_numeric(host) and not _is_plain_ipv4(host):
        raise _refused("the URL writes an address in an odd form", "Write the host's name")
    path = parts.path or "/"
    return (
        parts.scheme,
        host,
        PORTS[parts.scheme] if port is None else port,
        f"{path}?{parts.query}" if parts.query else path,
    )


def _looks_numeric(host: str) -> bool:
    """Tell whether inet_aton might take it for an address: 0x7f.1, 017700000001, 2130706433."""
    last = host.rsplit(".", 1)[-1]
    return last.isdigit() or last.startswith("0x")


def _is_plain_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _is_public(text: str) -> bool:
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    refused = any(address in network for network in _REFUSED if network.version == address.version)
    return address.is_global and not address.is_multicast and not refused


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def _refused(why: str, fix: str) -> RefusedActionError:
    return RefusedActionError("Harness.Host", "the URL is refused", why=why, fix=fix)
