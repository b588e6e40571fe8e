"""A key is believed, but for values that cannot be what it says."""

from __future__ import annotations

from base64 import b64encode
from random import Random
from string import printable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affidavit.plugin import Redactor, Sink, load_policy

REDACTOR = Redactor(load_policy("baseline").redaction)
UUID = "8945829d-0ef6-470d-bbfd-ea5bb2d82fdb"


def _read(value: Any) -> Any:
    return REDACTOR.clean(value, Sink.LOG).value


@pytest.mark.parametrize(
    "said",
    [
        {"sourceIPAddress": "AWS Internal"}, {"sourceIPAddress": "lambda.amazonaws.com"},
        {"ipv4": {"fragments": 0, "timeouts": 3}}, {"Ipv": "ipv4"}, {"ip": 118},
        {"SourceIsIpv6": "false"}, {"userName": "-"}, {"user": {"name": "unknown"}},
        {"startAddress": "0xFFFFCFBA48C52460"}, {"parent": {"name": "explorer.exe"}},
        {"src.process.parent.name": "Google Chrome"}, {"team_member_id": "dbmid:AABBCC"},
        {"cert": {"certSerialNumber": "78F88CB4AFBAB3AC"}}, {"certificate_expiry_date": "20160526"},
        {"repository": {"full_name": "example-org/example-repo"}},
        {"currentLocations": ["asia-northeast2", "global"]}, {"imsi": 0},
        {"SessionID": 2}, {"sessionId": "51201"}, {"Sid": "Stmt1538161409"},
        {"Sid": "Public Access"}, {"AccountSid": "S-1-5-21-1111111111-2222222222-333333333-1001"},
        {"resultSignature": "200"}, {"signature": "ET POLICY Dotted Quad Host (1.2)"},
        {"CpuSignature": 263921}, {"signature": "RSA-SHA256"}, {"signature": "CVE-1999-0063"},
        {"clientRequestToken": UUID}, {"httpTokens": "required"},
        {"secretId": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop"},
        {"primary_ip": UUID}, {"mac": UUID}, {"contains_featured_ip": "NO"},
        {"callerIpAddress": "<null>"}, {"last_user_name": "(unknown)"},
        {"auth": {"scopes": ["create:clients"], "strategy": "jwt", "user_agent": "curl/7.68.0"}},
        {"credentials": {"expiration": "Aug 13, 2020, 12:03:12 AM", "algorithm": "MD5"}},
        {"authorization": {"action": "Example.Resources/read", "scope": "/subscriptions/x"}},
        {"auth": {}}, {"cookies": []}, {"password": {}},
        {"session": {"created_time": 0, "expires": None, "user_id": "u-17", "at": "2026-01-31"}},
        {"auth": {"iat": 1795961818, "expires_in": 3600, "attempts": 3, "retry": {"ttl": 86400}}},
        {"authorization": {"evidence": {"principalId": UUID, "roleAssignmentScope": "/a/b"}}},
        {"auth": {"jti": "9f8e7d6c5b4a39281706f5e4"}}, {"sessionId": "8e2cdebf"}, {"sid": -9},
        {"sid": "0a1b2c3d"}, {"sessionId": "0x3e7"}, {"externalSessionId": "unknown"},
        {"httpProtocolIpv6": "disabled"}, {"callerIp": "gce-internal-ip"},
        {"ip": "0x7fe0a0df1845"}, {"session": {"uid": "0x3E7", "count": "12"}},
        {"signerName": "kubernetes.io/kube-apiserver-client"}, {"Elevated Token": "Yes"},
        {"signature": "GPL ATTACK_RESPONSE command completed"},
        {"signature": "Example Corporation"},
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}},
        {"signature": "ET INFO Dotted Quad Host PDF Request"}, {"resultSignature": "Bad Request"},
        {"webhooks": [{"clientType": "service", "region": "eu-west"}, {"seconds": 10}]},
        {"accessKey": {"createDate": "Sep 27, 2022 5:09:18 PM", "status": "Active"}},
        {"session": {"country": "US", "issuer": {"arn": "arn:aws:iam::123456789012:user/x"}}},
        {"auth": {"role": "ROLE_ADMIN", "method": "otp+sms", "token_type": "Bearer"}},
        {"auth": {"role": "arn:aws:iam::123456789012:role/Deployer-v2", "algorithm": "ES256K"}},
        {"auth": {"scope": f"/subscriptions/{UUID}/resourceGroups/rg1/virtualMachines/vm01"}},
        {"auth": {"scopes": ["openid", "https://www.googleapis.com/auth/cloud-platform.read"]}},
        {"auth": {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "method": "m2m"}},
        {"callerId": "AROA7ZJZYVRE7C3DUXHH6:Identity"}, {"cc": [{"name": "", "original": ""}]},
        {"serialNumber": "a1:" * 15 + "a1"}, {"installation": {"id": 16598467}},
        {"batch": {"expirationDate": "2017-05-22"}}, {"expiration_date": 1795961818},
        {"kubeconfig": "/etc/kubernetes/kubelet.conf"}, {"keytab": "C:\\keys\\app.keytab"},
        {"SecretId": "MyTestDatabaseSecret"}, {"secretId": "prod/shop/credentials"},
        {"rx": "127.0.0.1:443"}, {"rx": 1500}, {"Sid": "Allow access for Key Administrators"},
        {"security": [{"code": "HTEST"}]}, {"DestinationIsIpv6": "false"},
        {"changePassword": {"supported": False, "ends": None}},
        {"authorizations": [{"team_id": "T1", "is_bot": False}]},
        {"jwt": {"claims": {"aud": "shop"}, "scopes": ["read"]}},
        {"encryptionKey": {"id": "arn:aws:kms:eu-west-1:1:key/x", "type": "KMS"}},
        {"webhooks": {"href": "https://api.example.com/v1/merchants/webhooks"}},
        {"session": {"device_uuid": "n5rv47cz", "caption": " ", "authenticationPkg": "Kerberos"}},
        {"tokens": ["deny", "tcp", "any", "10.0.0.0/8", 443]}, {"tokens": 812}, {"tokens": "812"},
        {"tokens": [101, 2023, 102]}, {"tokens": ["interface", "GigabitEthernet0/1"]},
        {"logprobs": {"tokens": ["Hello", " world", "!"], "token_logprobs": [-0.1, -2, 0]}},
        {"tokens": [{"text": "Hello", "lemma": "hello", "pos": "INTJ"}]}, {"n_tokens": 4},
        {"sep_token": "[SEP]", "eos_token": "</s>", "stop_token": "<|im_end|>"},
        {"memberName": "ClientRequestToken"}, {"memberName": "web-node-01"}, {"memberName": "-"},
        {"card": 0}, {"card": "hw:0,0"}, {"card": "eth0"}, {"card": "visa"}, {"creditCard": 0},
        {"session": 1}, {"session": "1"}, {"session": "active"},
        {"session": "2026-01-31T10:00:00Z"},
        {"session": 12.5}, {"session": "opened for user root"}, {"session": "0x3e7"},
        {"signature": "ET SCAN Nmap"}, {"signature": "not checked"},
        {"properties": {"password": {"type": "string", "minLength": 8, "writeOnly": True}}},
        {"members": {"Password": {"shape": "PasswordType"}, "Email": {"$ref": "#/x/Email"}}},
        {"signature": {"type": [{"system": "urn:iso-astm:E1762-95:2013",
                                 "code": "1.2.840.10065.1.12.1.5"}]}},
    ],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
