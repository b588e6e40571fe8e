"""AWS Lambda as an environment: versions of a function are there, an alias says which is live."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl

from affidavit_release.errors import ReleaseError, TargetMovedError
from affidavit_release.targets import Asked, CanaryState
from affidavit_release.vault import Stored
from affidavit_service.agreement import deployed_differences

_ALIAS: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,127}")
_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")
_PREFIX: Final = re.compile(r"[A-Za-z0-9_-]{0,50}")
READY_S: Final = 120
"""How long a function may take to settle after its code was changed."""

PERCENT: Final = "CanaryPercent"
MINUTES: Final = "CanaryMinutes"
ALARM: Final = "-canary"
"""Tags of a function, and how the name of its alarm ends, as terraform/ writes them."""
_MOVED: Final = frozenset(
    {
        ("update_alias", "PreconditionFailedException"),
        ("create_alias", "ResourceConflictException"),
    }
)
"""Somebody else has changed the alias, or has just made it."""

_OF_CLOUDWATCH: Final = ("describe_alarms",)


class LambdaTarget:
    """One environment's functions: `prefix` and the function's name, behind one alias.

    Rights: lambda:GetAlias, GetFunctionConfiguration, UpdateFunctionCode,
    PublishVersion, CreateAlias, UpdateAlias, DeleteAlias on these functions; for
    canaries lambda:ListTags on them and cloudwatch:DescribeAlarms; for built-in
    smoke tests lambda:InvokeFunction.
    """

    def __init__(self, alias: str, prefix: str, region: str) -> None:
        self._alias, self._prefix, self._region = alias, prefix, region
        self._made: dict[str, Any] = {}

    def live(self, functions: tuple[str, ...]) -> dict[str, str]:
        """Return the version that the alias names, by function."""
        return {name: self._version(name) or "" for name in functions}

    def digests(self, functions: tuple[str, ...]) -> dict[str, str]:
        """Return what Lambda says of the code behind the alias."""
        told = {}
        for name in (name for name, version in self.live(functions).items() if version):
            found = self._call(
                "get_function_configuration", FunctionName=self._name(name), Qualifier=self._alias
            )
            told[name] = base64.b64decode(found["CodeSha256"]).hex()
        return told

    def install(self, stored: Stored) -> dict[str, str]:
        """Publish a version of each function; the same code again is the same version on AWS."""
        self._refuse_others(stored)  # all of them, before any byte moves
        versions = {}
        for name in stored.functions:
            aws_name = self._name(name)
            self._call(
                "update_function_code",
                FunctionName=aws_name,
                ZipFile=stored.read(f"{name}.zip"),
            )
            self._settle("function_updated", aws_name)
            wanted = base64.b64encode(bytes.fromhex(stored.zips[name])).decode()
            published = self._call(
                "publish_version",
                FunctionName=aws_name,
                CodeSha256=wanted,  # AWS refuses if the code is another one by now
                Description=f"{stored.version} {stored.digest[:12]}",
            )
            if published["CodeSha256"] != wanted:
                raise _unusable("it published other code than it was given")
            versions[name] = str(published["Version"])
        return versions

    def switch(self, to: Mapping[str, str], since: Mapping[str, str]) -> None:
        """Point the alias, function by function; killed in between, doing it again completes it.

        AWS changes an alias only if it is still the one that was read (RevisionId).
        """
        for name, version in to.items():
            found = self._alias_of(name) or {}
            now = str(found.get("FunctionVersion", ""))
            if version == now and not _weights(found):
                continue
            if now not in {version, since.get(name, "")}:
                raise TargetMovedError
            alias: dict[str, Any] = {"FunctionName": self._name(name), "Name": self._alias}
            if not version:
                self._call("delete_alias", **alias)
            elif not now:
                self._call("create_alias", **alias, FunctionVersion=version)
            else:
                # No weights: a rollback must not leave a part of the traffic behind.
                self._call(
                    "update_alias",
                    **alias,
                    FunctionVersion=version,
                    RoutingConfig={"AdditionalVersionWeights": {}},
                    RevisionId=str(found["RevisionId"]),
                )

    def canary(self, functions: tuple[str, ...]) -> CanaryState:
        """Read the tags and the alarm that Terraform has given each function."""
        tags = [self._tags(name) for name in functions]
        alarms = {self._name(name) + ALARM: name for name in functions}
        found = self._call("describe_alarms", AlarmNames=list(alarms))["MetricAlarms"]
        said = [(one.get(PERCENT, ""), one.get(MINUTES, "")) for one in tags]
        good = all(part.isdecimal() and int(part) for pair in said for part in pair)
        if not good or {one["AlarmName"] for one in found} != alarms.keys():
            raise ReleaseError(
                "a canary cannot be released here",
                why="a function has no canary: Terraform gives it tags and an alarm",
                fix="Set canary for each function in the environment's tfvars and apply",
            )
        return CanaryState(
            min(int(percent) for percent, _ in said),
            max(int(minutes) for _, minutes in said),
            tuple(sorted(alarms[one["AlarmName"]] for one in found if one["StateValue"] != "OK")),
        )

    def shift(self, to: Mapping[str, str], percent: int) -> None:
        """Give the versions a weight beside those that are live; killed, doing it again helps."""
        for name, version in to.items():
            now = self._version(name)
            if now is None:
                raise _unusable("there is no alias whose traffic could be divided")
            # A function whose code is the same has the same version, and nothing to divide.
            weights = {} if now == version else {version: percent / 100}
            self._call(
                "update_alias",
                FunctionName=self._name(name),
                Name=self._alias,
                FunctionVersion=now,
                RoutingConfig={"AdditionalVersionWeights": weights},
            )

    def ask(self, function: str, event: bytes) -> Asked:
        """Call a function through its alias; Lambda sends the end of its log along."""
        place: dict[str, Any] = {
            "FunctionName": self._name(function),
            "Qualifier": self._alias,
        }
        config = self._call("get_function_configuration", **place)
        found = self._call("invoke", **place, Payload=event, LogType="Tail")
        return Asked(
            request_id=str(found["ResponseMetadata"]["RequestId"]),
            answer=_read_json(found["Payload"].read()),
            raised=bool(found.get("FunctionError")),
            tail=base64.b64decode(found.get("LogResult", "")).decode("utf-8", "replace"),
            variables=dict(config.get("Environment", {}).get("Variables", {})),
            region=str(config["FunctionArn"]).split(":")[3],
        )

    def _refuse_others(self, stored: Stored) -> None:
        """Raise if a bundle is not for the function that is there, as Lambda describes it."""
        configs = {
            name: self._call("get_function_configuration", FunctionName=self._name(name))
            for name in stored.functions
        }
        held = [(one.get("Environment") or {}).get("Variables") or {} for one in configs.values()]
        shared = {variable for one in held for variable in one}
        for name, config in configs.items():
            manifest = _read_json(stored.read(f"{name}.manifest.json"))
            said = manifest if isinstance(manifest, dict) else {}
            for one in deployed_differences(said, config, shared):
                raise _unusable(
                    f"{name} is another function: {one.what} is {one.bundle} in the bundle, "
                    f"and {one.function} in Lambda"
                )

    def _tags(self, name: str) -> dict[str, str]:
        config = self._call("get_function_configuration", FunctionName=self._name(name))
        tags: dict[str, str] = self._call("list_tags", Resource=config["FunctionArn"])["Tags"]
        return tags

    def _version(self, name: str) -> str | None:
        found = self._alias_of(name)
        return None if found is None else str(found["FunctionVersion"])

    def _alias_of(self, name: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._call(
            "get_alias", missing_is_none=True, FunctionName=self._name(name), Name=self._alias
        )
        return found

    def _name(self, function: str) -> str:
        return self._prefix + function

    def _settle(self, what: str, name: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - heavy

        wait = {"Delay": 1, "MaxAttempts": READY_S}
        try:
            self._client("lambda").get_waiter(what).wait(FunctionName=name, WaiterConfig=wait)
        except (BotoCoreError, ClientError) as error:
            failed = type(error).__name__
        else:
            return
        raise _unusable(f"a function did not settle: {failed}")

    def _call(self, operation: str, *, missing_is_none: bool = False, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - heavy

        try:
            service = "cloudwatch" if operation in _OF_CLOUDWATCH else "lambda"
            call: Callable[..., Any] = getattr(self._client(service), operation)
            return call(**arguments)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "Unknown"))
        except BotoCoreError as error:
            code = type(error).__name__
        if missing_is_none and code == "ResourceNotFoundException":
            return None
        if (operation, code) in _MOVED:
            raise TargetMovedError
        raise _unusable(f"{operation} answered {code}")

    def _client(self, service: str) -> Any:
        if service not in self._made:
            import boto3  # noqa: PLC0415 - heavy, and an extra
            from botocore.config import Config  # noqa: PLC0415

            self._made[service] = boto3.client(
                service,
                region_name=self._region or None,
                config=Config(
                    connect_timeout=5,
                    read_timeout=60,
                    retries={"total_max_attempts": 5, "mode": "standard"},
                ),
            )
        return self._made[service]


def _read_json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _weights(alias: Mapping[str, Any]) -> Mapping[str, float]:
    """Return the weights of an alias; AWS leaves them out, or says None, where there are none."""
    found: Mapping[str, float] = (alias.get("RoutingConfig") or {}).get(
        "AdditionalVersionWeights"
    ) or {}
    return found


def locate(url: SplitResult) -> LambdaTarget:
    """Open the target that `lambda://alias?prefix=prices-dev-&region=eu-west-1` names.

    Raises:
        ReleaseError: A part is missing, unknown, or not of the right form.

    """
    pairs = parse_qsl(url.query, keep_blank_values=True)
    said = dict(pairs)
    good = (
        len(said) == len(pairs)
        and said.keys() <= {"prefix", "region"}
        and not url.path.strip("/")
        and _ALIAS.fullmatch(url.netloc)
        and _PREFIX.fullmatch(said.get("prefix", ""))
        and ("region" not in said or _REGION.fullmatch(said["region"]))
    )
    if not good:
        raise ReleaseError(
            "a target's URL cannot be used",
            why="it is not of the form lambda://ALIAS?prefix=PREFIX&region=REGION",
            fix="Correct it in the release policy",
        )
    return LambdaTarget(url.netloc, said.get("prefix", ""), said.get("region", ""))


def _unusable(why: str) -> ReleaseError:
    return ReleaseError(
        "a Lambda function cannot be used", why=why, fix="Check its name, the region and the role"
    )
