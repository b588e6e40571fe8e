"""The demonstration as it is told, with commands that are played by a script; and its cloud."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from affidavit_release.demo import demo_targets, play
from affidavit_release.demo.shop import pack
from affidavit_release.errors import ReleaseError
from affidavit_release.programs import Ended

TOLD = """\
v1.0.0 has a bug that only QA looks for
  commit   feat: look a price up
  build --repo       done Because L
  upload v1.0.0      done Because L
  promote v1.0.0     done Because L
  promote v1.0.0     done Because L
  deploy v1.0.0      done Because L              --env uat

v1.0.1 works, and is not what anybody wanted
  commit   fix: an unknown product is no error
  build --repo       done Because L
  upload v1.0.1      done Because L
  promote v1.0.1     done Because L
  promote v1.0.1     done Because L
  promote v1.0.1     done Because L
  approve v1.0.1     done Because L              --env uat --as dana --why 'I know that it works'
  approve v1.0.1     done Because L              --env uat --as quinn --why 'all cases pass'
  promote v1.0.1     done Because L
  reject v1.0.1      done Because L              --as morgan --why 'a price without its currency'
  promote v1.0.1     done Because L

v1.0.2 goes live, and to the second region
  commit   fix: a price has a currency
  build --repo       done Because L
  upload v1.0.2      done Because L
  promote v1.0.2     done Because L
  promote v1.0.2     done Because L
  approve v1.0.2     done Because L              --env uat --as quinn --why 'all cases pass'
  promote v1.0.2     done Because L
  deploy v1.0.2      done Because L              --env prod
  approve v1.0.2     done Because L              --env prod --as morgan --why \
'the currency is there'
  promote v1.0.2     done Because L
  sync-dr v1.0.2     done Because L

$ affidavit release history
the words of release history

$ affidavit release status
the words of release status

$ affidavit verify
the words of verify

One digest in 2 environments: d1
"""
CODES = "00011" + "0000110001" + "0000001000"
"""Which of its commands are refused: a failed test twice, and whoever may not."""


class Script:
    """Plays commands: says what each is known to come to."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.codes = [*map(int, CODES)]
        self.live = ["same", "same"]
        self.digests = ["d1", "d1"]

    def __call__(
        self, program: list[str], *, folder: Path, timeout_s: float, environ: dict[str, str]
    ) -> Ended:
        assert [sys.executable, "-m", "affidavit_cli"] == program[:3]
        assert (120.0, f"sqlite:///{folder / 'releases.db'}") == (
            *(timeout_s, environ["AFFIDAVIT_LEDGER"]),
        )
        words = program[3:]
        data = words[-2:] == ["--output", "json"]
        command = " ".join(words[:-2] if data else words)
        if words[:2] == ["release", "build"]:
            assert (folder / "repo/bundles/shop.zip").is_file()
        if command in {"release history", "release status", "verify"}:
            return Ended(0, self._shown(command) if data else f"the words of {command}\n\n", "")
        assert data
        self.ran.append(shlex.join(words[1:-2]))
        said = {"state": "done", "reason": "Because", "label": "L"}
        return Ended(self.codes.pop(0), json.dumps(said), "")

    def _shown(self, command: str) -> str:
        rows = [
            {"digest": d, "live": live} for d, live in zip(self.digests, self.live, strict=True)
        ]
        told: dict[str, Any] = {
            "release history": ["h"],
            "release status": rows,
            "verify": {"clean": True, "records": 7, "more": 1},
        }
        return json.dumps(told[command])


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    """What commands come to."""
    made = Script()
    monkeypatch.setattr(play, "run_program", made)
    return made


def test_the_demonstration_tells_this(script: Script, tmp_path: Path) -> None:
    """Every command with what came of it; the files stay where they were wanted."""
    keep = tmp_path / "deep" / "kept"
    done = play.run_demo(keep, "folders")

    assert TOLD == done.text
    assert [] == script.codes
    assert 25 == len(script.ran)
    assert {
        "history": ["h"],
        "status": [{"digest": "d1", "live": "same"}] * 2,
        "verify": {"clean": True, "records": 7},
    } == done.data
    assert demo_targets.folders().rules() == (keep / "release.toml").read_text()
    assert (keep / "smoke.py").read_text().startswith('"""Health everywhere')
    assert [] == list((keep / "keys").iterdir())
    with pytest.raises(FileExistsError):
        play.run_demo(keep, "folders")


