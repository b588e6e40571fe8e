"""The records of a release line as lines of text, so that tests can compare all of them."""

from __future__ import annotations

from typing import Any

from affidavit.plugin import Record
from release_world import World

COMMON = {"att", "dur", "eid", "exp", "obj", "ph", "pol", "prev", "req", "seq", "ts", "v", "wid"}
PEOPLE = ("builder@example.org", "dana@example.org", "quinn", "morgan", "stranger")


class Told:
    """Writes records as lines, with names for tokens and short words for digests."""

    def __init__(self, world: World) -> None:
        steps, line = world.context().steps, world.pipeline()
        self._names = {str(steps.token("actor", one)): one for one in PEOPLE}
        self._names |= {
            str(steps.token("subject", f"RELEASE#{name}")): f"of {name}" for name in line.releases
        }
        for one in line.releases.values():
            self._names |= {one.digest: f"digest {one.version}", one.commit: f"at {one.version}"}
            self._names[f"{one.version}-{one.digest[:12]}"] = f"there {one.version}"
        self._names[world.rules().digest] = "rules"

    def _value(self, value: Any) -> str:
        if isinstance(value, dict):
            return " ".join(f"{key}={self._value(one)}" for key, one in value.items())
        if isinstance(value, list):
            return ",".join(map(self._value, value))
        return self._names.get(str(value), str(value)) or "-"

    def line(self, record: Record) -> str:
        said = {key: one for key, one in record.document.items() if key not in COMMON}
        act, version = said.pop("act"), record.document["obj"].partition("#")[2]
        assert "line=shop rules=rules src=affidavit-release cli" == " ".join(
            (
                f"line={said.pop('line')} rules={self._value(said.pop('rules'))}",
                f"src={said['src']['fn']} {said.pop('src')['via']}",
            )
        )
        assert f"of {version}" == self._value(said.pop("subj"))
        assert ("asserted", PEOPLE[0]) == (
            said["actor"].pop("auth"),
            self._value(said["actor"].pop("id")),
        )
        actor = said.pop("actor")
        told = {**said, **({"for": self._value(actor.pop("obo"))} if actor else {})}
        assert {} == actor
        out = told.pop("out", {})
        ended = [f"{out['s']} {out['code']} {out.get('err', '')}".strip()] if out else []
        more = [f"{key}: {self._value(one)}" for key, one in sorted(told.items())]
        return "; ".join([f"{record.phase} {act.partition('_')[2]} {version}", *ended, *more])
