"""Say what no value of a key's kind can be: then the key means something else.

`ip: "AWS Internal"`, `sessionId: 2`, `resultSignature: "Accepted"`. A text is read
as `detect/contradictions.py` has it, by what stands around; in an object a key is
believed, and only what cannot be doubted is let pass, to be read as any other value.
"""

from __future__ import annotations

from typing import Final

from affidavit._lazy import lazy
from affidavit._redact.classify.key_words import Words
from affidavit._redact.detect.blank_values import KEPT, describes
from affidavit._redact.types.entities import SECRETS
from affidavit._redact.types.match import UUID

CERTAIN: Final = ""
"""Whatever stands below such a key is what it says, unless it is empty."""

_NO_PERSON: Final = lazy(
    r"[0-9]|(?:\S{1,40}\s{1,4}){5}\S|\A(?=(?:\S{1,40}\s{1,4}){2}\S).{0,200}?\b[a-z]{5}"
    r"|\s(?:Corporation|Corp\.?|Inc\.?|LLC|Ltd\.?|GmbH|Windows)$"
    r"|\A(?:ET|ETPRO|GPL|SURICATA|INDICATOR-\w+|MALWARE-\w+|not|no|is|was|in|un\w+|valid)\s"
)
"""What stands in no person's name: a number, six words, a long one in small letters among three,
what ends the name of a company, what begins that of a rule (Suricata's), or a state."""

_ALNUM: Final = lazy(r"[^\W_]")
_NOTHING: Final = frozenset({"null", "none", "nil", "undefined", "unknown", "n/a"})

_SHAPED: Final = frozenset({"CC", "IP", "MAC_ADDRESS"})
"""What is found by its shape wherever it stands: an object below such a key is read as any."""

_PERSONAL: Final = _SHAPED | {"ADDRESS", "DEVICE_ID", "FULL_NAME", "LOCATION", "MEMBER", "NAME"}
"""What may be left open (`-`, `unknown`); behind the name of a secret that may be the secret."""

_NO_ADDRESS: Final = lazy(
    r"(?i)ipv[46]|true|false|yes|no|enabled|disabled|aws[ .]internal|gce-internal-ip"
    rf"|[\w.-]{{1,80}}\.amazonaws\.com|0x[0-9a-f]{{9,16}}|{UUID}"
)
"""What a cloud says for one where a service of its own has called (CloudTrail, `sourceIPAddress`);
whether there is one; a place in memory; a UUID, by which the record of one is found."""

_NONE: Final = r"(?i:unknown|none|null|n/a|-)"

_NAMED: Final = (
    r"(?i:[^\r\n]{1,400}\.(?:exe|dll|sys|bat|cmd|ps1|msi)"
    r"|(?:[a-z0-9-]{1,40}\.){0,4}(?:kubernetes|k8s)\.io/[\w.-]{1,80})"
)
"""A program's name, and one that Kubernetes gives to somebody who signs."""

