"""Fill a template: folders laid over each other, names and a few words put in."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from affidavit.plugin import VERSION
from affidavit_scaffold.errors import ScaffoldError

_HERE: Final = Path(__file__).resolve()
_PLACES: Final = (_HERE.parent / "templates", _HERE.parents[3] / "templates")
"""Where templates lie: in an installed package, and in a clone."""

RECORD: Final = ".affidavit-template.json"
"""What a project keeps of its template: digests of the files as they were written."""

NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,30}")
TOKEN: Final = re.compile(r"@([A-Z_]+)@")
NEWEST: Final = (3, 14)


class Project(NamedTuple):
    """What a project is to be."""

    name: str
    template: str
    policy: str

    @property
    def package(self) -> str:
        """Return the name of its import package."""
        return self.name.replace("-", "_")


def templates() -> dict[str, dict[str, Any]]:
    """Return what can be made, by name."""
    return tomllib.loads((_place() / "templates.toml").read_text("utf-8"))


def render(project: Project) -> dict[str, str]:
    """Return every file of a new project by its path.

    Raises:
        ScaffoldError: There is no such template, or the name cannot be used.

    """
    known = templates()
    if project.template not in known:
        raise ScaffoldError(
            f"there is no template {project.template[:40]}",
            why=f"the templates are {', '.join(known)}",
            fix="Name one of them with --template",
        )
    if not NAME.fullmatch(project.name):
        raise ScaffoldError(
            "the name cannot be used",
            why="small letters, digits and hyphens, at most 31, and a letter first",
            fix="Choose another: it names the service, its folder and its package",
        )
    words = _words(project, known[project.template])
    names = {"example_service": project.package, "example-service": project.name}
    found: dict[str, str] = {}
    for folder in known[project.template]["folders"]:
        found |= _files(folder, words, names)
    return found


def render_function(package: str, name: str) -> dict[str, str]:
    """Return the files of another function, and the text that functions.toml gets."""
    module = name.replace("-", "_")
    names = {
        "example_service": package,
        "NEW_FUNCTION": module.upper(),
        "new_function": module,
        "new-function": name,
    }
    return _files("function", {"ARCHITECTURE": _architecture()}, names)


def _files(folder: str, words: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    root = _place() / folder
    found = {}
    for path in sorted(one for one in root.rglob("*") if one.is_file()):
        if "__pycache__" not in path.parts:
            place = path.relative_to(root).as_posix().replace("dot_", ".")
            text = _filled(path.read_text("utf-8"), words)
            for old, new in names.items():
                place, text = place.replace(old, new), text.replace(old, new)
            found[place] = text
    return found


def record_of(project: Project, files: Mapping[str, str]) -> str:
    """Return what the project keeps, so that a newer template can be compared with this one."""
    said = {
        "template": project.template,
        "policy": project.policy,
        "version": VERSION,
        "files": {name: digest(text) for name, text in sorted(files.items())},
    }
    return json.dumps(said, indent=1) + "\n"


def digest(text: str) -> str:
    """Return the SHA-256 of a file's text."""
    return hashlib.sha256(text.encode()).hexdigest()


def runtime() -> str:
    """Return Lambda's name of this Python, or of the newest one that Lambda has."""
    return "python{}.{}".format(*min(sys.version_info[:2], NEWEST))


def _words(project: Project, told: Mapping[str, Any]) -> dict[str, str]:
    cloud, tables = bool(told.get("cloud")), told.get("tables", "")
    command = "@$(BIN)affidavit local"
    return {
        "AFFIDAVIT": VERSION,
        "ARCHITECTURE": _architecture(),
        "CLOUD": "CLOUD   := . ./build/cloud.env;" if cloud else "",
        "CLOUD_DOWN": f"{command} down" if cloud else "",
        "CLOUD_UP": f"{command} up --detach --port 0 > build/cloud.env" if cloud else "",
        "EVENT": told["event"],
        "EXTRAS": told["extras"],
        "FUNCTION": told["function"],
        "POLICY": project.policy,
        "PYTHON": runtime().removeprefix("python"),
        "RUNTIME": runtime(),
        "SCENARIOS": "$(BIN)affidavit scenario run scenarios" if told.get("scenarios") else "",
        "SENTENCE": told["sentence"],
        "TABLES": f"databases = {{ tables = {{ {tables} }} }}" if tables else "",
        "TEMPLATE": project.template,
        "VERSION": f">={VERSION}",
        "WHO": told["who"],
    }


def _filled(text: str, words: Mapping[str, str]) -> str:
    """Put the words in; a line that was nothing but an empty one goes."""
    lines = []
    for line in text.splitlines():
        alone = TOKEN.fullmatch(line.strip())
        if alone is None or words.get(alone[1], "?"):
            lines.append(TOKEN.sub(lambda found: words.get(found[1], found[0]), line))
    return "\n".join(lines) + "\n"


def _architecture() -> str:
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def _place() -> Path:
    for place in _PLACES:
        if (place / "templates.toml").is_file():
            return place
    raise ScaffoldError(
        "there are no templates",
        why="this installation of affidavit has none",
        fix="Install affidavit from its wheel",
    )
