"""Read what a project needs: requirements.txt, pyproject.toml, and lock files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from affidavit_bundle.errors import BundleError
from affidavit_bundle.wheels import Lock, canonical


class Needs(NamedTuple):
    """Distributions that are asked for, and the versions and hashes that they may have."""

    requirements: tuple[str, ...]
    lock: Lock


def read_needs(
    paths: Sequence[Path], extras: Sequence[str], groups: Sequence[str], lock: Path | None
) -> Needs:
    """Read every file of `paths`; `extras` and `groups` are of its pyproject.toml.

    Raises:
        BundleError: A file says what cannot be bundled, or names what it has not.

    """
    wanted: list[str] = []
    locks = [read_lock(lock)] if lock is not None else []
    for path in paths:
        if path.name.startswith("pylock"):
            locks.append(read_lock(path))
            wanted += locks[-1].pins
        elif path.suffix == ".toml":
            wanted += _of_project(path, extras, groups)
        else:
            found, pinned = _of_text(path)
            wanted += found
            locks.append(pinned)
    return Needs(tuple(dict.fromkeys(wanted)), _joined(locks))


def read_lock(path: Path | None) -> Lock:
    """Read a lock: pip's form with hashes, pylock.toml, uv.lock or poetry.lock.

    Raises:
        BundleError: It cannot be read.

    """
    if path is None:
        return Lock((), {})
    if path.suffix == ".toml" or path.name in {"uv.lock", "poetry.lock"}:
        return _of_tables(_toml(path))
    wanted, lock = _of_text(path)
    return _joined([Lock(tuple(wanted), {}), lock])


def _of_text(path: Path, seen: frozenset[Path] = frozenset()) -> tuple[list[str], Lock]:
    """Read a requirements file, and those that it names with `-r`; `-c` only pins."""
    wanted: list[str] = []
    pins: list[Lock] = []
    if path.resolve() in seen:
        return wanted, Lock((), {})
    for line in _lines(path):
        option, _, value = line.partition(" ")
        if option in {"-r", "--requirement", "-c", "--constraint"}:
            inner, lock = _of_text(path.parent / value.strip(), seen | {path.resolve()})
            pins.append(lock)
            if option in {"-r", "--requirement"}:
                wanted += inner
            else:
                pins.append(Lock(tuple(inner), {}))
        elif option.startswith("-"):
            raise BundleError(
                f"{path.name} says {option}, which cannot be bundled",
                why="a bundle is made from wheels that pip finds where its own settings say",
                fix="Put it into pip's configuration, or build a wheel and use --wheels",
            )
        else:
            words = line.split()
            text = " ".join(word for word in words if not word.startswith("--hash="))
            hashes = {w.removeprefix("--hash=sha256:") for w in words if "--hash=sha256:" in w}
            wanted.append(text)
            if hashes:
                pins.append(Lock((), {_name(text): frozenset(hashes)}))
    return wanted, _joined(pins)


def _lines(path: Path) -> Iterator[str]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        failed = type(error).__name__
    else:
        for line in text.replace("\\\n", " ").splitlines():
            words = re.sub(r"(^|\s)#.*$", "", line).strip()
            if words and not words.startswith("--hash"):
                yield words
        return
    raise BundleError(
        f"{path.name} cannot be read", why=f"it raised {failed}", fix="Name a requirements file"
    )


def _of_project(path: Path, extras: Sequence[str], groups: Sequence[str]) -> Iterator[str]:
    told = _toml(path)
    project = told.get("project", {})
    name = canonical(str(project.get("name", "")))
    yield from (text for text in project.get("dependencies", ()) if _name(text) != name)
    optional = {canonical(key): value for key, value in _optional(project).items()}
    todo, seen = [canonical(extra) for extra in extras], set[str]()
    while todo:
        extra = todo.pop()
        if extra in seen:
            continue
        seen.add(extra)
        for text in _part(optional, extra, path, "extra"):
            if _name(text) == name:  # an extra may be put together from others
                todo += [canonical(one) for one in re.findall(r"[\w.-]+", text.partition("[")[2])]
            else:
                yield text
    for group in groups:
        yield from _group(told.get("dependency-groups", {}), group, path, frozenset())


def _group(
    groups: Mapping[str, Any], group: str, path: Path, seen: frozenset[str]
) -> Iterator[str]:
    named = {canonical(key): value for key, value in groups.items()}
    if canonical(group) in seen:
        return
    for entry in _part(named, canonical(group), path, "dependency group"):
        if isinstance(entry, str):
            yield entry
        else:
            inner = str(entry.get("include-group", ""))
            yield from _group(groups, inner, path, seen | {canonical(group)})


def _part(parts: Mapping[str, Any], name: str, path: Path, what: str) -> Sequence[Any]:
    if name not in parts:
        raise BundleError(
            f"{path.name} has no {what} {name}",
            why=f"it has {', '.join(sorted(parts)) or 'none'}",
            fix="Name one of these",
        )
    found: Sequence[Any] = parts[name]
    return found


def _optional(project: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = project.get("optional-dependencies", {})
    return found


def _of_tables(told: Mapping[str, Any]) -> Lock:
    """Read pylock.toml (PEP 751), uv.lock or poetry.lock: names, versions, hashes of wheels."""
    pins, hashes = [], {}
    for package in told.get("packages", told.get("package", ())):
        name, version = canonical(str(package.get("name", ""))), package.get("version")
        if not name or version is None or "editable" in str(package.get("source", "")):
            continue
        pins.append(f"{name}=={version}")
        found = [*package.get("wheels", ()), *package.get("files", ())]
        digests = [one.get("hashes", {}).get("sha256") or one.get("hash", "") for one in found]
        hashes[name] = frozenset(str(one).removeprefix("sha256:") for one in digests if one)
    # A name may stand twice, for two Pythons or platforms; then either version is allowed.
    twice = {_name(pin) for pin in pins if sum(_name(other) == _name(pin) for other in pins) > 1}
    return Lock(tuple(pin for pin in pins if _name(pin) not in twice), hashes)


def _joined(locks: Sequence[Lock]) -> Lock:
    pins = dict.fromkeys(pin for lock in locks for pin in lock.pins)
    hashes: dict[str, frozenset[str]] = {}
    for lock in locks:
        for name, found in lock.hashes.items():
            hashes[name] = hashes.get(name, frozenset()) | found
    return Lock(tuple(pins), hashes)


def _name(text: str) -> str:
    return canonical(re.split(r"[=<>!~;\[ @]", text.strip())[0])


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        failed = type(error).__name__
    raise BundleError(f"{path.name} cannot be read", why=f"it raised {failed}", fix="Correct it")
