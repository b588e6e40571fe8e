"""The release policy: a file that says who may decide what, and where releases go.

It is data, TOML, and strict: an unknown key, a missing environment, a gate
without a role, or an environment without a smoke test is refused.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from pydantic import ValidationError

from affidavit_release.errors import ReleaseError
from affidavit_release.release_events import ReleaseEvent
from affidavit_release.rules_file import (
    EnvironmentPart,
    NotifyPart,
    RulesFile,
    Scenarios,
    SmokePart,
)
from affidavit_release.versions import Version, read_version


class Person(NamedTuple):
    """Somebody who may decide. `identities` are all names that are theirs, in canonical form."""

    name: str
    roles: frozenset[str]
    identities: frozenset[str]


class Invoke(NamedTuple):
    """An event for a function, and by whom its records are found; names as the handler sees them.

    `opening` is False for a policy that keeps the closing record only.
    """

    function: str
    event: Path
    actor: str | None
    subject: str | None
    opening: bool


class Smoke(NamedTuple):
    """A command that must succeed, or a built-in check; and whether it writes anything."""

    name: str
    environments: frozenset[str]
    command: tuple[str, ...]
    writes: bool
    timeout_s: int
    invoke: Invoke | None = None
    scenarios: Scenarios | None = None


class Recipient(NamedTuple):
    """Somebody who is told: by which notifier, of what, about which environments (None: all)."""

    url: SplitResult
    to: tuple[str, ...]
    on: frozenset[ReleaseEvent]
    environments: frozenset[str] | None


class Build(NamedTuple):
    """How bundles are made, where they lie then, and what they have to fit.

    What `terraform` names is kept with the others, and no alias is moved for it.
    """

    bundles: Path
    command: tuple[str, ...]
    check: tuple[str, ...]
    terraform: frozenset[str]
    timeout_s: int
    builder: str
    service: Path | None = None


class Rules(NamedTuple):
    """A release policy, checked. Relative paths and URLs start at the file's folder."""

    folder: Path
    digest: str
    """Half of the file's SHA-256 in hexadecimal: records say which rules were in force."""
    pipeline: str
    first: Version
    vault: SplitResult
    dr_vault: SplitResult | None
    signer: SplitResult
    public_key: Path
    retain_days: int
    proven: bool
    """True if who approves must be known to AWS."""
    redact_why: bool
    """True if reasons are kept redacted, False if only as tokens."""
    build: Build
    people: dict[str, Person]
    roles: dict[str, str]
    """The role that lets a release into an environment; only gated ones have one."""
    labels: dict[str, str]
    """What versions are called in an environment, such as `rc`; most have no such word."""
    targets: dict[str, SplitResult]
    """By environment, in the order of the file: the way of every release."""
    mirror: str
    """The environment that gets what is live in the last of the way; empty if there is none."""
    smoke: tuple[Smoke, ...]
    notify: tuple[Recipient, ...] = ()

    @property
    def way(self) -> tuple[str, ...]:
        """Return the environments in turn; none is left out, and a mirror is none of them."""
        return tuple(name for name in self.targets if name != self.mirror)

    def one_of(self, environments: Iterable[str], environment: str) -> str:
        """Return `environment` if this step is for it.

        Raises:
            ReleaseError: It is not.

        """
        wanted = tuple(environments)
        if environment in wanted:
            return environment
        raise ReleaseError(
            "this step is not for that environment",
            why=f"by the release policy it is for {', '.join(wanted)}",
            fix="Correct --env" + (", or run sync-dr" if environment == self.mirror else ""),
        )


def canonical(name: str) -> str:
    """Return an identity in the form in which two of them are compared."""
    return name.strip().casefold()


def read_rules(path: Path) -> Rules:
    """Read a release policy.

    Raises:
        ReleaseError: It cannot be read, or says too little, too much or the wrong thing.
            The message names places in the file, never what stands there.

    """
    try:
        data = path.read_bytes()
        said = RulesFile.model_validate(tomllib.loads(data.decode("utf-8")))
    except OSError as error:
        why = f"reading it raised {type(error).__name__}"
    except ValidationError as error:
        why = "; ".join(sorted({_place(one["loc"], one["type"]) for one in error.errors()}))
    except (ValueError, RecursionError):
        why = "it is not TOML in UTF-8"
    else:
        return _rules(said, path.resolve().parent, hashlib.sha256(data).hexdigest()[:32])
    raise _bad(why)


