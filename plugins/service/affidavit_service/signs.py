"""What the logs of failing functions have in common: one sign per kind of failure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

Told = Callable[[re.Match[str]], tuple[str, str]]


class Sign(NamedTuple):
    """A kind of failure, how its lines look, and what to say of one that does."""

    kind: str
    pattern: re.Pattern[str]
    told: Told


def _sign(kind: str, pattern: str, found: str, fix: str) -> Sign:
    """Return a sign whose texts may name the groups of its pattern."""

    def told(match: re.Match[str]) -> tuple[str, str]:
        names = {key: value or "" for key, value in match.groupdict().items()}
        return found.format(**names), fix.format(**names)

    return Sign(kind, re.compile(pattern, re.DOTALL), told)


MODULE: Final = r"[A-Za-z_][\w.]{0,100}"
BUNDLE: Final = "Make the bundle for this function: affidavit bundle make --python … --arch …"

SIGNS: Final = (
    _sign(
        "handler-module",
        rf"Unable to import module '(?P<m>{MODULE})': No module named '(?P=m)'",
        "there is no module {m}, which the handler's name says",
        "Correct the handler's name, or pack its module at the root of the zip",
    ),
    _sign(
        "binary",
        rf"No module named '(?P<m>{MODULE}\.(?:_\w+|\w*_core|\w*umath\w*|_rust))'",
        "{m} has no file for this Python and processor",
        BUNDLE,
    ),
    _sign(
        "module",
        rf"No module named '(?P<m>{MODULE})'",
        "there is no module {m}",
        "Add what has {m} to the requirements, and bundle again",
    ),
    _sign(
        "name",
        rf"cannot import name '(?P<n>\w{{1,80}})' from '(?P<m>{MODULE})'",
        "{m} has no {n}: another version than the code was written for",
        "Pin the version that has it, and bundle with --lock",
    ),
    _sign(
        "glibc",
        r"version `(?P<v>GLIBC(?:XX)?_[\d.]+)' not found",
        "a library needs {v}, which the runtime has not",
        "Use an older manylinux wheel or a later runtime; affidavit bundle checks it",
    ),
    _sign(
        "library",
        r"(?P<l>lib[\w.+-]{1,60}\.so[\d.]*): cannot open shared object file",
        "there is no library {l}",
        "Use a wheel that brings it along, or add it with --include",
    ),
    _sign(
        "processor",
        r"(?:invalid ELF header|wrong ELF class|cannot open shared object file: Exec format)",
        "a library is for another processor",
        BUNDLE,
    ),
    _sign(
        "builtin",
        rf"Cannot use built-in module (?P<m>{MODULE}) as a handler module",
        "the handler's module {m} has the name of a built-in one",
        "Give the module another name",
    ),
    _sign(
        "import",
        r"Runtime\.ImportModuleError",
        "the handler's module raised ImportError",
        "Start the bundle here: affidavit bundle verify ZIP",
    ),
    _sign(
        "handler",
        r"Runtime\.HandlerNotFound.*?"
        rf"Handler '(?P<h>\w{{1,80}})' missing on module '(?P<m>{MODULE})'",
        "the module {m} has no {h}",
        "Correct the handler's name, or define {h}",
    ),
    _sign(
        "handler-form",
        r"Runtime\.MalformedHandlerName",
        "the handler's name is not MODULE.FUNCTION",
        "Say it as package.module.function",
    ),
    _sign(
        "syntax",
        r"Runtime\.UserCodeSyntaxError.*?(?:\((?P<f>[\w.-]{1,80}), line (?P<l>\d+)\)|$)",
        "{f} line {l} cannot be parsed by the function's Python",
        "Correct it, or use a later runtime; affidavit bundle parses by the runtime's grammar",
    ),
    _sign(
        "marshal",
        r"Runtime\.MarshalError",
        "the answer is not JSON",
        "Return what JSON can say, or decorate with @audited(response=…)",
    ),
    _sign(
        "memory",
        r"Runtime\.OutOfMemory|signal: killed",
        "the function had too little memory and was killed",
        "Raise memory_mb",
    ),
    _sign(
        "crash",
        r"signal: (?P<s>segmentation fault|aborted|illegal instruction|bus error)",
        "the process ended by a signal: {s}",
        "Look for a compiled library that does not fit; " + BUNDLE,
    ),
    _sign(
        "init-time",
        r"INIT_REPORT[^\n]*Status: timeout|"
        r"phase[\"']?: [\"']init[\"'].{0,80}timeout",
        "the start took too long",
        "Import later what is not needed at once, and open connections on first use",
    ),
    _sign(
        "time",
        r"Task timed out after (?P<s>[\d.]{1,8}) seconds",
        "a call took longer than its {s} s",
        "Raise timeout_s, or look at what it waits for: a network without a way out, say",
    ),
    _sign(
        "exit",
        r"Runtime\.ExitError|Runtime exited",
        "the process ended by itself",
        "Do not call sys.exit; raise",
    ),
    _sign(
        "rights",
        r"not authorized to perform:? (?P<a>[a-z0-9-]{2,40}:[A-Za-z]{2,60})",
        "its role may not {a}",
        "Add {a} to the function's rights",
    ),
    _sign(
        "rights",
        r"\((?:AccessDenied|AccessDeniedException|UnauthorizedOperation|403)\) when calling the "
        r"(?P<a>\w{2,60}) operation",
        "its role may not call {a}",
        "Add {a} to the function's rights",
    ),
    _sign(
        "resource",
        r"\((?:ResourceNotFoundException|NoSuchBucket|NoSuchKey|AWS\.SimpleQueueService\."
        r"NonExistentQueue|QueueDoesNotExist|NotFound|404)\) when calling the "
        r"(?P<a>\w{2,60})",
        "what {a} asks for is not there",
        "Compare the names in its variables with what was deployed, and the region",
    ),
    _sign(
        "throttled",
        r"\((?:ThrottlingException|ProvisionedThroughputExceededException|TooManyRequestsException|"
        r"SlowDown)\) when calling the (?P<a>\w{2,60})",
        "{a} is called more often than it may be",
        "Use on-demand capacity, or lower the concurrency",
    ),
    _sign(
        "key",
        r"\((?:KMS\w*Exception|InvalidCiphertextException)\) when calling the "
        r"(?P<a>\w{2,60})",
        "the key that {a} needs cannot be used",
        "Let the function's role use the key, in the key's policy, too",
    ),
    _sign(
        "request",
        r"\((?P<c>ValidationException|ConditionalCheckFailedException|InvalidParameterValue)\) "
        r"when calling the (?P<a>\w{2,60})",
        "{a} refused its request: {c}",
        "Compare the types of the keys with the table's and its indexes'",
    ),
    _sign(
        "network",
        r"(?:EndpointConnectionError|ConnectTimeoutError|ConnectionRefusedError|URLError|gaierror|"
        r"Could not connect to the endpoint)",
        "it cannot reach what it calls",
        "Give its network a way there: an endpoint, a gateway, or a security group's rule",
    ),
    _sign(
        "region",
        r"NoRegionError|You must specify a region",
        "a client has no region",
        "Do not clear the environment; Lambda sets AWS_REGION",
    ),
    _sign(
        "credentials",
        r"NoCredentialsError|Unable to locate credentials|UnrecognizedClientException|ExpiredToken",
        "it has no credentials that count",
        "Let it use its role: no access keys in its variables",
    ),
    _sign(
        "settings",
        r"(?P<e>SettingsError|PolicyError|PluginError|LedgerKeyError|SetupError)\b",
        "affidavit could not start: {e}",
        "The log says what, why and what to do next; affidavit doctor checks the same variables",
    ),
    _sign(
        "evidence",
        r"AttestationError|LedgerUnavailable",
        "its records cannot be kept, so it gives no answer",
        "Look at the ledger's table: is it there, and may the role write to it?",
    ),
    _sign(
        "answer-size",
        r"Function\.ResponseSizeTooLarge",
        "an answer is larger than Lambda takes",
        "Put it into a bucket and answer with where it is",
    ),
    _sign(
        "recursion",
        r"RecursionError",
        "a call goes too deep",
        "Look for a function that calls itself",
    ),
    _sign(
        "disk",
        r"No space left on device",
        "its folder for temporary files is full",
        "Raise the ephemeral storage, or remove what is done with",
    ),
    _sign(
        "read-only",
        r"Read-only file system",
        "it writes where nothing can be written",
        "Write below the folder for temporary files only",
    ),
)
