"""Step Functions: what the provider asks before and after it makes a state machine."""

from __future__ import annotations

from typing import Any


def validate_definitions() -> None:
    """Add ValidateStateMachineDefinition, which the provider calls when it plans."""
    from moto.core.responses import ActionResult  # noqa: PLC0415 - heavy
    from moto.stepfunctions.responses import StepFunctionResponse  # noqa: PLC0415 - heavy

    def validate_state_machine_definition(self: Any) -> Any:
        from moto.stepfunctions.parser.models import (  # noqa: PLC0415 - a grammar, heavy
            StepFunctionsParserBackend,
        )

        diagnostics = []
        try:
            StepFunctionsParserBackend._validate_definition(  # noqa: SLF001 - there is no other
                definition=self._get_param("definition")
            )
        except Exception as error:  # noqa: BLE001 - a parser's
            message = str(getattr(error, "message", error))
            diagnostics.append(
                {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": message}
            )
        result = "FAIL" if diagnostics else "OK"
        return ActionResult({"result": result, "diagnostics": diagnostics, "truncated": False})

    StepFunctionResponse.validate_state_machine_definition = validate_state_machine_definition


def list_versions_of_machines() -> None:
    """Add ListStateMachineVersions, which the provider calls at every refresh."""
    from moto.core.responses import ActionResult  # noqa: PLC0415 - heavy
    from moto.stepfunctions.responses import StepFunctionResponse  # noqa: PLC0415 - heavy

    def list_state_machine_versions(self: Any) -> Any:
        machine = self.stepfunction_backend.describe_state_machine(
            self._get_param("stateMachineArn")
        )
        versions = list(getattr(machine, "versions", {}).values())
        listed = [
            {"stateMachineVersionArn": one.arn, "creationDate": one.creation_date}
            for one in reversed(versions)
        ]
        return ActionResult({"stateMachineVersions": listed})

    StepFunctionResponse.list_state_machine_versions = list_state_machine_versions


def run_machines() -> None:
    """Let state machines run: moto only pretends, unless it is told before the first is made."""
    from moto.core.config import default_user_config  # noqa: PLC0415 - heavy

    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    default_user_config["iam"] = {"load_aws_managed_policies": True}
