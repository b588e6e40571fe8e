"""Every setting of a policy, as the kernel declares it: what the compiler works from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, get_args, get_origin

from affidavit.plugin import Form, Policy, Setting

REQUIRED: Final = object()
"""The default of a setting that somebody has to say."""


class DeclaredSetting(NamedTuple):
    """A setting: its path (`environments.*.log_days`), what is declared of it, and its type."""

    path: str
    setting: Setting
    kind: Any
    default: Any

    @property
    def name(self) -> str:
        """Return what a rule governs it by: its path, whatever the environment."""
        return self.path.replace(".*", "")

    @property
    def is_cited(self) -> bool:
        """Tell whether each of its items names its rule, so that none has to govern it."""
        return "rule" in getattr(_item(self.kind), "_fields", ())


def bare(kind: Any) -> tuple[Any, Form, Setting | None]:
    """Take a type apart: what it is, its form, and what is declared of it as a setting."""
    metadata = getattr(kind, "__metadata__", ())
    kind = kind.__origin__ if metadata else kind
    forms = [one for one in metadata if isinstance(one, Form)]
    settings = [one for one in metadata if isinstance(one, Setting)]
    return (
        getattr(kind, "__supertype__", kind),
        forms[-1] if forms else Form(),
        settings[0] if settings else None,
    )


def is_group(kind: Any) -> bool:
    """Tell whether a type holds settings, and is none itself."""
    fields = getattr(kind, "_fields", ())
    return bool(fields) and any(
        bare(of)[2] is not None or is_group(bare(of)[0]) for of in kind.__annotations__.values()
    )


def _walk(kind: Any, above: str) -> Iterator[DeclaredSetting]:
    for name, of in kind.__annotations__.items():
        path = f"{above}{name}"
        inner, _, setting = bare(of)
        if setting is not None:
            default = kind._field_defaults.get(name, REQUIRED)
            yield DeclaredSetting(path, setting, inner, default)
        elif is_group(inner):
            yield from _walk(inner, f"{path}.")
        elif get_origin(inner) is Mapping:
            yield from _walk(get_args(inner)[1], f"{path}.*.")


def _item(kind: Any) -> Any:
    arguments = [one for one in get_args(kind) if one is not Ellipsis]
    return bare(arguments[-1])[0] if arguments else kind


DECLARED: Final = tuple(_walk(Policy, ""))

SETTINGS: Final[Mapping[str, DeclaredSetting]] = {
    one.name: one for one in DECLARED if not one.is_cited
}
"""What a rule can govern, by name."""

GROUPS: Final = tuple(dict.fromkeys(name.rpartition(".")[0] for name in SETTINGS if "." in name))
"""Several settings at once: `retention` governs both kinds of days."""


def covered(governs: str) -> tuple[str, ...]:
    """Return the settings that a word under `governs` stands for; none if it is no setting."""
    if governs in SETTINGS:
        return (governs,)
    return tuple(name for name in SETTINGS if name.startswith(f"{governs}."))
