"""Turn a policy file and its parents into the one document that a function loads.

Extending can only tighten: a child may ask for more days, fewer trusted kinds
of actors, a stricter action; asking for less is an error with its line. So
`extends: [hipaa, pci]` is at least as strict as either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from affidavit import PolicyError
from affidavit.plugin import ENTITIES, POLICY_FORMAT, SHIPPED_POLICIES, policy_digest
from affidavit_policy.declared import DECLARED, GROUPS, SETTINGS, covered
from affidavit_policy.document import WORDS, check_form
from affidavit_policy.merge import Merging, governed_settings
from affidavit_policy.strict_yaml import NotStrictError, YamlDocument, YamlProblem, read_yaml


class Compiled:
    """A policy file that was compiled, or what is wrong with it."""

    def __init__(
        self, path: Path, document: dict[str, Any] | None, problems: Sequence[YamlProblem]
    ) -> None:
        self.path = path
        self.document = document
        self.problems = sorted(problems)

    def needed(self) -> dict[str, Any]:
        """Return the compiled document.

        Raises:
            PolicyError: The file has problems. Each is named with its place.

        """
        if self.document is not None:
            return self.document
        told = "; ".join(f"{self.path.name}:{problem}" for problem in self.problems)
        raise PolicyError(
            f"policy {self.path.name} cannot be compiled",
            why=told,
            fix="Correct these places; docs/policy-keys.md has the vocabulary",
        )


def compile_policy(path: Path) -> Compiled:
    """Read, check and resolve one policy file. Parents lie beside it, or are shipped."""
    return _compile(path, ())


def compiled_text(document: Mapping[str, Any]) -> str:
    """Return the text of a compiled policy, the same for the same policy."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _compile(path: Path, below: tuple[str, ...]) -> Compiled:
    try:
        source = path.read_bytes()
        read = read_yaml(source.decode())
    except NotStrictError as error:
        return Compiled(path, None, error.problems)
    except (OSError, UnicodeDecodeError) as error:
        what = f"it cannot be read: {type(error).__name__}"
        return Compiled(path, None, [YamlProblem(1, 1, what)])
    return _Compilation(path, read, source, below).run()


class _Compilation:
    """One file on its way through the compiler."""

    def __init__(
        self, path: Path, read: YamlDocument, source: bytes, below: tuple[str, ...]
    ) -> None:
        self._path = path
        self._read = read
        self._source = source
        self._below = below
        self._problems: list[YamlProblem] = []

    def run(self) -> Compiled:
        own = check_form(self._read.value)
        if isinstance(own, list):
            for where, what in own:
                self._tell_at(where, what + _hint(what))
            return Compiled(self._path, None, self._problems)
        parents = self._parents(own)
        merged = Merging(own, parents, self._tell).document()
        rules = self._rules(own, parents)
        self._check_words(own, merged, rules)
        if self._problems:
            return Compiled(self._path, None, self._problems)
        document: dict[str, Any] = {
            "format": POLICY_FORMAT,
            "policy": own["policy"],
            "version": own["version"],
            "title": own["title"],
            "extends": [f"{parent['policy']}@{parent['version']}" for parent in parents],
            "source": hashlib.sha256(self._source).hexdigest(),
            **merged,
            "rules": rules,
        }
        document["digest"] = policy_digest(document)
        return Compiled(self._path, document, ())

    def _parents(self, own: Mapping[str, Any]) -> list[dict[str, Any]]:
        found = []
        for index, name in enumerate(own["extends"]):
            where = ("extends", index)
            # A file may be named otherwise than its policy; both would go round.
            here = (*self._below, own["policy"], self._path.stem)
            if name in here:
                self._tell_at(where, f"{name} extends itself")
                continue
            path = self._path.with_name(f"{name}.yaml")
            if path.is_file():
                parent = _compile(path, here)
                if parent.document is None:
                    first = parent.problems[0]
                    self._tell_at(where, f"{name} has a problem of its own at {first}")
                    continue
                found.append(parent.document)
            elif (SHIPPED_POLICIES / f"{name}.json").is_file():
                found.append(json.loads((SHIPPED_POLICIES / f"{name}.json").read_text()))
            else:
                self._tell_at(where, f"there is no policy {name} beside this file or shipped")
        return found

    def _rules(
        self, own: Mapping[str, Any], parents: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        rules: dict[str, dict[str, Any]] = {}
        for parent in parents:
            rules.update({rule["id"]: rule for rule in parent["rules"]})
        for index, rule in enumerate(own["rules"]):
            if rule["id"] in rules:
                self._tell_at(("rules", index, "id"), f"rule {rule['id']} exists already")
                continue
            if not (rule["governs"] or rule["promises"] or _is_cited(rule["id"], own)):
                self._tell_at(("rules", index), f"rule {rule['id']} governs nothing")
            for place, path in enumerate(rule["governs"]):
                if not covered(path):
                    what = f"there is no setting {path}{near_miss(path, [*SETTINGS, *GROUPS])}"
                    self._tell_at(("rules", index, "governs", place), what)
            rules[rule["id"]] = rule
        governed = {
            name for rule in rules.values() for path in rule["governs"] for name in covered(path)
        }
        for name in governed_settings(own):
            if name not in governed:
                self._tell(name, f"no rule governs {name}; add one with its clause")
        return [rules[name] for name in sorted(rules)]

    def _check_words(
        self,
        own: Mapping[str, Any],
        merged: Mapping[str, Any],
        rules: Sequence[Mapping[str, Any]],
    ) -> None:
        known = {rule["id"] for rule in rules}
        for path, item in _citing(own):
            if item["rule"] not in known:
                self._tell_at((*path, "rule"), f"there is no rule {item['rule']}")
        for index, item in enumerate(own.get("redaction", {}).get("entities", [])):
            for place, entity in enumerate(item["match"]):
                if entity not in ENTITIES and not _is_own(entity, merged):
                    where = ("redaction", "entities", index, "match", place)
                    self._tell_at(
                        where, f"there is no entity {entity}{near_miss(entity, ENTITIES)}"
                    )

    def _tell(self, path: str, what: str) -> None:
        parts = (int(part) if part.isdigit() else part for part in path.split("."))
        self._tell_at(tuple(parts), what)

    def _tell_at(self, path: tuple[str | int, ...], what: str) -> None:
        self._problems.append(YamlProblem(*self._read.of_key(path), what))


def _citing(own: Mapping[str, Any]) -> list[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """Return every part that names a rule, with its path."""
    found: list[tuple[tuple[str | int, ...], Mapping[str, Any]]] = []
    for one in DECLARED:
        if one.is_cited:
            path = one.path.split(".")
            items: Any = own
            for part in path:
                items = items.get(part, {})
            found += [((*path, index), item) for index, item in enumerate(items or [])]
    return found


def _is_cited(rule: str, own: Mapping[str, Any]) -> bool:
    return any(item["rule"] == rule for _, item in _citing(own))


def _is_own(entity: str, merged: Mapping[str, Any]) -> bool:
    """Tell whether a policy makes this entity itself, with a key or a pattern."""
    redaction = merged["redaction"]
    return any(item["entity"] == entity for item in [*redaction["keys"], *redaction["patterns"]])


def _hint(what: str) -> str:
    return near_miss(what.removeprefix("unknown key "), WORDS) if "unknown key" in what else ""


def near_miss(word: str, words: Iterable[str]) -> str:
    """Return `; did you mean …?` with the nearest of some words; empty if none is near."""
    near = get_close_matches(word, list(words))
    return f"; did you mean {near[0]}?" if near else ""
