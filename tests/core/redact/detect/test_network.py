"""Network addresses."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import redact_strategies as my
from affidavit._redact.detect.network import (
    addresses_of,
    find_network,
    groups_of,
    is_ipv4,
    is_nobody,
    is_version,
    truncated,
)
from affidavit._redact.types.match import Match, TextView


def _found(text: str) -> list[tuple[str, str]]:
    hits: list[Match] = []
    find_network(TextView(text), hits)
    return [(text[hit.start : hit.end], hit.entity) for hit in hits]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("198.51.100.7", True), ("0.0.0.1", True), ("256.1.1.1", False), ("01.2.3.4", False),
     ("1.2.3", False), ("1.2.3.4.5", False)],
)  # fmt: skip
def test_four_numbers_with_dots(text: str, expected: bool) -> None:
    """Up to 255 each, no leading zeros."""
    assert expected is is_ipv4(text)


@pytest.mark.parametrize(
    "text",
    ["2001:db8::1f:7", "2001:db8:0:0:1:2:3:4", "fe80::a00:27ff:fe4e:66a1%eth0", "2001:db8::/56",
    "::ffff:198.51.100.7",
     "64:ff9b::198.51.100.7", "2001:db8:1:2:3:4:198.51.100.7"],
)  # fmt: skip
def test_ipv6_is_found(text: str) -> None:
    """In all forms of RFC 4291, with zone and prefix length."""
    assert [(text, "IP")] == _found(f"from {text}, then")


@pytest.mark.parametrize(
    "text",
    ["std::vector", "a[::2]", "12:34:56", "::", "x = y::z", "1:2:3:4:5:6:7", "2001:db8:::1",
     "2001:db8::1::2", "from ::1 to 9", "gggg::1234:1", "1:2:3:4:5:6:7:8:9",
     "Zeit 10:15:30:11:12:13:14:99999"],
)  # fmt: skip
def test_what_is_no_ipv6(text: str) -> None:
    """Times, slices and scopes are none."""
    assert [] == _found(text)


@pytest.mark.parametrize(
    "text", ["3c:22:fb:10:9a:04", "3C-22-FB-10-9A-04", "3c22.fb10.9a04", "00-1b-44-11-3a-b7"]
)
def test_hardware_addresses_are_found(text: str) -> None:
    """With colons, dashes, or as Cisco writes them."""
    assert [(text, "MAC_ADDRESS")] == _found(f"port {text} up")


@pytest.mark.parametrize(
    "text",
    ["ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff and so on",
    "FF-FF-FF-FF-FF-FF", "3c:22:fb:10:9a:04:77", "26-01-23-10-57-08",
     "x3c:22:fb:10:9a:04"],
)  # fmt: skip
def test_what_is_no_hardware_address(text: str) -> None:
    """Broadcast, nothing, longer identifiers and times are none."""
    assert [] == [one for one in _found(text) if one[1] == "MAC_ADDRESS"]


@pytest.mark.parametrize(
    ("before", "expected"),
    [("version ", True), ("schema v", True), ("release=", True), ("Chrome/", True),
     ("(Safari/", True), ("boto3/", True), ("from ", False), ("kafka-1/", False),
     ("api.example.com/", False), ("http://", False), ("/users/", False), ("", False)],
)  # fmt: skip
def test_words_that_make_a_version(before: str, expected: bool) -> None:
    """A version word, or a product token of a user agent."""
    assert expected is is_version(f"{before}1.2.3.4", len(before))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("198.51.100.7", "198.51.100.*"),
        ("198.51.100.7/31", "198.51.100.*"),
        ("2001:db8:7:8::1", "2001:db8:7:*"),
        ("[2001:db8:7:8::1]", "2001:db8:7:*"),
        ("fe80::1%eth0", "fe80:0:0:*"),
        ("host", None),
        ("12:34:56", None),
        ("x::y", None),
        ("jane*", None),
        ("198.51.*", None),
    ],
)
def test_truncation_keeps_the_network(text: str, expected: str | None) -> None:
    """IPv4 /24, IPv6 /48, with a star: what is written is no network that anybody wrote."""
    assert expected == truncated(text)


@given(my.addresses())
def test_truncation_settles(text: str) -> None:
    """Truncating twice gives the same."""
    once = truncated(text)

    assert once is not None
    assert once == truncated(once)
    with pytest.raises(ValueError, match=re.escape(once)):
        ip_network(once)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1", True), ("0.0.0.1", True), ("0.0.0.0/0", True), ("255.255.255.0", True),
        ("169.254.169.254", True), ("224.0.0.251", True), ("10.0.0.0/16", True),
        ("10.1.4.16/28", True), ("203.0.113.0/24", True), ("203.0.113.0/29", False),
        ("10.1.2.3", False), ("10.1.2.3/16", False), ("198.51.100.7", False),
        ("198.51.100.7/32", False), ("192.168.1.1", False), ("::1", True), ("::", True),
        ("fe80::1%eth0", True), ("fe80::a00:27ff:fe4e:66a1", False), ("ff02::1", True),
        ("2001:db8::/32", True), ("2001:db8::/64", False), ("2001:db8::5/32", False),
        ("localhost", False), ("x::y", False),
    ],
)  # fmt: skip
def test_addresses_that_nobody_has(text: str, expected: bool) -> None:
    """This computer, netmasks, groups, links and networks; an address made of hardware is one."""
    assert expected is is_nobody(text)


@given(st.ip_addresses())
def test_nobody_is_what_the_registry_says(address: IPv4Address | IPv6Address) -> None:
    """Python's table of special addresses is the referee."""
    special = address.is_loopback or address.is_unspecified or address.is_multicast
    if special:
        assert is_nobody(str(address))
    if address.is_global and not address.is_multicast:
        assert not is_nobody(str(address))