def test_files_that_nobody_wanted_are_gone(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a cloud is used unless folders are asked for."""
    seen: list[Path] = []

    @contextmanager
    def cloud(folder: Path) -> Iterator[Any]:
        seen.append(folder)
        assert folder.is_dir()
        yield demo_targets.folders()
        seen.append(folder)

    monkeypatch.setattr(play, "cloud", cloud)
    assert play.run_demo(None, "local").text == TOLD
    assert (2, 1) == (len(seen), len(set(seen)))
    assert seen[0].name.startswith("affidavit-release-")
    assert not seen[0].exists()
    assert script.codes == []


@pytest.mark.parametrize(
    ("spoil", "command"),
    [
        ({"codes": [1]}, "release build --repo repo"),
        ({"codes": [0, 0, 0, 0]}, "release promote v1.0.0"),
        ({"codes": [*map(int, CODES[:10]), 9]}, "release approve v1.0.1 --env uat --as dana"),
        ({"live": ["same", "other bytes"]}, "release status"),
        ({"digests": ["d1", "d2"]}, "release status"),
    ],
)
def test_what_goes_otherwise_ends_it(
    spoil: dict[str, Any], command: str, script: Script, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """With the command to play by hand, and what it said."""
    for name, value in spoil.items():
        setattr(script, name, value)
    with pytest.raises(ReleaseError) as caught:
        play.run_demo(tmp_path / "kept", "folders")
    why = f"affidavit {command} did not end as it has to"
    assert ("the demonstration went otherwise", why) == (caught.value.what, caught.value.why)
    said = '{"state": "done", "reason": "Because", "label": "L"}'
    assert (said if "codes" in spoil else "") == capsys.readouterr().err


def test_its_cloud_is_made_like_this(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locked buckets in two regions, and a function an environment with nothing in it yet."""
    asked: list[tuple[Any, ...]] = []

    class Client:
        def __init__(self, place: tuple[str, str]) -> None:
            self._place = place

        def __getattr__(self, name: str) -> Any:
            def call(**given: Any) -> Any:
                asked.append((*self._place, name, given))
                return {"Role": {"Arn": "arn:role"}}

            return call

    def client(service: str, **given: Any) -> Client:
        region = given.pop("region_name")
        assert {
            "endpoint_url": "http://here",
            "aws_access_key_id": "id",
            "aws_secret_access_key": "key",
        } == given
        return Client((service, region))

    environ = {"AWS_ENDPOINT_URL": "http://here", "AWS_ACCESS_KEY_ID": "id"}
    environ |= {"AWS_SECRET_ACCESS_KEY": "key"}

    @contextmanager
    def local_cloud(folder: Path) -> Iterator[Any]:
        assert tmp_path / "cloud" == folder
        yield SimpleNamespace(environ=environ)

    monkeypatch.setattr(boto3, "client", client)
    monkeypatch.setattr(demo_targets, "local_cloud", local_cloud)
    with demo_targets.cloud(tmp_path) as places:
        pass
    home, other = "us-east-1", "us-west-2"
    assert (
        "s3://shop-vault?region=us-east-1",
        "s3://shop-vault-dr?region=us-west-2",
        {
            name: f"lambda://live?prefix={name}-&region={other if name == 'dr' else home}"
            for name in ("dev", "qa", "uat", "prod", "dr")
        },
        {**environ, "AWS_DEFAULT_REGION": home},
    ) == places
    (role, policy, one, two, *functions) = asked
    trust = json.loads(role[3].pop("AssumeRolePolicyDocument"))
    assert {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    } == trust
    assert ("iam", home, "create_role", {"RoleName": "shop"}) == role
    log = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    attached = {"RoleName": "shop", "PolicyArn": log}
    assert ("iam", home, "attach_role_policy", attached) == policy
    locked = {"ObjectLockEnabledForBucket": True}
    assert ("s3", home, "create_bucket", {"Bucket": "shop-vault", **locked}) == one
    there = {"CreateBucketConfiguration": {"LocationConstraint": other}}
    second = {"Bucket": "shop-vault-dr", **locked, **there}
    assert ("s3", other, "create_bucket", second) == two
    boot = pack("def handler(event, context):\n    raise RuntimeError('nothing is released')\n")
    assert [
        (
            *("lambda", other if name == "dr" else home, "create_function"),
            {
                "FunctionName": f"{name}-shop",
                "Runtime": f"python{sys.version_info.major}.{sys.version_info.minor}",
                "Role": "arn:role",
                "Handler": "shop.handler",
                "Code": {"ZipFile": boot},
            },
        )
        for name in ("dev", "qa", "uat", "prod", "dr")
    ] == functions


RULES = """\
pipeline = "shop"
vault = "file:vault"
dr_vault = "file:vault-dr"
signer = "file:keys/release.key?name=example.org/shop"
public_key = "keys/release.pub"
retain_days = 2192
approvals = "asserted"
why = "redacted"

[build]
bundles = "repo/bundles"


[people.dana]      # writes the service, and may not approve what she wrote
roles = ["qa-lead"]
identities = ["dana@example.org"]

[people.quinn]
roles = ["qa-lead"]

[people.morgan]
roles = ["manager"]

[environments.dev]
target = "folder:environments/dev"

[environments.qa]
target = "folder:environments/qa"
label = "qa"

[environments.uat]
target = "folder:environments/uat"
role = "qa-lead"
label = "rc"

[environments.prod]
target = "folder:environments/prod"
role = "manager"

[environments.dr]
target = "folder:environments/dr"
mirrors = "prod"

[[smoke]]
name = "reads"
environments = ["dev", "qa", "uat", "prod", "dr"]
command = ["{python}", "smoke.py"]
writes = false
timeout_s = 60
"""


def test_its_rules_are_these() -> None:
    """As a reader of the demonstration sees them."""
    assert RULES == demo_targets.folders().rules()
