"""What is asked of AWS about functions, compared whole: each request, and what an answer means."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any, ClassVar

import pytest
from botocore.exceptions import WaiterError
from botocore.response import StreamingBody

from affidavit_release.errors import ReleaseError, TargetMovedError
from affidavit_release.lambda_target import LambdaTarget, locate
from affidavit_release.targets import CanaryState
from expected_requests import ExpectedRequests
from release_world import url

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:p-shop"
SHOP = {"FunctionName": "p-shop"}
ALIAS = {**SHOP, "Name": "live"}
ZIP = b"a zip"
SUM = hashlib.sha256(ZIP)


class Held:
    """A release as the vault would hand it out."""

    functions = ("shop",)
    version, digest = "v1.2.3", "0123456789abcdef"
    zips: ClassVar = {"shop": SUM.hexdigest()}

    def read(self, name: str) -> bytes:
        return {"shop.zip": ZIP, "shop.manifest.json": b"{}"}[name]


class Aws(ExpectedRequests):
    """Lambda, and CloudWatch for alarms."""

    def __call__(self, operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        service = "cloudwatch" if operation == "describe_alarms" else "lambda"
        self.answers(service, operation, asked, answer)

    def says(self, operation: str, code: str, asked: dict[str, Any]) -> None:
        self.refuses("lambda", operation, asked, code)


@pytest.fixture
def target() -> LambdaTarget:
    return LambdaTarget("live", "p-", "eu-west-1")


@pytest.fixture
def aws(target: LambdaTarget) -> Iterator[Aws]:
    held = Aws()
    target._made = {name: held.client(name) for name in ("lambda", "cloudwatch")}
    yield held
    held.heard_all()


def test_what_is_live_is_asked_of_the_alias(target: LambdaTarget, aws: Aws) -> None:
    """A function without an alias has nothing live, and no digest."""
    aws("get_alias", ALIAS, {"FunctionVersion": "7"})
    aws.says("get_alias", "ResourceNotFoundException", {**ALIAS, "FunctionName": "p-other"})
    assert {"shop": "7", "other": ""} == target.live(("shop", "other"))

    aws("get_alias", ALIAS, {"FunctionVersion": "7"})
    aws.says("get_alias", "ResourceNotFoundException", {**ALIAS, "FunctionName": "p-other"})
    told = {"CodeSha256": base64.b64encode(SUM.digest()).decode()}
    aws("get_function_configuration", {**SHOP, "Qualifier": "live"}, told)
    assert {"shop": SUM.hexdigest()} == target.digests(("shop", "other"))


def _installed(aws: Aws, published: str) -> None:
    aws("get_function_configuration", SHOP, {})
    aws("update_function_code", {**SHOP, "ZipFile": ZIP}, {})
    aws("get_function_configuration", SHOP, {"LastUpdateStatus": "Successful"})
    wanted = base64.b64encode(SUM.digest()).decode()
    said = {**SHOP, "CodeSha256": wanted, "Description": "v1.2.3 0123456789ab"}
    aws("publish_version", said, {"CodeSha256": published or wanted, "Version": "8"})


def test_a_version_is_published_of_these_bytes_alone(target: LambdaTarget, aws: Aws) -> None:
    """The hash goes along, so that AWS refuses other bytes; a vault's name is beside it."""
    _installed(aws, "")
    assert {"shop": "8"} == target.install(Held())  # type: ignore[arg-type] # a stand-in


def test_other_bytes_that_were_published_are_noticed(target: LambdaTarget, aws: Aws) -> None:
    """Whatever AWS says first."""
    _installed(aws, "b3RoZXI=")
    with pytest.raises(ReleaseError, match="other code than it was given"):
        target.install(Held())  # type: ignore[arg-type] # a stand-in


def test_an_alias_moves_if_it_is_as_it_was_read(target: LambdaTarget, aws: Aws) -> None:
    """By its revision, and without weights; one that is right already is left alone."""
    read = {"FunctionVersion": "7", "RevisionId": "r"}
    whole = {"RoutingConfig": {"AdditionalVersionWeights": {}}}
    moved = {**ALIAS, "FunctionVersion": "8", **whole, "RevisionId": "r"}
    aws("get_alias", ALIAS, read)
    aws("update_alias", moved, {})
    target.switch({"shop": "8"}, {"shop": "7"})

    aws("get_alias", ALIAS, {**read, "FunctionVersion": "8"})
    target.switch({"shop": "8"}, {"shop": "7"})

    divided = {"RoutingConfig": {"AdditionalVersionWeights": {"9": 0.5}}}
    aws("get_alias", ALIAS, {**read, "FunctionVersion": "8", **divided})
    aws("update_alias", moved, {})
    target.switch({"shop": "8"}, {"shop": "7"})