PIECES = st.sampled_from(["", "1", "ab", "0", "FFFF", "12345", "198.51.100.7", "1.2.3", "g"])


@given(st.one_of(st.text("0123456789abcdef:.", max_size=50), st.lists(PIECES).map(":".join)))
@example("0.0.0.0::")
def test_an_address_is_what_python_takes_for_one(text: str) -> None:
    """Eight groups or none, whatever the text."""
    groups = groups_of(text)
    try:
        number = int(IPv6Address(text))
    except ValueError:
        assert groups is None
    else:
        assert [number >> 16 * place & 0xFFFF for place in reversed(range(8))] == groups


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("10.0.0.0/30", "10.0.0.0/31"), ("10.0.0.4/30", "10.0.0.2/30"),
        ("10.0.0.0/28", "9.0.0.0/28"),
        ("10.255.0.0/28", "11.0.0.0/28"), ("172.16.0.0/28", "172.15.0.0/28"),
        ("172.31.255.0/28", "172.32.0.0/28"), ("192.168.0.0/28", "192.167.0.0/28"),
        ("192.168.9.0/28", "192.169.0.0/28"), ("100.64.0.0/28", "100.63.0.0/28"),
        ("100.127.0.0/28", "100.128.0.0/28"), ("198.51.100.0/24", "198.51.100.0/25"),
        ("198.51.0.0/16", "198.51.1.0/16"), ("127.9.9.9", "126.9.9.9"), ("127.0.0.1", "128.0.0.1"),
        ("224.0.0.1", "223.255.255.255"), ("169.254.9.9", "169.253.9.9"), ("0.9.9.9", "1.9.9.9"),
        ("169.254.0.1", "169.255.0.1"), ("fe80::1", "fe7f::1:1"), ("febf::1", "fec0::1"),
        ("ff00::1", "feff::1"), ("2001:db8::/48", "2001:db8::/49"), ("::/0", "2001:db8::"),
        ("2001:db8:1::/48", "2001:db8:1:1::/48"), ("::1", "::1:0"),
        ("fe80::fffe:0:1", "fe80::ff:fe00:1"),
    ],
)  # fmt: skip
def test_where_ranges_of_nobody_end(inside: str, outside: str) -> None:
    """One step further it is somebody's."""
    assert is_nobody(inside)
    assert not is_nobody(outside)


@pytest.mark.parametrize("place", range(6))
def test_a_date_and_a_time_are_no_hardware_address(place: int) -> None:
    """Up to 99, 12, 31, 23, 59, 59; one more in any of them makes it one."""
    most = [99, 12, 31, 23, 59, 59]
    assert [] == _found("-".join(f"{one:02}" for one in most))
    if place:
        most[place] += 1
        text = "-".join(f"{one:02}" for one in most)
        assert [(text, "MAC_ADDRESS")] == _found(text)
    assert 1 == len(_found("99-12-31-23-59-5a"))


@pytest.mark.parametrize(
    "word",
    ["byte", "bytes", "hex", "dump", "hexdump", "payload", "magic", "fingerprint", "checksum",
     "digest", "serial", "frame", "prefix"],
)  # fmt: skip
def test_a_dump_is_no_hardware_address(word: str) -> None:
    """Six pairs of some data, right behind such a word."""
    assert [] == _found(f"{word.upper()}: 3c:22:fb:10:9a:04")
    assert 1 == len(_found(f"{word} of port 3c:22:fb:10:9a:04"))
    assert 1 == len(_found(f"x{word}: 3c:22:fb:10:9a:04"))


