"""Step Functions: what the provider asks before and after it makes a state machine."""

from __future__ import annotations

import sys
from typing import Any, Final

from affidavit_localcloud.rights.resources import Region, session_of

WAIT_S: Final = 99_999_999
"""What AWS gives a task that names no timeout."""


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


def sign_as_machines() -> None:
    """Let a task's calls be signed by the machine's role, not by nobody.

    The modules that make clients are loaded with the first machine, because they
    bring a grammar along that takes a second.
    """
    from moto.stepfunctions import responses  # noqa: PLC0415 - heavy

    get_backend = responses.get_backend

    def get(*args: Any) -> Any:
        found = get_backend(*args)
        for name, module in list(sys.modules.items()):
            if name.startswith("moto.stepfunctions") and hasattr(module, "boto_client_for"):
                module.boto_client_for = _client_of_role  # type: ignore[attr-defined]
        return found

    responses.get_backend = get


def _client_of_role(region: str, service: str, state_credentials: Any = None) -> Any:
    """Return a client with the keys of the machine's role; without a role, of nobody."""
    import boto3  # noqa: PLC0415 - heavy
    from botocore.config import Config  # noqa: PLC0415 - heavy
    from moto.settings import moto_server_port  # noqa: PLC0415 - heavy

    role = str(getattr(state_credentials, "role_arn", None) or "")
    signed = {"aws_access_key_id": "ASIANOBODY", "aws_secret_access_key": "none"}
    if role:
        session = session_of(Region(role.split(":")[4], region), role, "states")
        signed = {
            "aws_access_key_id": session.access_key_id,
            "aws_secret_access_key": session.secret_access_key,
            "aws_session_token": session.session_token,
        }
    waits = {"connect_timeout": WAIT_S, "read_timeout": WAIT_S}
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=f"http://localhost:{moto_server_port()}",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, **waits),
        **signed,
    )