def test_each_function_is_moved_or_left_by_itself(target: LambdaTarget, aws: Aws) -> None:
    """One that is right already is no reason to leave the next."""
    read = {"FunctionVersion": "7", "RevisionId": "r"}
    other = {**ALIAS, "FunctionName": "p-other"}
    whole = {"RoutingConfig": {"AdditionalVersionWeights": {}}}
    aws("get_alias", ALIAS, {**read, "FunctionVersion": "8"})
    aws("get_alias", other, read)
    aws("update_alias", {**other, "FunctionVersion": "9", **whole, "RevisionId": "r"}, {})
    target.switch({"shop": "8", "other": "9"}, {"shop": "7", "other": "7"})


def test_code_settles_within_two_minutes_and_is_looked_at_each_second() -> None:
    """Of that function; else an error says so."""
    waits: list[tuple[Any, ...]] = []

    class Waits:
        def get_waiter(self, name: str) -> Any:
            waits.append((name,))
            return self

        def wait(self, **said: Any) -> None:
            waits.append((said,))
            if len(waits) > 2:
                raise WaiterError(name="x", reason="late", last_response={})

    target = LambdaTarget("live", "p-", "eu-west-1")
    target._made = {"lambda": Waits()}
    target._settle("function_updated", "p-shop")
    with pytest.raises(ReleaseError, match="a function did not settle: WaiterError"):
        target._settle("function_updated", "p-shop")
    said = {"FunctionName": "p-shop", "WaiterConfig": {"Delay": 1, "MaxAttempts": 120}}
    assert [("function_updated",), (said,)] * 2 == waits


def test_an_alias_is_made_and_taken_away(target: LambdaTarget, aws: Aws) -> None:
    """A first release has none before; to go back from it is to have none."""
    aws.says("get_alias", "ResourceNotFoundException", ALIAS)
    aws("create_alias", {**ALIAS, "FunctionVersion": "8"}, {})
    target.switch({"shop": "8"}, {"shop": ""})
    aws("get_alias", ALIAS, {"FunctionVersion": "8", "RevisionId": "r"})
    aws("delete_alias", ALIAS, {})
    target.switch({"shop": ""}, {"shop": "8"})


def test_somebody_else_was_faster(target: LambdaTarget, aws: Aws) -> None:
    """Seen before, or by AWS in between: nothing is changed."""
    aws("get_alias", ALIAS, {"FunctionVersion": "6", "RevisionId": "r"})
    with pytest.raises(TargetMovedError):
        target.switch({"shop": "8"}, {"shop": "7"})
    read = {"FunctionVersion": "7", "RevisionId": "r"}
    whole = {"RoutingConfig": {"AdditionalVersionWeights": {}}}
    asked = {**ALIAS, "FunctionVersion": "8", **whole, "RevisionId": "r"}
    aws("get_alias", ALIAS, read)
    aws.says("update_alias", "PreconditionFailedException", asked)
    with pytest.raises(TargetMovedError):
        target.switch({"shop": "8"}, {"shop": "7"})
    aws.says("get_alias", "ResourceNotFoundException", ALIAS)
    aws.says("create_alias", "ResourceConflictException", {**ALIAS, "FunctionVersion": "8"})
    with pytest.raises(TargetMovedError):
        target.switch({"shop": "8"}, {"shop": ""})
    aws("get_alias", ALIAS, read)
    aws.says("update_alias", "ResourceConflictException", asked)
    with pytest.raises(ReleaseError, match="update_alias answered ResourceConflictException"):
        target.switch({"shop": "8"}, {"shop": "7"})


