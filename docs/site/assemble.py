"""Put the site's pages together, and generate its reference.

    python docs/site/assemble.py build/site/source

Pages of the repository stay as they are. A link to a page leads to its page of the site, a link
to any other file to a page that shows the file, so that the site needs no other address.
"""

from __future__ import annotations

import hashlib
import inspect
import re
import shutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from affidavit.plugin import load_plugins
from affidavit_cli.main import build

ROOT: Final = Path(__file__).resolve().parents[2]
HERE: Final = Path(__file__).resolve().parent
LINK: Final = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)")
FENCE: Final = re.compile(r"^ *(?:```|~~~)")
PICTURES: Final = ROOT / "docs" / "pictures"
DIAGRAM: Final = re.compile(r"^```mermaid\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PICTURE: Final = re.compile(
    r'<picture>\n.*srcset="([^"]+)">\n.*alt="([^"]+)" src="([^"]+)">\n</picture>'
)
DOORS: Final = ("affidavit", "affidavit.plugin", "affidavit.testing")
LANGUAGES: Final = {".py": "python", ".yaml": "yaml", ".toml": "toml"}


class Site:
    """The pages so far, and where each file of the repository is shown."""

    def __init__(self, to: Path) -> None:
        self.to = to
        self.shown: dict[Path, str] = {}
        self._waiting: list[Path] = []

    def name_of(self, file: Path) -> str:
        """Return the page that shows a file, without its ending; it is written later."""
        if file not in self.shown:
            inside = file.relative_to(ROOT)
            name = inside.as_posix()
            if inside.parts[0] == "docs" and file.suffix == ".md":
                name = inside.relative_to("docs").with_suffix("").as_posix()
                name = {"README": "all-pages", "adr/README": "adr/index"}.get(name, name)
                name = name.removeprefix("site/")
            elif file.suffix == ".md" and len(inside.parts) == 1:
                name = f"project/{inside.stem.lower()}"
            else:
                name = f"files/{name.removesuffix('.md')}"
            self.shown[file] = name
            self._waiting.append(file)
        return self.shown[file]

    def write(self) -> None:
        """Write every page, and those that they lead to."""
        while self._waiting:
            file = self._waiting.pop()
            self.page(self.shown[file], self._text(file))

    def page(self, name: str, text: str) -> None:
        """Write one page."""
        path = self.to / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _text(self, file: Path) -> str:
        if file.suffix == ".md":
            orphan = "" if file.parent == HERE else "---\norphan: true\n---\n"
            return orphan + "".join(self._linked(file))
        title = file.relative_to(ROOT).as_posix()
        if file.is_dir():
            below = sorted(one.name for one in file.iterdir() if not one.name.startswith("."))
            body = "".join(f"- {one}\n" for one in below)
        else:
            language = LANGUAGES.get(file.suffix, "text")
            body = f"``````{language}\n{file.read_text()}\n``````\n"
        return f"---\norphan: true\n---\n# {title}\n\n{body}"

    def _linked(self, file: Path) -> Iterator[str]:
        """Yield the lines of a page, with links to pages of the site."""
        inside = False
        folder = "../" * self.shown[file].count("/") + "pictures/"
        text = DIAGRAM.sub(lambda found: _both(folder, *_drawn(found[1])), file.read_text())
        text = PICTURE.sub(lambda found: _both(folder, found[2], found[3], found[1]), text)
        for line in text.splitlines(keepends=True):
            if FENCE.match(line):
                inside = not inside
                yield line.replace("```console", "```text")
            else:
                yield line if inside else LINK.sub(lambda one: self._link(file, one), line)

    def _link(self, file: Path, found: re.Match[str]) -> str:
        target = (file.parent / found[1]).resolve()
        if not target.is_relative_to(ROOT) or not target.exists():
            return found.group()  # a document of the site itself, or for the builder to refuse
        up = "../" * self.shown[file].count("/")
        if target.parent == PICTURES:
            return f"]({up}pictures/{target.name})"
        return f"]({up}{self.name_of(target)}.md{found[2] or ''})"