@pytest.mark.parametrize(
    "word",
    ["version", "ver", "v", "release", "rev", "revision", "build", "schema", "firmware", "patch",
     "kernel", "agent", "driver", "runtime", "engine", "sdk", "semver", "update"],
)  # fmt: skip
def test_each_word_that_makes_a_version(word: str) -> None:
    """With up to four characters in between that are none of a word."""
    for between in (" ", "=", ': "', "----"):
        assert is_version(f"{word.title()}{between}1.2.3.4", len(word + between))
    assert not is_version(f"{word}-----1.2.3.4", len(word) + 5)
    assert not is_version(f"x{word} 1.2.3.4", len(word) + 2)


@pytest.mark.parametrize(
    "program",
    ["chrome", "HeadlessChrome", "chromium", "edg", "EdgA", "opera", "electron", "safari",
     "firefox", "vivaldi", "my-browser", "webkit", "AppleWebKit", "gecko", "http-client", "sdk-go",
     "aws-cli", "CriOS", "FxiOS", "OPR", "trident", "build", "okhttp", "curl", "wget", "java",
     "python", "node", "ruby", "php", "perl", "go", "dotnet", "netty", "jetty", "nginx", "apache",
     "openssl", "boto3", "botocore", "teams", "outlook", "office", "zoom", "slack", "dalvik",
     "CFNetwork", "darwin", "version"],
)  # fmt: skip
def test_each_program_has_a_version(program: str) -> None:
    """As a `User-Agent` says it; a host and its address are written so, too."""
    for before in ("", "x ", "(", ";", ",", '"', "'"):
        assert is_version(f"{before}{program}/1.2.3.4", len(before + program) + 1)
    assert not is_version(f"host.{program}.example/1.2.3.4", len(program) + 14)
    assert (program in {"build", "version"}) is is_version(f"{program}.1.2.3.4", len(program) + 1)


def test_addresses_have_edges() -> None:
    """What stands right beside makes it something else; what may follow belongs to it."""
    assert [] == _found("2001:db8::1x")
    assert [("2001:db8::1", "IP")] == _found("2001:db8::1:")
    assert [("2001:db8::1%eth0/64", "IP")] == _found("at 2001:db8::1%eth0/64.")
    for around in ("{}:3c", "{}-3c", "00:{}", "00-{}", "x{}", "{}a"):
        assert [] == [one for one in _found(around.format("3c:22:fb:10:9a:04")) if "MAC" in one[1]]
    for around in ("{}.", "/{}/", "={}", "{}z"[:2] + " z"):
        assert [("3c:22:fb:10:9a:04", "MAC_ADDRESS")] == _found(around.format("3c:22:fb:10:9a:04"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("198.51.100.7:45011", ["198.51.100.7"]), ("198.51.100.7.", ["198.51.100.7"]),
        ("IPV4/UDP/198.51.100.7/5060", ["198.51.100.7"]), ("198.51.100.7/24", ["198.51.100.7/24"]),
        ("198.51.100.7, 203.0.113.9", ["198.51.100.7", "203.0.113.9"]),
        ("[2001:db8:7::1]:443", ["2001:db8:7::1"]),
        ("2001:db8::b6d3:95d7.", ["2001:db8::b6d3:95d7"]),
        ("0.0.0.0:636", []), ("127.0.0.1:80", []), ("198.51.100.*:443", ["198.51.100.*"]),
        ("[IP]:443", ["[IP]"]), ("gateway-7", None), ("...", None), ("10:57:08", None), ("", None),
    ],
)  # fmt: skip
def test_an_address_is_found_beside_its_port(text: str, expected: list[str] | None) -> None:
    """A value that its name calls an address may have more in it, which stays."""
    places = addresses_of("IP", text, 0, len(text))

    assert expected == (None if places is None else [text[slice(*one)] for one in places])
    assert addresses_of("NAME", text, 0, len(text)) is None


def test_an_address_of_people_is_no_computers() -> None:
    """Unless it begins with a number of one."""
    assert addresses_of("ADDRESS", "12 Main St 198.51.100.7", 0, 23) is None
    assert addresses_of("ADDRESS", "198.51.100.7 :: Type", 0, 20) == [(0, 12)]
