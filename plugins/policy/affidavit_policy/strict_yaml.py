"""Read YAML without its surprises, and remember where everything stands.

Refused, with line and column: a key that occurs twice; `yes`, `no`, `on` and
`off`, which are booleans to one reader and words to another; anchors, aliases
and tags. A date stays text. Both of our readers, this one and Terraform's
`yamldecode`, then see the same document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

Path = tuple[str | int, ...]

_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_TRAPS: Final = frozenset({"yes", "no", "on", "off", "y", "n"})
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
_NUMBER_LIKE: Final = re.compile(
    r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?0[box][0-9a-fA-F_]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_UNAGREED: Final = frozenset("\x85\u2028\u2029")
_MAX_BYTES: Final = 1_000_000
_MAX_DEPTH: Final = 32


@dataclass(frozen=True, slots=True, order=True)
class PolicyProblem:
    """One thing that is wrong in a file: where, what, and how to mend it."""

    line: int
    column: int
    what: str

    def __str__(self) -> str:
        """Return `line:column: what`, as editors and compilers write it."""
        return f"{self.line}:{self.column}: {self.what}"


class NotStrictError(Exception):
    """The text cannot be used. Holds the problems."""

    def __init__(self, problems: list[PolicyProblem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


@dataclass(slots=True)
class YamlDocument:
    """What a file says, and where it says it. Lines and columns count from 1."""

    value: Any
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def place(self, path: Path) -> tuple[int, int]:
        """Return where `path` stands, or the nearest parent that exists."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, (1, 1))


def read_yaml(text: str) -> YamlDocument:
    """Read one YAML document.

    Raises:
        NotStrictError: It is not YAML, or not the strict kind.

    """
    if len(text) > _MAX_BYTES:
        raise NotStrictError(
            [PolicyProblem(1, 1, f"the file has more than {_MAX_BYTES} characters")]
        )
    if not _UNAGREED.isdisjoint(text):
        what = "a line break that YAML readers disagree about (U+0085, U+2028 or U+2029)"
        raise NotStrictError([PolicyProblem(1, 1, what)])
    problems: list[PolicyProblem] = []
    try:
        _refuse_indirection(text, problems)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise NotStrictError([PolicyProblem(line, column, "this is not YAML")]) from None
    except yaml.YAMLError:
        raise NotStrictError([PolicyProblem(1, 1, "this is not YAML")]) from None
    if problems:
        raise NotStrictError(sorted(problems))
    if node is None:
        raise NotStrictError([PolicyProblem(1, 1, "the file is empty")])
    document = YamlDocument(None)
    document.value = _value(node, (), document, problems)
    if problems:
        raise NotStrictError(sorted(problems))
    return document


def _refuse_indirection(text: str, problems: list[PolicyProblem]) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            what = f"nested more than {_MAX_DEPTH} levels"
        elif isinstance(event, yaml.AliasEvent):
            what = "an alias; write the value out"
        elif getattr(event, "anchor", None):
            what = "an anchor; write the value out"
        elif getattr(event, "tag", None):
            what = "a tag; leave it out"
        else:
            continue
        mark = event.start_mark
        if mark is not None:
            problems.append(PolicyProblem(mark.line + 1, mark.column + 1, what))
        if depth > _MAX_DEPTH:
            # At once: the time that PyYAML takes grows with the square of the depth.
            raise NotStrictError(sorted(problems))


def _value(
    node: yaml.Node, path: Path, document: YamlDocument, problems: list[PolicyProblem]
) -> Any:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    document.places.setdefault(path, (line, column))
    if isinstance(node, yaml.MappingNode):
        return dict(_items(node, path, document, problems))
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(item, (*path, index), document, problems)
            for index, item in enumerate(node.value)
        ]
    return _scalar(str(node.value), getattr(node, "style", None), line, column, problems)


def _items(
    node: yaml.MappingNode, path: Path, document: YamlDocument, problems: list[PolicyProblem]
) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
        key = str(key_node.value)
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(PolicyProblem(line, column, "a key is not a word"))
            continue
        if key in seen:
            problems.append(PolicyProblem(line, column, f"the key {key} occurs twice"))
        if key_node.style is None and key.lower() in _TRAPS:
            problems.append(PolicyProblem(line, column, _trap(key)))
        seen.add(key)
        document.places[(*path, key)] = (line, column)
        yield key, _value(value_node, (*path, key), document, problems)


def _scalar(
    text: str, style: str | None, line: int, column: int, problems: list[PolicyProblem]
) -> Any:
    if style is not None:  # quoted, or a block: text whatever it looks like
        return text
    if text.lower() in _TRAPS:
        problems.append(PolicyProblem(line, column, _trap(text)))
        return None
    if text in _WORDS:
        return _WORDS[text]
    if text.lower() in _WORDS:
        problems.append(PolicyProblem(line, column, "write true, false and null in lower case"))
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER_LIKE.fullmatch(text):
        problems.append(
            PolicyProblem(
                line, column, "a number that is not a plain whole one; quote it if it is text"
            )
        )
    return text


def _trap(word: str) -> str:
    return (
        f"{word} is a boolean to some readers and a word to others; write true, false, or quote it"
    )