def test_a_share_is_a_weight_beside_what_is_live(target: LambdaTarget, aws: Aws) -> None:
    """A function whose code is the same has nothing to divide; one without alias neither."""
    aws("get_alias", ALIAS, {"FunctionVersion": "7"})
    weights = {"RoutingConfig": {"AdditionalVersionWeights": {"8": 0.1}}}
    aws("update_alias", {**ALIAS, "FunctionVersion": "7", **weights}, {})
    target.shift({"shop": "8"}, 10)
    aws("get_alias", ALIAS, {"FunctionVersion": "8"})
    nothing = {"RoutingConfig": {"AdditionalVersionWeights": {}}}
    aws("update_alias", {**ALIAS, "FunctionVersion": "8", **nothing}, {})
    target.shift({"shop": "8"}, 10)
    aws.says("get_alias", "ResourceNotFoundException", ALIAS)
    with pytest.raises(ReleaseError, match="no alias whose traffic could be divided"):
        target.shift({"shop": "8"}, 10)


@pytest.mark.parametrize(
    ("tags", "states", "found"),
    [
        (("10", "5"), ("OK", "OK"), CanaryState(10, 7, ())),
        (("30", "9"), ("ALARM", "OK"), CanaryState(20, 9, ("other",))),
        (("20", "7"), ("INSUFFICIENT_DATA", "ALARM"), CanaryState(20, 7, ("other", "shop"))),
        (("0", "5"), ("OK", "OK"), None),
        (("10", "0"), ("OK", "OK"), None),
        (("", "5"), ("OK", "OK"), None),
        (("10", "x"), ("OK", "OK"), None),
        (("10", "5"), ("OK",), None),
    ],
)
def test_a_canary_is_the_least_share_and_the_longest_watch(
    target: LambdaTarget,
    aws: Aws,
    tags: tuple[str, str],
    states: tuple[str, ...],
    found: CanaryState | None,
) -> None:
    """Of all functions; without a number or an alarm of one there is none."""
    for name, said in (("shop", tags), ("other", ("20", "7"))):
        arn = ARN.replace("p-shop", f"p-{name}")
        asked = {"FunctionName": f"p-{name}"}
        aws("get_function_configuration", asked, {"FunctionArn": arn})
        told = dict(zip(("CanaryPercent", "CanaryMinutes"), said, strict=True))
        aws("list_tags", {"Resource": arn}, {"Tags": told})
    names = ["p-shop-canary", "p-other-canary"]
    alarms = [
        {"AlarmName": name, "StateValue": state}
        for name, state in zip(names[::-1], states, strict=False)
    ]
    aws("describe_alarms", {"AlarmNames": names}, {"MetricAlarms": alarms})
    if found is None:
        with pytest.raises(ReleaseError, match="has no canary"):
            target.canary(("shop", "other"))
    else:
        assert found == target.canary(("shop", "other"))


@pytest.mark.parametrize(
    ("more", "answer", "raised", "variables"),
    [
        ({}, {"a": 1}, False, {"X": "1"}),
        ({"FunctionError": "Unhandled"}, {"a": 1}, True, {"X": "1"}),
        ({}, None, False, {}),
    ],
)
def test_a_function_is_asked_through_its_alias(
    target: LambdaTarget,
    aws: Aws,
    more: dict[str, str],
    answer: object,
    raised: bool,
    variables: dict[str, str],
) -> None:
    """With the end of its log, its variables, and where it runs."""
    place = {**SHOP, "Qualifier": "live"}
    environment = {"Environment": {"Variables": variables}} if variables else {}
    aws("get_function_configuration", place, {"FunctionArn": ARN, **environment})
    data = b"no json" if answer is None else json.dumps(answer).encode()
    told = {
        "Payload": StreamingBody(BytesIO(data), len(data)),
        "LogResult": base64.b64encode(b"the end \xff").decode(),
        "ResponseMetadata": {"RequestId": "r-1"},
    }
    aws("invoke", {**place, "Payload": b"{}", "LogType": "Tail"}, {**told, **more})

    asked = target.ask("shop", b"{}")
    assert ("r-1", answer, raised, "the end \N{REPLACEMENT CHARACTER}", variables) == asked[:5]
    assert "eu-west-1" == asked.region


def test_a_client_waits_a_minute_and_tries_five_times() -> None:
    """In the region of the URL; there is one per service."""
    target = locate(url("lambda://live?prefix=p-&region=eu-central-1"))
    client = target._client("lambda")
    held = client.meta.config

    assert client is target._client("lambda")
    assert "eu-central-1" == client.meta.region_name
    assert (5, 60) == (held.connect_timeout, held.read_timeout)
    assert {"total_max_attempts": 5, "mode": "standard"} == {
        name: held.retries[name] for name in ("total_max_attempts", "mode")
    }
    assert ("live", "p-", "eu-central-1") == (target._alias, target._prefix, target._region)
