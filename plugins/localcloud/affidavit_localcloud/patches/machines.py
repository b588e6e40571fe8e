"""Step Functions: what the provider asks before and after it makes a state machine."""

from __future__ import annotations

import sys
import time
from functools import lru_cache
from typing import Any, Final

from affidavit_localcloud.rights.resources import Region, session_of

WAIT_S: Final = 99_999_999
"""What AWS gives a task that names no timeout."""

KEPT_S: Final = 6 * 3600
"""A client is made anew after half of its session's life."""

AT_ONCE: Final = 128
"""Connections of a client that are kept; more are made when more tasks wait."""


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
    """Let a task's calls be signed by the machine's role, and keep what each task makes anew.

    That is a client, with what botocore reads for it, the parser of every path, and the tree of
    the definition: most of what an execution costs. The modules that make them are loaded with
    the first machine, because they bring a grammar along that takes a second.
    """
    from moto.stepfunctions import responses  # noqa: PLC0415 - heavy

    get_backend, clients = responses.get_backend, _Clients()

    def get(*args: Any) -> Any:
        found = get_backend(*args)
        for name, module in list(sys.modules.items()):
            if not name.startswith("moto.stepfunctions"):
                continue
            if hasattr(module, "boto_client_for"):
                module.boto_client_for = clients  # type: ignore[attr-defined]
            if name.endswith((".result_path", ".utils.json_path")):
                _keep_paths(module)
            if name.endswith(".asl_parser"):
                _keep_trees(module)
        return found

    responses.get_backend = get


def _keep_paths(module: Any) -> None:
    if not hasattr(module.parse, "cache_info"):
        module.parse = lru_cache(maxsize=4096)(module.parse)


def _keep_trees(module: Any) -> None:
    """Parse a definition once. What is evaluated is made of its tree each time: it has state."""
    parser = module.AmazonStateLanguageParser
    if hasattr(parser, "tree_of"):
        return
    read = parser.parse
    parser.tree_of = lru_cache(maxsize=64)(lambda definition: read(definition)[1])

    def parse(definition: str) -> Any:
        tree = parser.tree_of(definition)
        return module.Preprocessor().visit(tree), tree

    parser.parse = staticmethod(parse)


class _Clients:
    """Makes a client for each service and role of a machine, and gives it out again."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, str], tuple[Any, Any, float]] = {}

    def __call__(self, region: str, service: str, state_credentials: Any = None) -> Any:
        role = str(getattr(state_credentials, "role_arn", None) or "")
        client, session, until = self._made.get((region, service, role), (None, None, 0.0))
        if client is None or time.monotonic() > until or not _known(session, region):
            client, session = _client_of_role(region, service, role)
            self._made[region, service, role] = client, session, time.monotonic() + KEPT_S
        return client


def _known(session: Any, region: str) -> bool:
    """Tell whether moto knows the keys of a session still; a reset forgets them."""
    if session is None:
        return True
    sts = Region(session.arn.split(":")[4], region).backend("sts")
    return sts.get_assumed_role_from_access_key(session.access_key_id) is session


def _client_of_role(region: str, service: str, role: str) -> tuple[Any, Any]:
    """Return a client with the keys of the machine's role, and its session; of nobody without."""
    import boto3  # noqa: PLC0415 - heavy
    from botocore.config import Config  # noqa: PLC0415 - heavy
    from moto.settings import moto_server_port  # noqa: PLC0415 - heavy

    session = None
    signed = {"aws_access_key_id": "ASIANOBODY", "aws_secret_access_key": "none"}
    if role:
        session = session_of(Region(role.split(":")[4], region), role, "states")
        signed = {
            "aws_access_key_id": session.access_key_id,
            "aws_secret_access_key": session.secret_access_key,
            "aws_session_token": session.session_token,
        }
    client = boto3.client(
        service,
        region_name=region,
        endpoint_url=f"http://localhost:{moto_server_port()}",
        config=Config(
            parameter_validation=False,
            retries={"total_max_attempts": 1},
            connect_timeout=WAIT_S,
            read_timeout=WAIT_S,
            max_pool_connections=AT_ONCE,
        ),
        **signed,
    )
    return client, session
