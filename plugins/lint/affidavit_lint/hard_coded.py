"""Secrets that stand in the code, by the names that they are given or by their shape."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from affidavit_lint.built_statements import Place
from affidavit_lint.module import Module

_NAMES: Final = re.compile(
    r"(?:^|_)(?:passw(?:or)?d|passphrase|pwd|secret|token|api_?key|access_?key|private_?key"
    r"|secret_?key|auth_?key|signing_?key|encryption_?key|credentials?|client_secret)$"
)
"""Names that end in what they hold. `secret_name`, `token_url` end in something else."""

_SHAPES: Final = (
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY-----")),
    ("a GitHub token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}")),
    ("a Slack token", re.compile(r"\bxox[abposr]-[A-Za-z0-9-]{10,}")),
    ("a Stripe key", re.compile(r"\b[sr]k_live_[A-Za-z0-9]{16,}")),
    ("a signed token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    ("a password in a URL", re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@{}]+:[^\s/@{}]+@")),
)
_LEAST: Final = 4
_LEAST_LETTERS: Final = 16
"""How short a text may be, and one of letters only for a token, before it is a word."""

_CASES: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HARMLESS: Final = re.compile(
    r"arn:\S*|[a-z0-9+]+://\S*|[<{$%*.].*|x+|\*+|\.{3}|none|null|true|false|todo|redacted"
    r"|(?:application|text)/\S*",
    re.IGNORECASE,
)
"""References, templates and blanks: what stands where a secret would."""

_READS: Final = frozenset({"get", "getenv", "setdefault", "pop"})


def check_secrets(module: Module) -> Iterator[Place]:
    """Find texts that are named like secrets, or look like some."""
    for node in module.nodes:
        for name, value in _named(node):
            if value is not None and _is_secret_name(name) and _could_be(name, value):
                yield "AFF401", value, f"under the name {name}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for what, shape in _SHAPES:
                if shape.search(node.value):
                    yield "AFF401", node, what
                    break


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield each name with what it gets."""
    if isinstance(node, ast.Assign):
        yield from ((_name(target), node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign):
        yield _name(node.target), node.value
    elif isinstance(node, ast.keyword):
        yield node.arg or "", node.value
    elif isinstance(node, ast.Dict):
        yield from zip(map(_text, node.keys), node.values, strict=True)
    elif isinstance(node, ast.arguments):
        yield from _defaults(node)
    elif isinstance(node, ast.Compare) and len(node.comparators) == 1:
        yield _name(node.left), node.comparators[0]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        if called in _READS and len(node.args) == 2:  # noqa: PLR2004 - a key and a default
            yield _text(node.args[0]), node.args[1]


def _defaults(node: ast.arguments) -> Iterator[tuple[str, ast.expr | None]]:
    positional = [arg.arg for arg in (*node.posonlyargs, *node.args)]
    last = positional[len(positional) - len(node.defaults) :]
    yield from zip(last, node.defaults, strict=True)
    yield from zip((arg.arg for arg in node.kwonlyargs), node.kw_defaults, strict=True)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return _text(node.slice) if isinstance(node, ast.Subscript) else ""


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_secret_name(name: str) -> bool:
    words = _CASES.sub("_", name).replace("-", "_").replace(".", "_").replace(" ", "_").lower()
    return bool(_NAMES.search(words))


def _could_be(name: str, node: ast.expr) -> bool:
    """Tell whether an expression is a text that could be a secret, rather than name one."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str | bytes):
        return False
    value = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
    if len(value) < _LEAST or any(map(str.isspace, value)) or _HARMLESS.fullmatch(value):
        return False
    if name.lower().endswith("token") and value.isalpha() and len(value) < _LEAST_LETTERS:
        return False  # parsers have tokens, too
    # `TOKEN = "token"` and `{"password": "db_password"}` name a thing.
    plain = value.lower().replace("-", "_")
    return not _is_secret_name(value) and plain not in name.lower()