def test_what_cannot_be_what_its_key_says_stays(said: dict[str, Any]) -> None:
    """Numbers of terminals, names of programs, words in place of a signature, nothing at all."""
    assert said == _read(said)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"ip": "203.0.113.9"}, {"ip": "203.0.113.*"}),
        ({"ip": {"was": "203.0.113.9"}}, {"ip": {"was": "203.0.113.*"}}),
        ({"clientIp": "janes-laptop"}, {"clientIp": "[IP]"}),
        ({"mac": "janes-laptop"}, {"mac": "[MAC_ADDRESS]"}),
        ({"pair": ("tok_secret", "hunter22x")}, {"pair": ["tok_secret", "[dropped]"]}),
        ({"session": "Accepted"}, {"session": "[dropped]"}),
        ({"session": "xkcdqwrtplmn"}, {"session": "[dropped]"}),
        ({"session": 123456789012}, {"session": "[dropped]"}),
        ({"tokens": ["read", "q8rk2vn5xt0y"]}, {"tokens": "[dropped]"}),
        ({"tokens": "q8rk2vn5xt0y"}, {"tokens": "[dropped]"}),
        ({"tokens": 123456789012}, {"tokens": "[dropped]"}),
        ({"tokens": [{"value": "hunter2"}]}, {"tokens": [{"value": "[dropped]"}]}),
        ({"sep_token": "hunter2"}, {"sep_token": "[dropped]"}),
        ({"memberName": "Jane Roe"}, {"memberName": "[NAME]"}),
        ({"memberName": "JaneRoe"}, {"memberName": "[NAME]"}),
        ({"memberName": "jane75"}, {"memberName": "[NAME]"}),
        ({"card": 4111}, {"card": "[CREDIT_CARD]"}),
        ({"card": "4111 11"}, {"card": "[CREDIT_CARD]"}),
        ({"card": "Jane Roe"}, {"card": "[CREDIT_CARD]"}),
        ({"password": {"type": "hunter2"}}, {"password": "[dropped]"}),
        ({"password": {"type": "string", "default": "hunter2"}}, {"password": "[dropped]"}),
        ({"sessionId": "AbCdEfGhIjKlMnOp"}, {"sessionId": "[dropped]"}),
        ({"sessionId": 123456789}, {"sessionId": "[dropped]"}),
        ({"sid": "q8rk2vn5xt0y"}, {"sid": "[dropped]"}),
        ({"signature": "q8Rk2vN5xT0yq8Rk2vN5xT0y"}, {"signature": "[dropped]"}),
        ({"signature": b"q8Rk2vN5"}, {"signature": "[dropped]"}),
        ({"clientToken": UUID}, {"clientToken": "[dropped]"}),
        ({"signature": "Jane Roe"}, {"signature": "[dropped]"}),
        ({"group_member_id": "dbmid:AABBCC"}, {"group_member_id": "[HEALTH_ID]"}),
        ({"auth": {"code": 482913, "n": [48290]}},
         {"auth": {"code": "[dropped]", "n": ["[dropped]"]}}),
        ({"secretId": "hunter2"}, {"secretId": "[dropped]"}),
        (
            {"auth": {"agent": "hunter2", "scope_token": "hunter2", "scopes": {"a": "hunter2"}}},
            {"auth": {"agent": "[dropped]", "scope_token": "[dropped]",
                      "scopes": {"a": "[dropped]"}}},
        ),
        (
            {"auth": {"role": "hunter2", "scope": [UUID], "user_agent": "hunter2x!"}},
            {"auth": {"role": "[dropped]", "scope": ["[dropped]"], "user_agent": "[dropped]"}},
        ),
        ({"auth": {"method": "q8R-k2v-N5x"}}, {"auth": {"method": "[dropped]"}}),
        ({"auth": {"role": "xkcdqwrtplmn"}}, {"auth": {"role": "[dropped]"}}),
        ({"auth": {"role": "qWeRtYuIoPaSdF"}}, {"auth": {"role": "[dropped]"}}),
        ({"auth": {"role": "a" * 24}}, {"auth": {"role": "[dropped]"}}),
        ({"auth": {"scope": "4829"}}, {"auth": {"scope": "[dropped]"}}),
        ({"auth": {"scope": "a " * 2049}}, {"auth": {"scope": "[dropped]"}}),
        ({"auth": {"expiration": "Aug 13"}}, {"auth": {"expiration": "[dropped]"}}),
        ({"password": "-"}, {"password": "[dropped]"}),
        ({"password": {"algorithm": "none"}}, {"password": "[dropped]"}),
        ({"apiKey": {"a": ["Zq"]}}, {"apiKey": {"a": ["[dropped]"]}}),
        ({"webhooks": [{"a": "Zq"}, "Zq"]}, {"webhooks": "[dropped]"}),
        (
            {"auth": {"basic": "amFuZTp4", "user": {"id": "u1"}, "id": "x1", "nonce": "y2"}},
            {"auth": {"basic": "[dropped]", "user": {"id": "u1"}, "id": "[dropped]",
                      "nonce": "[dropped]"}},
        ),
        ({"sessionId": "0a1b2c3d4"}, {"sessionId": "[dropped]"}),
        ({"sid": UUID}, {"sid": "[dropped]"}),
        ({"signature": "Anna Maria Roe"}, {"signature": "[dropped]"}),
        ({"session": {"arn": "hunter2"}}, {"session": {"arn": "[dropped]"}}),
        ({"refreshToken": "default"}, {"refreshToken": "[dropped]"}),
        ({"ip": -3405803783}, {"ip": "[IP]"}),
        ({"expiry_date": "03/27"}, {"expiry_date": "[CREDIT_CARD]"}),
        ({"card_expiry_date": "2027-03-31"}, {"card_expiry_date": "[CREDIT_CARD]"}),
        ({"exp_date": 202703}, {"exp_date": "[CREDIT_CARD]"}),
        ({"rx": 7012345}, {"rx": "[HEALTH_ID]"}),
        ({"cc": "Zq"}, {"cc": "[CREDIT_CARD]"}), ({"callerId": "x17"}, {"callerId": "[PHONE]"}),
        ({"installation_id": "Zq17"}, {"installation_id": "[DEVICE_ID]"}),
        ({"security_code": "17"}, {"security_code": "[dropped]"}),
        ({"card": {"security": {"code": 123}}}, {"card": "[CREDIT_CARD]"}),
        ({"keystore": "/u3+7QAAAAIAAAAB"}, {"keystore": "[dropped]"}),
        ({"jwt": {"key": "hunter2"}}, {"jwt": {"key": "[dropped]"}}),
        ({"webhooks": {"href": "https://h.example.com/q8Rk2vN5xT0y"}},
         {"webhooks": {"href": "[dropped]"}}),
        ({"session": {"uuid": "q8Rk2vN5"}}, {"session": {"uuid": "[dropped]"}}),
        ({"name": [{"family": "Roe", "given": ["Jane", "A"]}]},
         {"name": [{"family": "[NAME]", "given": "[NAME]"}]}),
        ({"name": {"first": "Jane", "last": "Roe"}, "first": 1, "last": 9},
         {"name": {"first": "[NAME]", "last": "[NAME]"}, "first": 1, "last": 9}),
    ],
)  # fmt: skip
def test_what_may_be_it_is_taken_for_it(said: Any, expected: Any) -> None:
    """A key is doubted for values of those kinds only."""
    assert expected == _read(said)


