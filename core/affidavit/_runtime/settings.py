"""What the environment says: the only module that reads `AFFIDAVIT_…` variables.

Moving from a laptop to production changes these variables and nothing else.
Terraform sets the same names; a test compares both sides. No variable can
switch a control off, and one that is misspelt is an error: `AFFIDAVIT_POLCY`
must not quietly mean the default policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from affidavit._policy.model import DEFAULT_ENVIRONMENT, ENVIRONMENT_NAME
from affidavit._types import LOG_LEVELS
from affidavit.errors import SettingsError

PREFIX: Final = "AFFIDAVIT_"
SOURCE_PREFIX: Final = "AFFIDAVIT_SOURCE_"

VARIABLES: Final = {
    "AFFIDAVIT_POLICY": "Name of a shipped policy, or path of a compiled one.",
    "AFFIDAVIT_LEDGER": "URL of the ledger: sqlite:///ledger.db, dynamodb://table, memory:",
    "AFFIDAVIT_SOURCE_<NAME>": "URL of a data source: sqlite:///prices.db, oracle://host/service",
    "AFFIDAVIT_ARCHIVE": "URL of the archive: s3://bucket/prefix, file:///folder",
    "AFFIDAVIT_SIGNER": "URL of the sealer's key: kms:///alias/sealer?name=example.org/ledger",
    "AFFIDAVIT_WITNESS": "URL of an archive for copies of checkpoints, or of who cosigns them.",
    "AFFIDAVIT_TSA": "URL of a time-stamping authority: https://tsa.example/tsr?certificates=FILE",
    "AFFIDAVIT_NOTIFY": "URL of who sends mail and events: ses://sender@example.org?bus=name",
    "AFFIDAVIT_ENVIRONMENT": "Name of the environment, such as dev; the policy says what it means.",
    "AFFIDAVIT_PLUGINS": "Plugins to load, by name, comma-separated; all installed ones if unset.",
    "AFFIDAVIT_NAMESPACE": "Namespace of the metrics.",
    "AFFIDAVIT_TENANT": "Whose data this is; tokens of two tenants have nothing in common.",
    "AFFIDAVIT_LOG_LEVEL": "debug, info, warning, error or critical.",
    "AFFIDAVIT_UNSAFE_DEBUG": "1 where a debugger looks in; each record says so. Never deployed.",
}
"""Every variable that is read, and what it says. `docs/settings.md` lists them."""

LOCAL_POLICY: Final = "baseline"
LOCAL_ENVIRONMENT: Final = "local"
LOCAL_LEDGER: Final = "sqlite:///affidavit.db"


class Settings(NamedTuple):
    """The environment, checked for form. Nothing has been opened yet.

    >>> read_settings({"AFFIDAVIT_POLICY": "hipaa"}).policy
    'hipaa'
    """

    policy: str
    ledger: SplitResult
    sources: Mapping[str, SplitResult]
    environment: str
    plugins: tuple[str, ...] | None
    namespace: str
    tenant: str
    log_level: str
    region: str
    function: str
    function_version: str
    archive: SplitResult | None
    signer: SplitResult | None
    witness: SplitResult | None
    tsa: SplitResult | None = None
    notify: SplitResult | None = None
    unsafe: tuple[str, ...] = ()
    """What weakens a control here; each record repeats it."""

    @property
    def in_lambda(self) -> bool:
        """True in a deployed function, and under the local Lambda service."""
        return bool(self.function)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read every `AFFIDAVIT_…` variable, and the few that Lambda sets.

    In Lambda the policy, the ledger and the environment must be named; on a
    laptop they default to `baseline`, a SQLite file here, and `local`.

    Raises:
        SettingsError: A variable is unknown, missing, or not of the right form.
            The message names variables, never what they hold.

    >>> read_settings({"AFFIDAVIT_LEDGER": "sqlite:///ledger.db"}).ledger.path
    '/ledger.db'
    """
    _refuse_unknown(environ)
    in_lambda = bool(environ.get("AWS_LAMBDA_FUNCTION_NAME"))
    get = _Reader(environ, in_lambda=in_lambda)
    plugins = environ.get("AFFIDAVIT_PLUGINS")
    return Settings(
        policy=get.needed("AFFIDAVIT_POLICY", LOCAL_POLICY),
        ledger=get.url("AFFIDAVIT_LEDGER", get.needed("AFFIDAVIT_LEDGER", LOCAL_LEDGER)),
        sources=dict(_sources(environ, get)),
        environment=get.environment("AFFIDAVIT_ENVIRONMENT"),
        plugins=None if plugins is None else _names(plugins),
        namespace=environ.get("AFFIDAVIT_NAMESPACE") or "affidavit",
        tenant=environ.get("AFFIDAVIT_TENANT", ""),
        log_level=get.choice(
            "AFFIDAVIT_LOG_LEVEL", environ.get("AFFIDAVIT_LOG_LEVEL") or "info", tuple(LOG_LEVELS)
        ),
        region=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "",
        function=environ.get("AWS_LAMBDA_FUNCTION_NAME", ""),
        function_version=environ.get("AWS_LAMBDA_FUNCTION_VERSION", ""),
        archive=get.optional_url("AFFIDAVIT_ARCHIVE"),
        signer=get.optional_url("AFFIDAVIT_SIGNER"),
        witness=get.optional_url("AFFIDAVIT_WITNESS"),
        tsa=get.optional_url("AFFIDAVIT_TSA"),
        notify=get.optional_url("AFFIDAVIT_NOTIFY"),
        unsafe=get.unsafe(),
    )


