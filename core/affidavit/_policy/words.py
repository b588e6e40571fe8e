"""The words that policies are made of, and how a setting is declared with them.

Each word carries its sentence: the tables in docs/policy-keys.md and the
descriptions that editors show are read from here.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import NamedTuple, Self


class Word(Enum):
    """A word that a policy can say, and what it means. Ordered from weak to strict."""

    _value_: str
    says: str

    def __new__(cls, value: str, says: str = "") -> Self:
        """Keep the sentence beside the word."""
        word = object.__new__(cls)
        word._value_ = value
        word.says = says
        return word


@unique
class Merge(Word):
    """What extending does to a setting.

    >>> Merge.STRICTEST.says
    'the strictest word'
    """

    STRICTEST = "strictest", "the strictest word"
    MOST = "most", "the most"
    LEAST = "least", "the least"
    COMMON = "common", "only what every parent has"
    ALL = "all", "true only if every parent and the file itself say true"
    OWN = "own", "the file's own; parents that differ must be decided"
    JOINED = "joined", "joined"
    ENTITIES = "entities", "the strictest action per entity"
    KEYS = "keys", "joined; what a parent, or what is built in, hides is hidden as strictly"
    SINKS = "sinks", "`allowlist` wins; listed keys are joined"


class Setting(NamedTuple):
    """Marks a field as a setting: what it says in one sentence, and how it merges.

    >>> Setting(says="days of every log group", merge=Merge.OWN).merge.value
    'own'
    """

    says: str
    merge: Merge


class Form(NamedTuple):
    """What a value may be: numbers, or lengths, `within` two others; texts `like` a pattern.

    >>> Form(within=(1, 128)).like
    ''
    """

    within: tuple[int, int] | None = None
    like: str = ""


@unique
class Declare(Word):
    """When the opening record must be kept.

    >>> [word.value for word in Declare]
    ['none', 'overlap', 'before']
    """

    NONE = "none", "no opening record: one record per invocation, before the answer"
    OVERLAP = (
        "overlap",
        "the write starts first; nothing that was read reaches the handler before it is kept",
    )
    BEFORE = "before", "the handler does not start before the opening record is kept"


@unique
class Trust(Word):
    """How the actor is known.

    >>> [word.value for word in Trust]
    ['authorizer', 'iam', 'service', 'asserted', 'anonymous']
    """

    AUTHORIZER = (
        "authorizer",
        "API Gateway checked a token and handed over its claims: `sub`, `principalId`, `client_id`",
    )
    IAM = "iam", "AWS checked a signature and names the principal"
    SERVICE = (
        "service",
        'a state machine calls and says which one it is, with `"StepFunctions.$": "$$"`',
    )
    ASSERTED = "asserted", "a field of the request says so; nobody checked"
    ANONYMOUS = "anonymous", "nobody is named; a policy that trusts this accepts everybody"


@unique
class RedactionAction(Word):
    """What happens to a value that is recognised.

    >>> [word.value for word in RedactionAction]
    ['keep', 'truncate', 'mask', 'token', 'replace', 'drop']
    """

    KEEP = "keep", "it passes"
    TRUNCATE = "truncate", "the coarse part stays: a year, a network"
    MASK = "mask", "a few characters stay, as receipts show them"
    TOKEN = "token", "a keyed hash: the same value is the same token"
    REPLACE = "replace", "the name of its kind stands there"
    DROP = "drop", "nothing of it, not even its length"


@unique
class Sink(Word):
    """A place where data leaves the invocation.

    >>> [word.value for word in Sink]
    ['log', 'metric', 'trace', 'error', 'answer']
    """

    LOG = "log", "log lines"
    METRIC = "metric", "dimensions of metrics"
    TRACE = "trace", "annotations of spans"
    ERROR = "error", "messages of exceptions"
    ANSWER = "answer", "answers, which are not scanned: fields that no key lists do not leave"


@unique
class SinkMode(Word):
    """What a sink does with keys that no rule names.

    >>> [word.value for word in SinkMode]
    ['denylist', 'allowlist']
    """

    DENYLIST = "denylist", "they pass, once their values have been scanned"
    ALLOWLIST = "allowlist", "their values are replaced: only listed keys pass"


@unique
class OutputCapture(Word):
    """What others write in the same process, and the engine takes over."""

    LOGGING = "logging", "every record of Python's `logging`, whoever made it, and warnings"
    PRINT = "print", "every line that is written to stdout and stderr"


@unique
class Pack(Word):
    """The states whose numbers of people are looked for in texts."""

    EU = "eu", "the 27 states of the European Union"
    UK = "uk", "the United Kingdom"
    SWITZERLAND = "switzerland", "Switzerland"
    NORWAY = "norway", "Norway"
    US = "us", "the United States"
    CANADA = "canada", "Canada"
    AUSTRALIA = "australia", "Australia"
    NEW_ZEALAND = "new_zealand", "New Zealand"
    BRAZIL = "brazil", "Brazil"
    INDIA = "india", "India"
    JAPAN = "japan", "Japan"
    CHINA = "china", "China"
    KOREA = "korea", "South Korea"
    SINGAPORE = "singapore", "Singapore"
    TURKEY = "turkey", "Türkiye"
    SOUTH_AFRICA = "south_africa", "South Africa"


@unique
class Literals(Word):
    """Whether a statement may hold values of its own.

    >>> [word.value for word in Literals]
    ['allow', 'refuse']
    """

    ALLOW = "allow", "texts and numbers may stand in a statement"
    REFUSE = (
        "refuse",
        "a statement with a text or a number in it is not run; every value is a bind",
    )


@unique
class OffRecord(Word):
    """What happens to access that no source makes."""

    RECORD = "record", "the closing record lists it, and a metric counts what no list names"
    REFUSE = "refuse", "it raises `UnauditedAccessError` at the call, unless a list names it"


@unique
class Charset(Word):
    """What a value shape is made of."""

    DIGITS = "digits", "0-9"
    UPPER = "upper", "A-Z"
    LOWER = "lower", "a-z"
    LETTERS = "letters", "A-Za-z"
    ALNUM = "alnum", "A-Za-z0-9"
    HEX = "hex", "0-9A-Fa-f"