_FORMS: Final = {
    "ADDRESS": lazy(r"0[xX][0-9a-fA-F]{1,16}"),
    # Who calls by IAM, as API Gateway says it (IAM user guide, "Unique identifiers").
    "CALLER": lazy(r"A(?:IDA|ROA|GPA|IPA|NPA|NVA|SCA|PKA)[A-Z0-9]{0,28}(?:\.{3}|:.{0,128})?"),
    # Who else gets a letter.
    "CC": lazy(r"(?s)[^@]{0,200}@.{0,4000}"),
    # The number of a certificate, in pairs.
    "DEVICE_ID": lazy(r"(?i)(?:[0-9a-f]{2}:){7,31}[0-9a-f]{2}"),
    # A card is good for a month: what ends on a day is something else.
    "EXPIRY": lazy(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].{0,30})?"),
    "FILE": lazy(r"(?:~|\.{0,2})/[\w./@-]{1,200}|[A-Za-z]:\\[^\r\n]{1,200}"),
    # What a code host calls an app in somebody's account.
    "INSTALLATION": lazy(r"[0-9]{1,12}"),
    "FULL_NAME": lazy(r"[\w.-]{1,100}/[\w.-]{1,100}"),
    # What AWS calls the token of a client's request: a UUID by which it is known again. A
    # `client_token` may be Vault's, which was a UUID once, and is believed.
    "IDEMPOTENCY": lazy(UUID),
    "IP": _NO_ADDRESS,
    # Where a cloud has its computers: `europe-central2-a`, `us-east-1`.
    "LOCATION": lazy(r"global|[a-z]{2}|(?:[a-z]{2,12}-){1,3}[a-z]{0,12}[0-9]{1,2}(?:-?[a-z])?"),
    "MAC_ADDRESS": _NO_ADDRESS,
    "NAME": lazy(_NAMED),
    # A part of a structure in a model of AWS's services, a machine of a cluster.
    "MEMBER": lazy(
        rf"{_NAMED}|(?:[A-Z][a-z]{{1,20}}){{3,8}}|(?:[a-z]{{1,20}}-){{1,4}}[0-9]{{1,3}}"
    ),
    # What a model of a language begins and ends a text with.
    "MARK": lazy(r"\[[A-Z]{2,4}\]|</?[a-z]{1,12}>|<\|[a-z_]{1,24}\|>"),
    # A sound card, a network's; a brand.
    "CARD": lazy(r"[0-9]|[A-Z]?[a-z]{2,11}[0-9]{0,2}|[a-z]{2,8}:[0-9],[0-9]"),
    "NAMED": lazy(
        r"(?s)arn:aws.*|[A-Za-z][\w/.-]{0,200}(?:[a-z]Secret|[/_-](?:secret|creds?|credentials))"
    ),
    "RX": lazy(r"[0-9a-fA-F]{0,4}[.:0-9][0-9a-fA-F.:]{2,40}"),
    # Eight hexadecimal digits are 32 bits, half of what lets nobody guess a session's id (OWASP,
    # Session Management Cheat Sheet); behind `0x` they are a logon's of Windows.
    "SESSION": lazy(rf"-?[0-9]{{1,8}}|(?:0[xX])?[0-9A-Fa-f]{{8}}|0[xX][0-9A-Fa-f]{{1,16}}|{_NONE}"),
    # The `Sid` of a statement in a policy of AWS's, in words: `PublicRead`, `Stmt1538161409`; a
    # security identifier of Windows (MS-DTYP, 2.4.2.1).
    "SID": lazy(
        r"-?[0-9]{1,8}|[0-9A-Fa-f]{8}|(?:[A-Z]{1,4}[a-z]{2,20} ?){1,8}[0-9]{0,13}"
        r"|S-1(?:-[0-9]{1,10}){1,15}|[A-Za-z]{2,30}(?: [A-Za-z]{1,30}){1,12}"
    ),
    "STATE": lazy(r"(?i)optional|required|enabled|disabled|default|yes|no"),
}
"""Texts that a kind of value cannot be."""

_LEAST: Final = {
    "CC": 1000,
    "CARD": 1000,
    "DEVICE_ID": 1000,  # below, they are counted
    "INSTALLATION": 10**12,
    "IP": 2**24,  # 1.0.0.0 is the least address in use
    "MAC_ADDRESS": 2**24,
    "RX": 10**5,  # below, they are packets
    "SESSION": 10**8,  # below, they are those of Windows' terminals, or of a gateway
    "SID": 10**8,
}
"""The least number that a kind of value can be."""