class _Reader:
    """Reads variables by kind; every failure names the variable only."""

    def __init__(self, environ: Mapping[str, str], *, in_lambda: bool) -> None:
        self.environ = environ
        self.in_lambda = in_lambda

    def needed(self, name: str, at_home: str) -> str:
        value = self.environ.get(name)
        if value:
            return value
        if self.in_lambda:
            raise SettingsError(
                f"{name} is not set",
                why="a deployed function says which policy it is under and where its ledger is",
                fix=f"Set it. {VARIABLES[name]}",
            )
        return at_home

    def optional_url(self, name: str) -> SplitResult | None:
        value = self.environ.get(name)
        return self.url(name, value) if value else None

    def url(self, name: str, value: str) -> SplitResult:
        try:
            url = urlsplit(value)
        except ValueError:
            url = SplitResult("", "", "", "", "")
        if not url.scheme or not re.fullmatch(r"[a-z][a-z0-9+.-]*", url.scheme):
            raise SettingsError(
                f"{name} is not a URL",
                why="it has no scheme, such as sqlite: or dynamodb:",
                fix="See docs/settings.md",
            )
        return url

    def environment(self, name: str) -> str:
        value = self.needed(name, LOCAL_ENVIRONMENT)
        if not re.fullmatch(ENVIRONMENT_NAME, value) or value == DEFAULT_ENVIRONMENT:
            raise SettingsError(
                f"{name} is no name of an environment",
                why=f"it has to look like {ENVIRONMENT_NAME}, and cannot be "
                f"{DEFAULT_ENVIRONMENT}, which stands for all that a policy does not name",
                fix="Use the name that Terraform and the policy use",
            )
        return value

    def unsafe(self) -> tuple[str, ...]:
        """Return `debug` if a debugger may look in, which it may on this machine only."""
        if not self.environ.get("AFFIDAVIT_UNSAFE_DEBUG"):
            return ()
        self.choice("AFFIDAVIT_UNSAFE_DEBUG", self.environ["AFFIDAVIT_UNSAFE_DEBUG"], ("1",))
        aws = urlsplit(self.environ.get("AWS_ENDPOINT_URL", "")).hostname
        if self.in_lambda and aws not in {"127.0.0.1", "localhost", "::1"}:
            raise SettingsError(
                "AFFIDAVIT_UNSAFE_DEBUG is set in a deployed function",
                why="who looks in with a debugger sees raw data and may change an answer",
                fix="Unset it; debug on your machine, with affidavit dev --debug",
            )
        return ("debug",)

    def choice(self, name: str, value: str, allowed: tuple[str, ...]) -> str:
        if value not in allowed:
            raise SettingsError(
                f"{name} has a word that is not known",
                why=f"it can be {', '.join(allowed)}",
                fix="Correct it",
            )
        return value


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))


def _sources(environ: Mapping[str, str], get: _Reader) -> Iterator[tuple[str, SplitResult]]:
    for name in sorted(environ):
        if name.startswith(SOURCE_PREFIX):
            yield name.removeprefix(SOURCE_PREFIX).lower(), get.url(name, environ[name])


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    unknown = sorted(
        name
        for name in environ
        if name.startswith(PREFIX)
        and name not in VARIABLES
        and not re.fullmatch(SOURCE_PREFIX + r"[A-Z][A-Z0-9_]*", name)
        and not name.startswith("AFFIDAVIT_TEST_")
    )
    if unknown:
        raise SettingsError(
            f"{', '.join(unknown)}: no such setting",
            why="a misspelt variable would leave a default in force",
            fix="Compare with docs/settings.md and correct or unset it",
        )
