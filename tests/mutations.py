"""What can be changed in a module: every small sabotage that its syntax tree offers.

Left out is what no test can or should notice: prose (a text with a space in it, a word in the
help of a command, or that says why an error came and what to do), annotations, docstrings,
`__slots__`, what only mypy reads.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_NO_LOCK = '__import__("contextlib").nullcontext()'
_QUIET = {"__slots__", "__all__"}


class Mutation(NamedTuple):
    """One change: where it is, in lines from 1 and columns from 0, and what stands there then."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str

    def apply(self, source: str) -> str:
        """Return the module with the change."""
        lines = source.encode().split(b"\n")
        before = b"\n".join([*lines[: self.line - 1], lines[self.line - 1][: self.column]])
        after = b"\n".join([lines[self.end_line - 1][self.end_column :], *lines[self.end_line :]])
        return (before + self.text.encode() + after).decode()


def mutations(source: str) -> list[Mutation]:
    """Return every change that a module offers, in the order of its text."""
    reached = _reached(ast.parse(source))
    return sorted({_put(node, text) for node in reached for text in _changes(node)})


def _put(node: ast.AST, text: str) -> Mutation:
    assert isinstance(node, ast.expr | ast.stmt)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return Mutation(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset, text)


def _reached(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs: no annotations, docstrings, f-strings or what only a type checker reads."""
    yield tree
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns", "decorator_list", "type_params", "pattern"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_quiet(child):
                yield from _reached(child)


def _is_quiet(node: ast.AST) -> bool:
    match node:
        case (
            ast.Expr(value=ast.Constant())
            | ast.JoinedStr()
            | ast.Assert()
            | ast.Import()
            | ast.ImportFrom()
            | ast.Global()
            | ast.Nonlocal()
            | ast.If(test=ast.Name(id="TYPE_CHECKING"))
            | ast.Call(func=ast.Name(id="TypeVar" | "ParamSpec" | "NewType" | "cast"))
            | ast.AnnAssign(annotation=ast.Name(id="TypeAlias"))
            | ast.keyword(arg="metavar")
            | ast.keyword(arg="why" | "fix", value=ast.Constant())
        ):
            return True
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in _QUIET
        case ast.FunctionDef(decorator_list=[ast.Name(id="overload")]):
            return True
    return False


def _changes(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp() | ast.BinOp() | ast.IfExp():
            yield from _expressions(node)
        case ast.Constant():
            yield from _constants(node.value)
        case ast.Subscript(slice=ast.Slice(lower=lower, upper=upper, step=step)):
            if lower is not None:
                yield _spelt(ast.Subscript(node.value, ast.Slice(None, upper, step), node.ctx))
            if upper is not None:
                yield _spelt(ast.Subscript(node.value, ast.Slice(lower, None, step), node.ctx))
        case ast.stmt():
            yield from _statements(node)


def _expressions(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            yield _spelt(ast.Compare(left, [_COMPARE[type(op)]()], [right]))
        case ast.Compare(left=left, ops=[first, *rest], comparators=right):
            yield _spelt(ast.Compare(left, [_COMPARE[type(first)](), *rest], right))
        case ast.BoolOp(op=op, values=values):
            yield _spelt(ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values))
            yield _spelt(values[0])
            yield _spelt(values[-1])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield _spelt(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            yield _spelt(ast.BinOp(left, _BINARY[type(op)](), right))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield _spelt(ast.IfExp(test, orelse, body))


def _constants(value: object) -> Iterator[str]:
    match value:
        case bool():
            yield repr(not value)
        case int():
            yield repr(value + 1)
        case str() if " " not in value and value != "utf-8":  # Python takes `utf-8~` for the same
            yield repr(value + "~") if value else repr("~")
        case bytes():
            yield repr(value + b"~") if value else repr(b"~")


def _statements(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Expr(value=ast.Call()) | ast.AugAssign() | ast.Raise() | ast.Delete():
            yield "pass"
        case ast.Expr(value=ast.Yield() | ast.YieldFrom() as given):
            value = given.value
            yield f"list({_spelt(value)})" if isinstance(given, ast.YieldFrom) and value else "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "pass"
        case ast.Return(value=value) if value is not None and not _is_nothing(value):
            yield "return None"
        case ast.Continue():
            yield "break"
        case ast.Break():
            yield "continue"


def _is_nothing(node: ast.expr) -> bool:
    """Tell whether None says the same; what is false or empty is changed as a constant."""
    return isinstance(node, ast.Constant) and not node.value


def conditions(source: str) -> list[Mutation]:
    """Return changes of what decides: conditions always true or false, and locks that are none."""
    found = []
    for node in _reached(ast.parse(source)):
        if isinstance(node, ast.If | ast.IfExp):
            found += [_put(node.test, "True"), _put(node.test, "False")]
        elif isinstance(node, ast.comprehension):
            found += [_put(test, "True") for test in node.ifs]
        elif isinstance(node, ast.With):
            held = [item.context_expr for item in node.items]
            found += [_put(lock, _NO_LOCK) for lock in held if "lock" in ast.unparse(lock)]
    return sorted(set(found))


def _spelt(node: ast.AST) -> str:
    return f"({ast.unparse(ast.fix_missing_locations(node))})"