_COUNTED: Final = frozenset({"TALK", "TOKENS"})
_TOLD: Final = frozenset({"RESULT", "SIGNATURE"})
_HOLDERS: Final = frozenset({
    ("auth",), ("authorization",), ("authorizations",), ("cred",), ("creds",), ("credential",),
    ("credentials",), ("jwt",), ("session",), ("sessions",), ("sig",), ("signature",),
    ("signatures",), ("tokens",), ("webhook",), ("webhooks",),
})  # fmt: skip
_BY_PAIR: Final[dict[Words, str]] = {
    ("cc",): "CC",
    ("rx",): "RX",
    ("caller", "id"): "CALLER",
    ("exp", "date"): "EXPIRY",
    ("expiration", "date"): "EXPIRY",
    ("expiry", "date"): "EXPIRY",
    ("full", "name"): "FULL_NAME",
    ("installation", "id"): "INSTALLATION",
    ("session", "id"): "SESSION",
    ("session", "ids"): "SESSION",
    ("member", "name"): "MEMBER",
    **dict.fromkeys(
        [(one, "token") for one in ("bos", "cls", "eos", "mask", "pad", "sep", "stop", "unk")],
        "MARK",
    ),
    ("secret", "id"): "NAMED",
    ("secret", "arn"): "NAMED",
    ("result", "signature"): "RESULT",
    ("http", "tokens"): "STATE",
    ("elevated", "token"): "STATE",
    ("elevation", "token"): "STATE",
}
"""By the last two words of a name: what else its value may be."""

_HOLDING_KEYS: Final = frozenset({
    ("access", "key"), ("access", "keys"), ("account", "token"), ("api", "key"), ("api", "keys"),
    ("encryption", "key"),
})  # fmt: skip
"""The same for what was issued to somebody: who may have described it, and when it was made."""

_BY_LAST: Final = dict.fromkeys((*KEPT, "htpasswd", "pgpass"), "FILE") | {
    "sid": "SID", "sig": "SIGNATURE", "signature": "SIGNATURE", "tokens": "TOKENS",
}  # fmt: skip
_CARDS: Final = frozenset({"card", "cc"})
_SOUND: Final = frozenset({"card", "cards"})

_MOST: Final = 64
_MONTHS: Final = 10**6
"""Above, a number is the second at which something ends."""


def doubt_of(words: Words, entity: str) -> str:
    """Return what kind of value a key of `words` cannot have; `CERTAIN` if it may have any."""
    last, pair = words[-1] if words else "", words[-2:]
    if pair in _BY_PAIR and _CARDS.isdisjoint(words[:-1]):
        return _BY_PAIR[pair]
    if entity not in SECRETS:
        if entity == "CREDIT_CARD" and last in _SOUND:
            return "CARD"
        return entity if entity in _PERSONAL else CERTAIN
    if words == ("session",):
        return "TALK"
    if words[-3:] == ("client", "request", "token"):
        return "IDEMPOTENCY"
    return _BY_LAST.get(last, CERTAIN)


def is_holder(words: Words, entity: str) -> bool:
    """Tell whether an object below a key of `words` tells of a secret rather than being one."""
    return entity in SECRETS and (words[-1:] in _HOLDERS or words[-2:] in _HOLDING_KEYS)


def is_other(doubt: str, value: object) -> bool:
    """Tell whether `value` cannot be what its key says."""
    if type(value) is dict:
        return not value or doubt in _SHAPED
    if doubt in _COUNTED:
        return _is_counted(value, talk=doubt == "TALK")
    if type(value) is list or type(value) is tuple:
        return len(value) <= _MOST and all(
            type(one) is not list and is_other(doubt, one) for one in value
        )
    if doubt in _TOLD:
        return _tells_of_a_signature(value, of_result=doubt == "RESULT")
    if type(value) is not str:
        return type(value) is int and (
            abs(value) < _LEAST.get(doubt, 0) or (doubt == "EXPIRY" and value > _MONTHS)
        )
    form = _FORMS.get(doubt)
    return (form is not None and form.fullmatch(value) is not None) or (
        doubt in _PERSONAL and _says_nothing(value)
    )


def _is_counted(value: object, *, talk: bool) -> bool:
    from affidavit._redact.classify.counted import is_counted  # noqa: PLC0415 - few events have one: an import need not wait for it

    return is_counted(value, talk=talk)


def _says_nothing(value: str) -> bool:
    return not _ALNUM.search(value) or value.strip(" <>()").lower() in _NOTHING


def _tells_of_a_signature(value: object, *, of_result: bool) -> bool:
    """Tell whether it is a number, one word, or words that are no name; a person signs with one."""
    if type(value) is not str:
        return type(value) is int or type(value) is float
    named = not of_result and " " in value.strip() and not _NO_PERSON.search(value)
    return not named and describes(value)
