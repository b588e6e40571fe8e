"""affidavit's own wheel: what it is made of."""

from __future__ import annotations

import tomllib

import repository as repo
from affidavit_bundle.own_wheel import PARTS


def test_whatever_goes_into_the_wheel_is_one_of_its_parts() -> None:
    """A change of anything else would change the wheel and not its digest."""
    pyproject = tomllib.loads((repo.ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]
    packed = [*wheel["packages"], *wheel["force-include"]]
    assert [] == [
        path
        for path in packed
        if not any(path == part or path.startswith(f"{part}/") for part in PARTS)
    ]
