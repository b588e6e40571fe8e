"""Write the tables of docs/policy-keys.md that say what a policy can say.

    python tests/plugins/policy/policies_page.py

They are read from the declaration in core/affidavit/_policy, so that a setting
or a word that is added there is documented without being written twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import EnumMeta
from pathlib import Path
from typing import Any, Final, get_args

from affidavit._policy.words import Merge, Word
from affidavit_policy.declared import DECLARED, REQUIRED, DeclaredSetting, bare

ROOT: Final = Path(__file__).resolve().parents[3]
PAGE: Final = ROOT / "docs" / "policy-keys.md"
START: Final = "<!-- written by tests/plugins/policy/policies_page.py -->\n"
END: Final = "<!-- until here -->\n"


def tables() -> str:
    """Return every table, with its heading."""
    rows = "".join(map(_row, DECLARED))
    settings = f"| setting | what it says | may be | extending |\n|---|---|---|---|\n{rows}"
    words = "".join(
        f"\n### {_title(kind)}\n\n{kind.__doc__.splitlines()[0]}\n\n| word | meaning |\n|---|---|\n"
        + "".join(f"| `{word.value}` | {word.says} |\n" for word in kind)
        for kind in Word.__subclasses__()
        if kind is not Merge and kind.__doc__
    )
    return f"\n{settings}{words}\n"


def page(text: str) -> str:
    """Return the page with the tables of today."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}{tables()}{END}{after}"


def _title(kind: type[Word]) -> str:
    used = [one.path for one in DECLARED if kind in set(_kinds(one.kind))]
    return ", ".join(f"`{path.replace('*', '…')}`" for path in used)


def _kinds(kind: Any) -> Iterator[Any]:
    inner, _, _ = bare(kind)
    yield inner
    for of in [*get_args(inner), *getattr(inner, "__annotations__", {}).values()]:
        yield from _kinds(of)


def _row(one: DeclaredSetting) -> str:
    merge = one.setting.merge
    path = one.path.replace("*", "…")
    return f"| `{path}` | {one.setting.says} | {_range(one)} | {merge.says} |\n"


def _range(one: DeclaredSetting) -> str:
    kind: Any = one.kind
    said = "see [redaction](policy-settings.md#redaction)" if "redaction" in one.path else "a list"
    if isinstance(kind, EnumMeta):
        said = ", ".join(f"`{word.value}`" for word in list[Any](kind))
    elif get_args(kind) and isinstance(get_args(kind)[0], EnumMeta) and len(get_args(kind)) <= 2:
        said = ", ".join(f"`{word.value}`" for word in list[Any](get_args(kind)[0]))
    elif kind is bool:
        said = "`true`, `false`"
    elif kind is int:
        _, form, _ = bare(_annotation(one))
        said = "{} to {}".format(*form.within) if form.within else "a whole number"
    if one.default is REQUIRED or one.default in ((), {}):
        return said
    return f"{said}; default {str(one.default).lower()}"


def _annotation(one: DeclaredSetting) -> Any:
    from affidavit._policy.model import Policy

    kind: Any = Policy
    for part in one.path.split("."):
        inner = bare(kind)[0]
        kind = get_args(inner)[1] if part == "*" else inner.__annotations__[part]
    return kind


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    sys.stderr.write(f"{PAGE.name} written\n")
