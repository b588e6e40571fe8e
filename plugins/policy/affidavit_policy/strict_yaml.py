"""Read YAML without its surprises, and remember where everything stands.

Refused, with line and column: a key that occurs twice; `yes`, `no`, `on` and
`off`, which are booleans to one reader and words to another; anchors, aliases
and tags. A date stays text. Both of our readers, this one and Terraform's
`yamldecode`, then see the same document. Policies and scenarios are read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import yaml

Path = tuple[str | int, ...]

_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_TRAPS: Final = frozenset({"yes", "no", "on", "off", "y", "n"})
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,15}(?:[eE][-+]?[0-9]{1,2})?")
_NUMBER_LIKE: Final = re.compile(
    r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?0[box][0-9a-fA-F_]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_UNAGREED: Final = frozenset("\x85\u2028\u2029")
_MAX_LENGTH: Final = 1_000_000
_MAX_DEPTH: Final = 32


class YamlProblem(NamedTuple):
    """One thing that is wrong in a file: where, what, and how to mend it."""

    line: int
    column: int
    what: str
    mend: str = ""

    def __str__(self) -> str:
        """Return `line:column: what; mend`, as editors and compilers write it."""
        return f"{self.line}:{self.column}: {'; '.join(filter(None, self[2:]))}"


class NotStrictError(Exception):
    """The text cannot be used. Holds the problems."""

    def __init__(self, problems: list[YamlProblem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = sorted(problems)


@dataclass(slots=True)
class YamlDocument:
    """What a file says, and where it says it. Lines and columns count from 1.

    With `decimals`, a number may have a point, as in JSON.
    """

    decimals: bool = False
    value: Any = None
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    problems: list[YamlProblem] = field(default_factory=list)

    def of_key(self, path: Path) -> tuple[int, int]:
        """Return where the key of `path` stands, or what is nearest above it."""
        while path not in self.values and path:
            path = path[:-1]
        return self.keys.get(path) or self.values.get(path, (1, 1))

    def of_value(self, path: Path) -> tuple[int, int]:
        """Return where the value of `path` starts, or what is nearest above it."""
        while path not in self.values and path:
            path = path[:-1]
        return self.values.get(path, (1, 1))


def read_yaml(text: str, *, decimals: bool = False, max_length: int = _MAX_LENGTH) -> YamlDocument:
    """Read one YAML document, which may be JSON.

    Raises:
        NotStrictError: It is not YAML, or not the strict kind.

    """
    if len(text) > max_length:
        what = f"the file has more than {max_length} characters"
        raise NotStrictError([YamlProblem(1, 1, what, "split it")])
    if not _UNAGREED.isdisjoint(text):
        what = "a line break that YAML readers disagree about (U+0085, U+2028 or U+2029)"
        raise NotStrictError([YamlProblem(1, 1, what, "leave it out")])
    document = YamlDocument(decimals)
    try:
        _refuse_indirection(text, document.problems)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        mend = "look for a missing quote or brace"
        raise NotStrictError([_problem(mark, "this is not YAML", mend)]) from None
    if node is None:
        raise NotStrictError([YamlProblem(1, 1, "the file is empty", "write something")])
    if not document.problems:
        document.value = _value(node, (), document)
    if document.problems:
        raise NotStrictError(document.problems)
    return document


def _problem(mark: Any, what: str, mend: str) -> YamlProblem:
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return YamlProblem(line, column, what, mend)


def _refuse_indirection(text: str, problems: list[YamlProblem]) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        mark = event.start_mark
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            # At once: the time that PyYAML takes grows with the square of the depth.
            what = f"nested more than {_MAX_DEPTH} levels"
            raise NotStrictError([*problems, _problem(mark, what, "flatten it")])
        if isinstance(event, yaml.AliasEvent):
            problems.append(_problem(mark, "an alias", "write the value out"))
        elif getattr(event, "anchor", None):
            problems.append(_problem(mark, "an anchor", "write the value out"))
        elif getattr(event, "tag", None):
            problems.append(_problem(mark, "a tag", "leave it out"))


def _value(node: yaml.Node, path: Path, document: YamlDocument) -> Any:
    document.values[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return dict(_items(node, path, document))
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, index), document) for index, item in enumerate(node.value)]
    return _scalar(node, document)


def _items(node: yaml.MappingNode, path: Path, document: YamlDocument) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        mark = key_node.start_mark
        if not isinstance(key_node, yaml.ScalarNode):
            document.problems.append(_problem(mark, "a key is not a word", "write a name"))
            continue
        key = str(key_node.value)
        if key in seen:
            what = f"the key {key} occurs twice"
            document.problems.append(_problem(mark, what, "keep one of them"))
        if key_node.style is None and key.lower() in _TRAPS:
            document.problems.append(_problem(mark, *_trap(key)))
        seen.add(key)
        document.keys[(*path, key)] = (mark.line + 1, mark.column + 1)
        yield key, _value(value_node, (*path, key), document)


def _scalar(node: yaml.Node, document: YamlDocument) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) is not None:  # quoted, or a block: text whatever it looks like
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if document.decimals and _DECIMAL.fullmatch(text):
        return float(text)
    if text.lower() in _TRAPS:
        document.problems.append(_problem(node.start_mark, *_trap(text)))
    elif text.lower() in _WORDS:
        what = "write true, false and null in lower case"
        document.problems.append(_problem(node.start_mark, what, "or quote it if it is text"))
    elif _NUMBER_LIKE.fullmatch(text):
        what = f"a number that is not a plain {'' if document.decimals else 'whole '}one"
        document.problems.append(_problem(node.start_mark, what, "quote it if it is text"))
    return text


def _trap(word: str) -> tuple[str, str]:
    what = f"{word} is a boolean to some readers and a word to others"
    return what, "write true, false, or quote it"
