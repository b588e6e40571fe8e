"""What each plugin of the house offers: every name once, and each name opens what it says."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from affidavit import SettingsError
from affidavit.plugin import LazyCommand, UrlParameters, load_plugins

PLUGINS: Final = load_plugins()
NEEDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "dynamodb": ("dynamodb", ("boto3",)),
    "http": ("", ()),
    "notify": ("notify", ("boto3", "jinja2")),
    "oracle": ("oracle", ("oracledb", "boto3")),
    "sqlite": ("", ("_sqlite3",)),
}
"""The extra that installs a plugin's needs, and these, where the plugin has but one module each."""

OPENED: Final[Mapping[tuple[str, str], Mapping[str, tuple[str, str]]]] = {
    ("affidavit_ledgers", "dynamodb"): {
        "dynamodb": ("dynamodb://records?key=alias/audit&tokens=alias/names", "Ledger")
    },
    ("affidavit_ledgers", "sqlite"): {"sqlite": ("sqlite:///a.db", "Ledger")},
    ("affidavit_sources", "dynamodb"): {
        "dynamodb": ("dynamodb://orders", "DynamoDbSource"),
        "s3": ("s3://documents", "BucketSource"),
    },
    ("affidavit_sources", "http"): {
        "https": ("https://charts.example.org", "HttpSource"),
        "http": ("http://127.0.0.1:8080", "HttpSource"),
    },
    ("affidavit_sources", "oracle"): {
        "oracle": ("oracle://db.example.org/app?secret=name", "OracleSource")
    },
    ("affidavit_sources", "sqlite"): {"sqlite": ("sqlite:///a.db", "SqliteSource")},
    ("affidavit_notifiers", "notify"): {
        "eventbridge": ("eventbridge://default", "AwsNotifier"),
        "ses": ("ses://a@example.org", "AwsNotifier"),
        "slack": ("slack://hooks.example.org?secret=env:CHAT", "WebhookNotifier"),
        "teams": ("teams://hooks.example.org?secret=env:CHAT", "WebhookNotifier"),
    },
    ("affidavit_archives", "dynamodb"): {"s3": ("s3://evidence/prices", "S3Archive S3Archive")},
    ("affidavit_archives", "ledger"): {
        "file": ("file:///tmp/evidence", "FolderArchive FolderArchive")
    },
    ("affidavit_signers", "dynamodb"): {"kms": ("kms:///alias/a?name=b.org/c", "KmsSigner")},
    ("affidavit_signers", "ledger"): {"file": ("file:///a.key?name=b.org/c", "FileSigner")},
    ("affidavit_push_targets", "dynamodb"): {
        "eventbridge": ("eventbridge://audit", "EventBus"),
        "firehose": ("firehose://audit", "DeliveryStream"),
    },
    ("affidavit_push_targets", "ledger"): {
        "file": ("file:///tmp/audit.ndjson", "RotatedFile"),
        "syslog": ("syslog://127.0.0.1:6514", "SyslogReceiver"),
    },
}
"""By hook and plugin: each scheme with a URL, and the type of what it opens."""

NUMBERS: Final[Mapping[tuple[str, str], Mapping[str, tuple[int, int, int]]]] = {
    ("affidavit_ledgers", "dynamodb"): {"timeout_ms": (250, 0, 900_000)},
    ("affidavit_ledgers", "sqlite"): {"timeout_ms": (0, 0, 999_999_999)},
    ("affidavit_sources", "s3"): {"limit": (1_048_576, 1, 999_999_999)},
    ("affidavit_sources", "sqlite"): {"timeout_ms": (0, 0, 999_999_999)},
    ("affidavit_sources", "https"): {
        "limit": (1_048_576, 1, 67_108_864),
        "connect_s": (5, 1, 60),
    },
    ("affidavit_sources", "oracle"): {
        "pool_max": (2, 1, 16),
        "ping_s": (5, 0, 3_600),
        "connect_s": (5, 1, 60),
        "statements": (20, 0, 1_000),
        "array": (100, 1, 10_000),
        "lob_bytes": (1_048_576, 0, 67_108_864),
    },
    ("affidavit_push_targets", "file"): {
        "size": (104_857_600, 0, 10**12),
        "keep": (0, 0, 10**6),
    },
}
"""By hook and scheme: each number that a URL takes, with what is usual, least and most."""