def _drawn(diagram: str) -> tuple[str, str, str]:
    """Return what a diagram shows, and its pictures: light and dark, which `make pictures` drew."""
    digest = hashlib.sha256(diagram.encode()).hexdigest()
    dark, light = (
        one.name for one in sorted(PICTURES.glob("*.svg")) if digest in one.read_text()[:200]
    )
    return "the diagram that is described below", light, dark


def _both(folder: str, shows: str, light: str, dark: str) -> str:
    """Return a picture in two looks, of which the reader's is shown."""
    return "\n".join(
        f"```{{image}} {folder}{Path(name).name}\n:alt: {shows}\n:class: only-{look}\n```\n"
        for look, name in (("light", light), ("dark", dark))
    )


def documented(door: str) -> str:
    """Return the page of one module that users import."""
    module = import_module(door)
    lines = [f"# `{door}`", "", (module.__doc__ or "").partition("\n")[0], ""]
    kinds: dict[str, list[str]] = {"Functions": [], "Classes": [], "Errors": [], "Values": []}
    shown = set() if door == DOORS[0] else set(import_module(DOORS[0]).__all__)
    for name in sorted(set(module.__all__) - shown, key=str.lower):
        kind, directive = _kind(getattr(module, name))
        kinds[kind] += [f".. {directive}:: {door}.{name}"]
        if directive in {"autoclass", "autoexception"}:
            kinds[kind] += ["   :members:"]
        kinds[kind] += [""]
    for title, directives in kinds.items():
        if directives:
            lines += [f"## {title}", "", "```{eval-rst}", *directives, "```", ""]
    return "\n".join(lines)


def _kind(value: Any) -> tuple[str, str]:
    if inspect.isclass(value) and issubclass(value, BaseException):
        return "Errors", "autoexception"
    if inspect.isclass(value):
        return "Classes", "autoclass"
    if inspect.isroutine(value):
        return "Functions", "autofunction"
    return "Values", "autodata"


def commands() -> str:
    """Return the page of the command line."""
    lines = ["# Commands", "", "`affidavit COMMAND --help` says the same in a terminal.", ""]
    top = build(load_plugins())
    for path, command, below in _walk(top, click.Context(top, info_name="affidavit")):
        lines += [f"## `{path}`", "", _help(command), ""]
        usage = " ".join(command.collect_usage_pieces(below))
        lines += ["```text", f"{path} {usage}", "```", ""]
        rows = [one.get_help_record(below) for one in command.get_params(below)]
        said = [row for row in rows if row and not row[0].startswith("--help")]
        if said:
            lines += ["| option | what it does |", "|---|---|"]
            lines += [f"| `{_cell(left)}` | {_cell(right)} |" for left, right in said] + [""]
    return "\n".join(lines)


def _walk(
    command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    if context.parent is not None:
        yield context.command_path, command, context
    if isinstance(command, click.Group):
        for name in sorted(command.list_commands(context)):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _walk(inner, click.Context(inner, context, info_name=name))


def _help(command: click.Command) -> str:
    text = inspect.cleandoc(command.help or "").replace("\b\n", "").partition("\f")[0]
    return re.sub(r"(?m)^( {2,}.+)$", r"    \1", text).replace("<", "\\<").replace("*", "\\*")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<").replace("*", "\\*")


def main(to: Path) -> None:
    """Write everything that the builder reads."""
    shutil.rmtree(to, ignore_errors=True)
    (to / "_static").mkdir(parents=True)
    shutil.copy(HERE / "conf.py", to)
    shutil.copytree(PICTURES, to / "pictures")
    site = Site(to)
    for file in [*HERE.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        site.name_of(file)
    for file in [*(ROOT / "docs" / "adr").glob("*.md"), *ROOT.glob("*.md")]:
        site.name_of(file)
    modules = sorted((ROOT / "terraform" / "modules").glob("*/README.md"))
    for file in modules:
        site.name_of(file)
    site.write()
    for door in DOORS:
        site.page(f"reference/{door}", documented(door))
    site.page("reference/commands", commands())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
