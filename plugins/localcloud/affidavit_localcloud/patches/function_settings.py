"""Settings of functions that moto drops."""

from __future__ import annotations

from typing import Any, Final

KEPT: Final = (
    "DeadLetterConfig",
    "LoggingConfig",
    "SnapStart",
    "TracingConfig",
    "KMSKeyArn",
    "FileSystemConfigs",
)
"""What moto does not tell back, or never updates. Terraform would plan to set it for ever."""


def keep_function_settings() -> None:
    """Keep these settings in `extra`, and tell them back."""
    from moto.awslambda.models import LambdaFunction  # noqa: PLC0415 - heavy

    make = LambdaFunction.__init__
    tell = LambdaFunction.get_configuration
    update = LambdaFunction.update_configuration

    def __init__(self: Any, account_id: str, spec: Any, region: str, version: Any = 1) -> None:  # noqa: N807
        make(self, account_id, spec, region, version)
        self.extra = {name: spec[name] for name in KEPT if spec.get(name)}

    def get_configuration(self: Any, on_create: bool = False) -> Any:  # noqa: FBT001, FBT002
        told = tell(self, on_create)
        told.update(self.extra)
        if "SnapStart" in self.extra:
            state = "On" if self.version != "$LATEST" else "Off"
            told["SnapStart"] = {"OptimizationStatus": state, **self.extra["SnapStart"]}
        return told

    def update_configuration(self: Any, updates: Any) -> Any:
        # A new dictionary: published versions share the old one.
        self.extra = {**self.extra, **{name: updates[name] for name in KEPT if name in updates}}
        update(self, updates)
        return self.get_configuration()

    LambdaFunction.__init__ = __init__
    LambdaFunction.get_configuration = get_configuration
    LambdaFunction.update_configuration = update_configuration