@given(
    st.sampled_from(["session", "auth", "authorization", "credentials", "signature"]),
    st.recursive(
        st.text("abcdefXYZ0123456789!", min_size=8).map("Zq".__add__),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3),
            st.dictionaries(st.sampled_from(["a", "value", "S", "basic"]), inner, min_size=1),
        ),
        max_leaves=6,
    ),
)
def test_no_text_below_what_tells_of_a_secret_gets_out(key: str, value: Any) -> None:
    """But for dates, and what identifies somebody."""
    assert "Zq" not in str(_read({key: value}))


@given(
    st.sampled_from(["role", "method", "scopes", "action", "grant_type", "user_agent", "strategy"]),
    st.one_of(
        st.integers(0).map(lambda seed: b64encode(Random(seed).randbytes(24)).decode()),  # noqa: S311 - drawn again from the same seed
        st.integers(0).map(lambda seed: Random(seed).randbytes(16).hex()),  # noqa: S311 - the same
        st.text(printable, min_size=10, max_size=30).map(lambda one: f"h4x0r{one}"),
        st.uuids().map(str),
    ),
)
def test_what_was_drawn_is_no_role(key: str, secret: str) -> None:
    """Base64, hexadecimal digits, a password, a UUID: whatever the key beside a secret says."""
    held = _read({"auth": {key: secret, "list": {key: [secret]}}})["auth"]

    assert secret not in (held[key], *held["list"][key])


def test_one_that_holds_itself_comes_to_an_end() -> None:
    """However many ways lead back to it."""
    loop: dict[str, Any] = {}
    loop.update({f"k{at}": loop for at in range(8)})

    assert "session" in _read({"session": loop})
