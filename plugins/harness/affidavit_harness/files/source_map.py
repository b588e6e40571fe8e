"""Read YAML or JSON without surprises, and remember where everything stands.

Refused, with line and column: a key that occurs twice; `yes`, `no`, `on` and
`off`, which are booleans to one reader and words to another; anchors, aliases
and tags. Times and dates stay text. Numbers are JSON's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from affidavit_harness.errors import Problem

Path = tuple[str | int, ...]

MAX_BYTES: Final = 262_144  # what one state of Step Functions may hold; a scenario is smaller
MAX_DEPTH: Final = 32

_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_TRAPS: Final = frozenset({"yes", "no", "on", "off", "y", "n"})
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
_FLOAT: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,15}(?:[eE][-+]?[0-9]{1,2})?")


class NotReadableError(Exception):
    """The text is not the strict kind of YAML. Holds the problems."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(slots=True)
class Document:
    """What a file says, and where it says it. Lines and columns count from 1."""

    value: Any
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def of_key(self, path: Path) -> tuple[int, int]:
        """Return where the key of `path` stands, or what is nearest above it."""
        return self.keys.get(path) or self.of_value(path)

    def of_value(self, path: Path) -> tuple[int, int]:
        """Return where the value of `path` starts, or what is nearest above it."""
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, (1, 1))


def read_document(text: str) -> Document:
    """Read one document.

    Raises:
        NotReadableError: It is not YAML, or not the strict kind.

    """
    if len(text.encode()) > MAX_BYTES:
        raise NotReadableError([_problem(None, "the file is too large", "split the scenario")])
    problems: list[Problem] = []
    try:
        _refuse_indirection(text, problems)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        told = _problem(error.problem_mark, "this is not YAML", "look for a missing quote or brace")
        raise NotReadableError([told]) from None
    except yaml.YAMLError:
        raise NotReadableError([_problem(None, "this is not text", "save it as UTF-8")]) from None
    if node is None:
        raise NotReadableError([_problem(None, "the file is empty", "write a scenario")])
    document = Document(None)
    document.value = _value(node, (), document, problems)
    if problems:
        raise NotReadableError(sorted(problems))
    return document


def _problem(mark: Any, what: str, mend: str) -> Problem:
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(line, column, what, mend)


def _refuse_indirection(text: str, problems: list[Problem]) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            # At once: the time that PyYAML takes grows with the square of the depth.
            told = _problem(event.start_mark, "this is nested too deep", "flatten it")
            raise NotReadableError([*problems, told])
        if isinstance(event, yaml.AliasEvent):
            problems.append(_problem(event.start_mark, "an alias", "write the value out"))
        elif getattr(event, "anchor", None):
            problems.append(_problem(event.start_mark, "an anchor", "write the value out"))
        elif getattr(event, "tag", None):
            problems.append(_problem(event.start_mark, "a tag", "leave it out"))


def _value(node: yaml.Node, path: Path, document: Document, problems: list[Problem]) -> Any:
    document.values[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return dict(_items(node, path, document, problems))
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(item, (*path, index), document, problems)
            for index, item in enumerate(node.value)
        ]
    return _scalar(node, problems)


def _items(
    node: yaml.MappingNode, path: Path, document: Document, problems: list[Problem]
) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        mark = key_node.start_mark
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(_problem(mark, "a key is not a word", "write a name"))
            continue
        key = str(key_node.value)
        if key in seen:
            problems.append(_problem(mark, f"the key {key} occurs twice", "keep one of them"))
        if getattr(key_node, "style", None) is None and key.lower() in _TRAPS:
            problems.append(_problem(mark, *_trap(key)))
        seen.add(key)
        document.keys[(*path, key)] = (mark.line + 1, mark.column + 1)
        yield key, _value(value_node, (*path, key), document, problems)


def _scalar(node: yaml.Node, problems: list[Problem]) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) is not None:  # quoted, or a block: text whatever it looks like
        return text
    if text.lower() in _TRAPS:
        problems.append(_problem(node.start_mark, *_trap(text)))
        return None
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _trap(word: str) -> tuple[str, str]:
    what = f"{word} is a boolean to some readers and a word to others"
    return what, "write true or false, or quote it"