COMMANDS: Final = {
    "bundle": "bundle",
    "devserver": "dev",
    "harness": "scenario",
    "ledger": "attest erasure export ledger prove push replay retention seal shred verify who",
    "lint": "lint",
    "localcloud": "local",
    "policy": "policy",
    "release": "release",
    "reports": "archive console pack report",
    "scaffold": "add new",
    "service": "event service",
    "terraform": "terraform",
}


def _offered(hook: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for plugin, one in PLUGINS.collect(hook):
        name = getattr(one, "scheme", None) or one.name
        assert name not in found.setdefault(plugin, {})
        found[plugin][name] = one
    return found


@pytest.mark.parametrize("hook", sorted({hook for hook, _ in OPENED}))
def test_each_scheme_is_offered_by_its_plugin(hook: str) -> None:
    """And no other one."""
    assert {plugin: set(said) for (of, plugin), said in OPENED.items() if of == hook} == {
        plugin: set(said) for plugin, said in _offered(hook).items()
    }


@pytest.mark.parametrize(
    ("hook", "plugin", "scheme"),
    [(hook, plugin, scheme) for (hook, plugin), said in OPENED.items() for scheme in said],
)
def test_a_scheme_opens_what_it_says(
    hook: str, plugin: str, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the name that was asked for; nothing is reached yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    url, kind = OPENED[hook, plugin][scheme]
    offer = _offered(hook)[plugin][scheme]
    named = ("prices",) if hook == "affidavit_sources" else ()
    opened = offer.open(*named, urlsplit(url.replace("///a", f"//{tmp_path}/a")))

    parts = opened if type(opened) is tuple else (opened,)
    assert kind == " ".join(type(one).__name__ for one in parts)
    assert not named or "prices" == opened.name
    assert hook != "affidavit_ledgers" or scheme == opened.store.name


@pytest.mark.parametrize(
    ("hook", "scheme", "name"),
    [(hook, scheme, name) for (hook, scheme), said in NUMBERS.items() for name in said],
)
def test_a_number_of_a_url_has_its_bounds(
    hook: str, scheme: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The least and the most are taken, one less and one more are not; one is usual."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    read: list[int] = []
    number = UrlParameters.number

    def noted(said: UrlParameters, asked: str, **bounds: int) -> int:
        found = number(said, asked, **bounds)
        read.extend([found] if asked == name else [])
        return found

    monkeypatch.setattr(UrlParameters, "number", noted)
    usual, least, most = NUMBERS[hook, scheme][name]
    plugin, url = next(
        (plugin, said[scheme][0])
        for (of, plugin), said in OPENED.items()
        if of == hook and scheme in said
    )
    offer, named = _offered(hook)[plugin][scheme], ("a",) if hook == "affidavit_sources" else ()
    url = url.replace("///a", f"//{tmp_path}/a")
    mark = "&" if "?" in url else "?"

    for more in ("", f"{mark}{name}={least}", f"{mark}{name}={most}"):
        offer.open(*named, urlsplit(f"{url}{more}"))
    assert [usual, least, most] == read
    for beyond in (least - 1, most + 1):
        with pytest.raises(SettingsError, match=f"{name} is not a whole number from {least} to"):
            offer.open(*named, urlsplit(f"{url}{mark}{name}={beyond}"))


def test_each_command_is_offered_by_its_plugin_and_is_there() -> None:
    """By its name, in the module that the offer names."""
    offered = _offered("affidavit_commands")

    assert {plugin: set(names.split()) for plugin, names in COMMANDS.items()} == {
        plugin: set(said) for plugin, said in offered.items()
    }
    for one in (each for said in offered.values() for each in said.values()):
        assert isinstance(one, LazyCommand)
        module, _, attribute = one.place.partition(":")
        assert one.name == getattr(importlib.import_module(module), attribute).name


def test_each_plugin_says_what_it_is_for() -> None:
    """In a sentence of its own; `affidavit plugins` shows it."""
    told = [one.summary for one in PLUGINS.listing()]
    assert all(told)
    assert len(told) == len({*told})


@pytest.mark.parametrize("name", NEEDS)
def test_a_plugin_says_what_it_needs(name: str) -> None:
    """And which extra installs it."""
    about = importlib.import_module(f"affidavit_{name}").affidavit_about()

    assert NEEDS[name] == (about.extra, about.needs)
    assert about.summary
