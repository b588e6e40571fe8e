"""Secrets in the settings of routers, switches and firewalls, which have no mark before a value.

`tacacs-server key 7 0822...`, `pre-shared-key ascii-text "$9$..."`, `snmp-server community x`.
A backup of such a device, what a tool of automation changes in it, and its own log have them.
Sources: the command references of Cisco IOS, ASA and NX-OS, Arista EOS, Junos, FortiOS, PAN-OS,
Huawei VRP and of net-snmp.
"""

from __future__ import annotations

import re
from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.types.match import Match

_S: Final = r"[ \t]{1,4}"
_TYPE: Final = (
    rf"(?:(?:level{_S}[0-9]{{1,2}}|encrypted|(?:irreversible-|reversible-)?cipher|simple|plain"
    r"|ENC|ascii(?:-text)?|hex(?:adecimal)?|md5|hmac-[\w-]{3,12}|sha-?[0-9]{1,3}|scrypt|pbkdf2"
    rf"|local|remote|address{_S}\S{{1,80}}{_S}key|text|1[0-5]|[0-9]){_S})"
)
"""How the value is written: as it is, or by what it can be read back, or guessed."""

_TOLD: Final = (
    r"(?!(?:not|no|is|was|are|has|had|for|and|or|in|of|on|to|from|with|by|must|may|can|cannot|the"
    r"|mis\w{1,20}|invalid|required|expired|config\w{0,20}|changed|string|chain|type|length|size"
    r"|id|authentication|exchange\w{0,2}|generat\w{1,8}|found|failed|fails|error\w{0,2}|value|set"
    r"|characters|bytes|bits|unknown|does|do|will|should|ignored|removed|added|used|using|key|hash)"
    r"\b)"
)
"""What a sentence about a key says behind it."""

_WORD: Final = r"(?:\"([^\"\r\n]{3,256})\"|'([^'\r\n]{3,256})'|([^\s\"';]{3,256}))"
_VALUE: Final = rf"{_TYPE}{{0,4}}{_TOLD}{_WORD}"
_VERSION: Final = rf"(?:(?:traps|informs|version{_S}(?:1|2c|3{_S}(?:(?:no)?auth|priv))){_S}){{0,2}}"
_DIGEST: Final = r"(?i:md5|sha(?:-?[0-9]{1,3})?|des|3des|aes(?:[ \t-]?[0-9]{3}C?)?)"
_HOST: Final = r"(?=\S{0,80}[0-9.])\S{1,80}"

_FORMS: Final = {
    "-key": (
        lazy(rf"\bpre-shared-key{_S}{_VALUE}"),
        lazy(
            rf"\b(?:authentication|encryption|privacy)-key{_S}(?:[0-9]{{1,10}}{_S}(?={_TYPE}))?{_VALUE}"
        ),
        lazy(rf"\bmessage-digest-key{_S}[0-9]{{1,5}}{_S}{_VALUE}"),
    ),
    "key-string": (lazy(rf"\bkey-string{_S}{_VALUE}"),),
    "server": (
        lazy(
            r"\b(?:(?:tacacs|radius)-server|server-private|server)[ \t](?:[^\r\n]{0,160}?[ \t])?"
            rf"key{_S}{_VALUE}"
        ),
    ),
    "isakmp": (lazy(rf"\bisakmp{_S}key{_S}{_VALUE}"),),
    "psk": (lazy(rf"\b(?:wpa2?-psk|set{_S}psksecret){_S}{_VALUE}"),),
    " enc ": (
        lazy(rf"\b[a-z][\w-]{{2,40}}{_S}ENC{_S}([A-Za-z0-9+/]{{8,512}}={{0,2}})(?![\w+/=])"),
    ),
    "cipher ": (
        lazy(
            rf"\b(?:password|secret|community)(?:{_S}level{_S}[0-9]{{1,2}})?{_S}"
            rf"(?:(?:ir)?reversible-)?cipher{_S}(?=\S{{0,64}}[^\sA-Za-z-])(\S{{4,512}})"
        ),
    ),
    "simple ": (lazy(rf"\b(?:password|secret){_S}simple{_S}(?=\S{{0,64}}[^\sa-z-])(\S{{3,256}})"),),
    "secret": (
        lazy(
            rf"\b(?:username{_S}\S{{1,64}}|enable)(?:{_S}(?:privilege|role|group|level|expiry)"
            rf"{_S}\S{{1,64}}){{0,3}}{_S}secret{_S}{_VALUE}(?=\s{{0,4}}(?:[\r\n\\\"']|$))"
        ),
        lazy(
            r"\btask\.setvariable [^\]\r\n]{0,200}issecret=true[^\]\r\n]{0,80}\]"
            r"(\S[^\r\n]{0,400})"
        ),
    ),
    "snmp-": (
        lazy(rf"\bsnmp-server{_S}host{_S}{_HOST}{_S}{_VERSION}{_TOLD}{_WORD}"),
        lazy(
            rf"\bsnmp-server{_S}user[ \t][^\r\n]{{1,160}}?[ \t]auth{_S}{_DIGEST}{_S}"
            rf"{_WORD}(?:{_S}priv{_S}(?:{_DIGEST}{_S})?{_WORD})?"
        ),
    ),
    "commun": (
        lazy(
            rf"\b(?:snmp(?:-server)?{_S}community|community-string|(?:ro|rw)community6?){_S}"
            rf"{_TOLD}{_WORD}"
        ),
    ),
    "createuser": (
        lazy(
            rf"\bcreateUser{_S}(?:-e{_S}\S{{1,64}}{_S})?\S{{1,64}}{_S}{_DIGEST}{_S}{_WORD}"
            rf"(?:{_S}{_DIGEST}(?:{_S}{_WORD})?)?"
        ),
    ),
    " put ": (
        lazy(
            r"\b(?:kv|etcdctl) put\s(?:-\S{1,40}\s)*\S{0,80}(?:pass(?:word|wd)?|secret|token|key)\s"
            r"(?![\w./-]{1,80}=)(\S{3,256})"
        ),
    ),
    " 7 ": (
        lazy(
            rf"(?i:password|passwd|secret|key|key-string|psk){_S}(?:level{_S}[0-9]{{1,2}}{_S})?"
            rf"7{_S}((?:0[0-9]|1[0-5])(?:[0-9A-Fa-f]{{2}}){{2,128}})(?![0-9A-Za-z])"
        ),
    ),
}
"""By a part of what stands there in small letters."""


def may_be_set(lower: str) -> bool:
    """Tell whether a text without the name of a secret may have such a setting."""
    return "commun" in lower or "snmp-" in lower


def find_settings(text: str, lower: str, hits: list[Match]) -> None:
    """Add the secrets of settings."""
    for landmark, forms in _FORMS.items():
        if landmark in lower:
            for form in forms:
                for found in form.finditer(text):
                    _add(found, hits)


def _add(found: re.Match[str], hits: list[Match]) -> None:
    hits.extend(
        Match(*found.span(group), "SECRET")
        for group in range(1, found.re.groups + 1)
        if found[group] is not None
    )