def _rules(said: RulesFile, folder: Path, digest: str) -> Rules:
    # The mirror comes last, wherever the file has it.
    environments = dict(sorted(said.environments.items(), key=lambda one: bool(one[1].mirrors)))
    people = {
        name: Person(name, frozenset(one.roles), frozenset(map(canonical, [name, *one.identities])))
        for name, one in said.people.items()
    }
    _check(said, environments, people)
    return Rules(
        folder=folder,
        digest=digest,
        pipeline=said.pipeline,
        first=read_version(said.first),
        vault=_url(said.vault, folder),
        dr_vault=None if said.dr_vault is None else _url(said.dr_vault, folder),
        signer=_url(said.signer, folder),
        public_key=folder / said.public_key,
        retain_days=said.retain_days,
        proven=said.approvals == "iam",
        redact_why=said.why == "redacted",
        build=Build(
            folder / said.build.bundles,
            tuple(said.build.command or ()),
            tuple(said.build.check or ()),
            frozenset(said.build.terraform),
            said.build.timeout_s,
            said.build.builder,
            folder / said.build.service if said.build.service else None,
        ),
        people=people,
        roles={name: one.role for name, one in environments.items() if one.role is not None},
        labels={name: one.label for name, one in environments.items() if one.label is not None},
        targets={name: _url(one.target, folder) for name, one in environments.items()},
        mirror=next((name for name, one in environments.items() if one.mirrors), ""),
        smoke=tuple(_smoke(one, folder) for one in said.smoke),
        notify=tuple(_recipient(one, folder) for one in said.notify),
    )


def _smoke(one: SmokePart, folder: Path) -> Smoke:
    invoke = None
    if one.invoke is not None:
        said, event = one.invoke, folder / one.invoke.event
        invoke = Invoke(said.function, event, said.actor, said.subject, said.opening)
    places, command = frozenset(one.environments), tuple(one.command or ())
    return Smoke(one.name, places, command, one.writes, one.timeout_s, invoke, one.scenarios)


def _recipient(one: NotifyPart, folder: Path) -> Recipient:
    places = None if one.environments is None else frozenset(one.environments)
    return Recipient(_url(one.url, folder), tuple(one.to), frozenset(one.on), places)


def _check(
    said: RulesFile, environments: dict[str, EnvironmentPart], people: dict[str, Person]
) -> None:
    """Refuse rules under which something would go unchecked."""
    way = [name for name, one in environments.items() if one.mirrors is None]
    if not way or environments[way[-1]].role is None:
        raise _bad("the last environment has no role: somebody has to let releases in")
    for name, one in environments.items():
        if one.mirrors is not None and (one.role is not None or one.mirrors != way[-1]):
            raise _bad(f"{name} mirrors another than the last environment, or has a role")
        if one.role is not None and not any(one.role in who.roles for who in people.values()):
            raise _bad(f"nobody has the role that lets a release into {name}")
    if len(environments) > len(way) + 1:
        raise _bad("there is more than one mirror")
    named = [one.environments for one in said.smoke]
    named += [one.environments for one in said.notify if one.environments is not None]
    if any(set(one) - environments.keys() for one in named):
        raise _bad("a smoke test or a recipient names an environment that is none")
    checked = {name for one in said.smoke for name in one.environments}
    unchecked = [name for name in environments if name not in checked]
    if unchecked:
        raise _bad(f"no smoke test runs in {', '.join(unchecked)}")
    claimed = [identity for one in people.values() for identity in one.identities]
    if len(claimed) != len(set(claimed)):
        raise _bad("two people share an identity")


def _url(text: str, folder: Path) -> SplitResult:
    """Read a URL; `file:name` and `folder:name` are relative to the rules."""
    found = re.fullmatch(r"(file|folder):([^/?#][^?#]*)(\?[^#]*)?", text)
    if found:
        text = f"{found[1]}://{quote(str(folder / found[2]))}{found[3] or ''}"
    url = SplitResult("", "", "", "", "")
    with suppress(ValueError):
        url = urlsplit(text)
    if not url.scheme:
        raise _bad("a URL has no scheme, such as file:, s3:, kms:, folder: or lambda:")
    return url


def _place(place: tuple[int | str, ...], kind: str) -> str:
    return f"{'.'.join(map(str, place))}: {kind}"


def _bad(why: str) -> ReleaseError:
    return ReleaseError("the release policy cannot be used", why=why, fix="See docs/release.md")
