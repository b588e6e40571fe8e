"""The entry points: `config_service.handler.read` and `config_service.handler.change`."""

from __future__ import annotations

from affidavit import AuditContext, ConflictError, audited
from config_service.models import ChangeRequest, Setting, SettingRequest
from config_service.repository import Settings


@audited(
    action="CONFIG_READ",
    request=SettingRequest,
    response=Setting,
    subject="name",
    resource="system_configuration",
)
def read(request: SettingRequest, context: AuditContext) -> Setting | None:
    """Answer with a setting. None becomes 404."""
    return Settings(context).find(request.name)


@audited(
    action="CONFIG_CHANGE",
    request=ChangeRequest,
    response=Setting,
    subject="name",
    resource="system_configuration",
    purpose="administration",
)
def change(request: ChangeRequest, context: AuditContext) -> Setting | None:
    """Change a setting, if it is still as the caller has read it. Else 409, or 404."""
    settings = Settings(context)
    seen = settings.find(request.name)
    if seen is None:
        return None
    if seen.version != request.version:
        raise ConflictError(
            "the setting was not changed",
            why="the caller has read an earlier version",
            fix="Read it again, then decide again",
        )
    return settings.change(seen, request.value)
