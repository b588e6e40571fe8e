"""Every statement that this service runs. They run on SQLite and on DynamoDB as they stand."""

from __future__ import annotations

from affidavit import AuditContext, ConflictError, Query
from config_service.models import Setting

FIND_SETTING = Query(
    name="find_setting",
    sql="select name, value, version from settings where name = :name",
    binds=frozenset({"name"}),
)

CHANGE_SETTING = Query(
    name="change_setting",
    sql="update settings set value = :value, version = :next"
    " where name = :name and version = :seen",
    binds=frozenset({"name", "value", "next", "seen"}),
    write=True,
)
"""Changes nothing if somebody else has changed the setting since `seen` was read."""


class Settings:
    """The settings, for the duration of one invocation."""

    def __init__(self, context: AuditContext) -> None:
        self._context = context
        self._source = context.source("settings")

    def find(self, name: str) -> Setting | None:
        """Return a setting, or None if there is none of that name."""
        row = self._source.fetch_one(FIND_SETTING, {"name": name})
        return None if row is None else Setting.model_validate(row)

    def change(self, seen: Setting, value: str) -> Setting:
        """Give a setting another value, and put the change on record.

        Raises:
            ConflictError: It is not as it was `seen` any more.

        """
        new = Setting(name=seen.name, value=value, version=seen.version + 1)
        (done,) = self._source.execute(
            CHANGE_SETTING,
            {"name": new.name, "value": value, "next": new.version, "seen": seen.version},
        )
        if not done["changed"]:
            raise ConflictError(
                "the setting was not changed",
                why="somebody else has changed it meanwhile",
                fix="Read it again, then decide again",
            )
        # The record gets a token of each: equal values have equal tokens.
        self._context.record_change("value", old=seen.value, new=new.value)
        self._context.record_change("version", old=seen.version, new=new.version)
        return new
