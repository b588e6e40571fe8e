"""A secret of a device's setting goes, wherever it stands between its words and numbers."""

from __future__ import annotations

from typing import Final

import pytest

from affidavit._policy.load import load_policy
from affidavit._policy.words import Sink
from affidavit._redact import Redactor

REDACTOR: Final = Redactor(load_policy("baseline").redaction)
SECRET: Final = "hunter2" + "wins"
TYPE_7: Final = "0822455D0A165445"
JUNOS: Final = "$9$" + "LXOxNdaJDikP1RSlKW7NDi"

SETTINGS: Final = (
    "tacacs-server key 7 {}", "tacacs-server host h1 key {}", "radius-server key {}",
    "radius-server host h1 auth-port 1812 key 7 {}", " server-private h1 key 7 {}",
    "crypto isakmp key {} address 0.0.0.0", "crypto isakmp key 6 {} hostname h1",
    " key-string {}", " key-string 7 {}", " standby 1 authentication md5 key-string 7 {}",
    " pre-shared-key local {}", " ikev2 remote-authentication pre-shared-key {}",
    " pre-shared-key address 0.0.0.0 key {}", 'set ike policy p pre-shared-key ascii-text "{}"',
    "pre-shared-key ascii-text {};", " wpa-psk ascii 7 {} key", "set psksecret {}",
    " ip ospf authentication-key {}", 'authentication-key "{}"; ## SECRET-DATA',
    "ntp authentication-key 1 md5 {} 7", " ip ospf message-digest-key 1 md5 7 {}",
    "set password ENC {}", "set passphrase ENC {}", "super password level 3 cipher {}",
    "local-user jane password irreversible-cipher {}", "password simple {}",
    "username jane secret {}", "username jane privilege 15 secret {}", "enable secret {}",
    "snmp-server community {} RO", "set snmp community {} authorization read-only",
    "rocommunity {} 10.0.0.0/8", "snmp-server host router1.lan version 2c {}",
    "snmp-server host router1.lan {}", 'snmp-users: createUser jane SHA "{}" AES',
    "createUser jane MD5 {}  # snmp-user",
    "snmp-server user jane grp v3 auth md5 {} priv aes 128 y",
    "etcdctl put /db/password {}", "consul kv put app/secret {}",
)  # fmt: skip


@pytest.mark.parametrize("value", [SECRET, TYPE_7])
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("line", ["{}", "User:x logged command:{}", "+ {}\n- done"])
def test_a_secret_goes(line: str, setting: str, value: str) -> None:
    """Alone, in the log of what was typed, in a difference."""
    assert value not in REDACTOR.text(line.format(setting.format(value)), Sink.LOG)


@pytest.mark.parametrize(
    "text", [f'secret "{JUNOS}"; ## SECRET-DATA', f"md5 1 key {JUNOS}", f'key "{JUNOS}";']
)
def test_what_junos_writes_goes_by_its_form(text: str) -> None:
    """It can be read back by anybody."""
    assert JUNOS not in REDACTOR.text(text, Sink.LOG)


def test_a_password_of_a_level_goes() -> None:
    """What is as long as type 7 makes it."""
    text = "enable password level 15 7 {}"

    assert REDACTOR.text(text.format(TYPE_7), Sink.LOG) == text.format("[dropped]")


def test_both_keys_of_a_user_go() -> None:
    """What signs and what encrypts."""
    text = "snmp-server user jane grp v3 auth sha {} priv aes 256 {}"

    assert REDACTOR.text(text.format("hunter2wins", "hunter3wins"), Sink.LOG) == (
        text.format("[dropped]", "[dropped]")
    )


@pytest.mark.parametrize(
    "text",
    [
        "the radius-server key is not configured", "radius-server key mismatch for client",
        "pre-shared-key authentication failed", "authentication-key changed",
        "key-string must be set", "no server key found in ring", "TLS server key exchange",
        "SNMP community is not set", "snmp-server host is down", "key 7 of 10 processed",
        "password 7 characters minimum", "set encoding ENC utf8text",
        "cipher suite negotiated: TLS_AES_128_GCM_SHA256", "public key cipher RSA-2048",
        "password simple rules apply", "enable secret rotation now", "createUser called by MD5 job",
        "wpa-psk authentication", "etcdctl put /registry/pods/x",
        "consul kv put app/key color=blue",
        "awk prints $9$10", "kv put failed for key app",
    ],
)  # fmt: skip
def test_what_is_said_of_a_key_stays(text: str) -> None:
    """Words of a sentence are none."""
    assert REDACTOR.text(text, Sink.LOG) == text
