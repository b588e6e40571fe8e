"""What the user names: a handler, and what the bundle is called."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import click

FORM: Final = re.compile(
    r"(?:(?P<name>[A-Za-z0-9][A-Za-z0-9_-]*)=)?"
    r"(?P<module>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):(?P<function>[A-Za-z_]\w*)"
)


class HandlerReference(NamedTuple):
    """A function that Lambda calls, and its bundle's name."""

    name: str
    module: str
    function: str

    @property
    def top(self) -> str:
        """Return the package or module that has to be in the bundle."""
        return self.module.partition(".")[0]

    @property
    def entry(self) -> str:
        """Return Lambda's form, e.g. `price_fetcher.handler.handler`."""
        return f"{self.module}.{self.function}"


def read_handler(text: str) -> HandlerReference:
    """Read `module:function` or `name=module:function`.

    Without a name the bundle is called like the package, or like the module if
    the function is not called `handler`.
    """
    found = FORM.fullmatch(text)
    if found is None:
        raise click.BadParameter(
            "a handler is module:function, or name=module:function", param_hint="HANDLER"
        )
    module, function = found["module"], found["function"]
    named = found["name"] or (module.partition(".")[0] if function == "handler" else function)
    return HandlerReference(named, module, function)
