"""One file as the rules see it: who encloses what, what a name may stand for. Nothing is run."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Value = ast.expr | ast.AugAssign | ast.arg
"""What a name may stand for: an expression, `+=`, or whatever a caller passes."""

_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Module)
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module


class Module:
    """A parsed file with answers to questions about names.

    Assignments are taken together, whatever their order: a name that is once a
    constant and once built is taken for built.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.nodes = list(ast.walk(tree))
        self.calls = [node for node in self.nodes if isinstance(node, ast.Call)]
        self._parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self._origins = dict(_imports(self.nodes))
        self._values: dict[ast.AST, dict[str, list[Value]]] = defaultdict(lambda: defaultdict(list))
        self._attributes: dict[str, list[Value]] = defaultdict(list)
        self.functions: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = defaultdict(list)
        for node in self.nodes:
            self._note(node)

    def scope(self, node: ast.AST) -> _Scope:
        """Return the function or module that a node stands in."""
        above = self._parents.get(node)
        while above is not None and not isinstance(above, _SCOPES):
            above = self._parents.get(above)
        return above if isinstance(above, _SCOPES) else self.tree

    def in_class(self, node: ast.AST) -> bool:
        """Tell whether a node stands directly in a class."""
        return isinstance(self._parents.get(node), ast.ClassDef)

    def inside(self, node: ast.AST) -> Iterator[Function]:
        """Yield the functions that a node stands in, from the inside out."""
        scope = self.scope(node)
        while not isinstance(scope, ast.Module):
            yield scope
            scope = self.scope(scope)

    def values(self, name: ast.Name) -> list[Value]:
        """Return everything that a name may stand for; empty if it is not assigned here."""
        scope: _Scope = self.scope(name)
        while True:
            found = self._values[scope].get(name.id)
            if found:
                return found
            if isinstance(scope, ast.Module):
                return []
            scope = self.scope(scope)

    def attribute_values(self, name: str) -> list[Value]:
        """Return everything that is assigned to an attribute of this name, of whatever object."""
        return self._attributes.get(name, [])

    def assignments(self, scope: ast.AST) -> Iterator[tuple[str, Value]]:
        """Yield each name and value that are assigned directly in a function or module."""
        for name, values in self._values[scope].items():
            yield from ((name, value) for value in values)

    def origin(self, node: ast.AST) -> str:
        """Return a dotted name as imported: `affidavit.Query` for `Query`, or what stands there."""
        if isinstance(node, ast.Name):
            return self._origins.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            return f"{self.origin(node.value)}.{node.attr}"
        return ""

    def is_imported(self, name: str) -> bool:
        """Tell whether a name comes from another module."""
        return name in self._origins

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            self._assign(node.target, node)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            self._assign(node.target, node.iter)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._assign(node.optional_vars, node.context_expr)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.functions[node.name].append(node)
        elif isinstance(node, ast.arg):
            function = self._parents[self._parents[node]]
            self._values[function][node.arg].append(node)

    def _assign(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Name):
            self._values[self.scope(target)][target.id].append(value)
        elif isinstance(target, ast.Attribute):
            self._attributes[target.attr].append(value)
        elif isinstance(target, ast.Tuple | ast.List):
            parts = value.elts if isinstance(value, ast.Tuple | ast.List) else []
            same = len(parts) == len(target.elts)
            for place, one in enumerate(target.elts):
                self._assign(one, parts[place] if same else value)
        elif isinstance(target, ast.Starred | ast.Subscript):
            self._assign(target.value, value)


def parameters(function: Function) -> list[str]:
    """Return the names of the parameters that a caller passes by position."""
    return [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]


def _imports(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for one in node.names:
                yield (
                    (one.asname or one.name.split(".")[0]),
                    (one.name if one.asname else one.name.split(".")[0]),
                )
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            for one in node.names:
                yield one.asname or one.name, f"{start}.{one.name}"
