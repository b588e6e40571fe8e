"""An auditor reads the copy in a bucket by what Glue and Athena say of it, and can do nothing else.

No statement is run by the local cloud's Athena. So DuckDB stands in for it: it is given the
columns, the folders and the SQL that the auditor finds there, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError

from affidavit_reports.ask import ask
from affidavit_reports.lake import compact
from affidavit_reports.questions import QUESTIONS
from affidavit_reports.record_table import connect, rows
from archive_world import ArchiveWorld, drawn, make_world
from e2e.framework.clouds import REGION, Cloud
from e2e.framework.stacks import Stack, deployed

HERE = Path(__file__).parent
NOW_MS = 1_900_000_000_000


class Outputs(NamedTuple):
    """What main.tf puts out."""

    bucket: str
    database: str
    workgroup: str
    questions: dict[str, str]
    staff: str
    auditor: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ArchiveWorld:
    """Two years of a ward, sealed."""
    events = drawn(200, subjects=10, actors=4, years=2, seed=7)
    return make_world(tmp_path_factory.mktemp("world"), events)


@pytest.fixture(scope="module")
def stack(
    cloud: Cloud, world: ArchiveWorld, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack[Outputs]]:
    """The module, with the copy of the archive in its bucket."""
    folder = tmp_path_factory.mktemp("lake")
    compact(world.archive, world.verifier, folder, now_ms=NOW_MS)
    with deployed(HERE, cloud, Outputs, {}) as ours:
        for path in folder.rglob("*"):
            if path.is_file():
                key = f"copy/{path.relative_to(folder).as_posix()}"
                cloud.client("s3").put_object(
                    Bucket=ours.out.bucket, Key=key, Body=path.read_bytes()
                )
        yield ours


Clients = Callable[[str], Any]


@pytest.fixture(scope="module")
def auditor(cloud: Cloud, stack: Stack[Outputs]) -> Clients:
    """Return clients with the keys of the auditor's role, which one of the staff has become."""
    return _as(_as(cloud.client, cloud, stack.out.staff), cloud, stack.out.auditor)


def _as(who: Clients, cloud: Cloud, role: str) -> Clients:
    keys = who("sts").assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]

    def client(service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=cloud.environ.get("AWS_ENDPOINT_URL"),
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    return client


def test_a_second_plan_changes_nothing(stack: Stack[Outputs]) -> None:
    """What was asked for is what is there."""
    assert [] == stack.drift()


def test_a_saved_query_over_glues_table_answers_as_a_report(
    stack: Stack[Outputs], auditor: Clients, world: ArchiveWorld, tmp_path: Path
) -> None:
    """For each question: the same rows as `affidavit report` has from the archive."""
    engine = connect()
    engine.execute(f"CREATE VIEW records AS {_table(stack.out, auditor, tmp_path)}")
    values = {
        "from": "2020-03-01",
        "to": "2021-09-01",
        "subject": world.token("subject", "patient-003"),
        "actor": world.token("actor", "staff-01"),
        "recipient": "insurer",
    }
    saved = auditor("athena").list_named_queries(WorkGroup=stack.out.workgroup)["NamedQueryIds"]
    assert set(saved) == set(stack.out.questions.values())
    for query in saved:
        told = auditor("athena").get_named_query(NamedQueryId=query)["NamedQuery"]
        question = QUESTIONS[told["Name"]]
        expected = ask(
            question,
            values,
            archive=world.archive,
            verifier=world.verifier,
            now_ms=NOW_MS,
        )
        found = rows(engine, told["QueryString"], [values[one] for one in question.parameters])

        assert expected.rows
        assert list(expected.rows) == list(found)
        assert stack.out.database == told["Database"]


def _table(out: Outputs, auditor: Clients, folder: Path) -> str:
    """Fetch what the table's folders hold, month by month; return how its columns are read."""
    table = auditor("glue").get_table(DatabaseName=out.database, Name="records")["Table"]
    template = table["Parameters"]["storage.location.template"]
    first = table["Parameters"]["projection.month.range"].partition(",")[0]
    s3 = auditor("s3")
    for month in (f"{year}-{number:02}" for year in range(2019, 2023) for number in range(1, 13)):
        prefix = template.replace("${month}", month).removeprefix(f"s3://{out.bucket}/")
        for one in s3.list_objects_v2(Bucket=out.bucket, Prefix=prefix).get("Contents", []):
            assert first <= month
            file = folder / f"month={month}" / Path(one["Key"]).name
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(s3.get_object(Bucket=out.bucket, Key=one["Key"])["Body"].read())
    kinds = {"string": "VARCHAR", "bigint": "BIGINT"}
    columns = [
        f'CAST("{one["Name"]}" AS {kinds[one["Type"]]}) AS "{one["Name"]}"'
        for one in table["StorageDescriptor"]["Columns"]
    ]
    columns += [one["Name"] for one in table["PartitionKeys"]]
    files = f"read_parquet('{folder}/month=*/*.parquet', hive_partitioning = true)"
    return f"SELECT {', '.join(columns)} FROM {files}"  # noqa: S608 - a stand-in's own view


def test_an_auditor_can_ask_and_nothing_else(stack: Stack[Outputs], auditor: Clients) -> None:
    """Neither change nor remove, nor write an answer by hand, nor ask elsewhere."""
    out = stack.out
    bucket, workgroup = out.bucket, out.workgroup
    asked = auditor("athena").start_query_execution(
        QueryString="SELECT count(*) FROM records",
        WorkGroup=workgroup,
        QueryExecutionContext={"Database": out.database},
    )
    assert asked["QueryExecutionId"]
    s3, athena, glue = auditor("s3"), auditor("athena"), auditor("glue")
    copied = s3.list_objects_v2(Bucket=bucket, Prefix="copy/month=")["Contents"][0]["Key"]
    query = next(iter(out.questions.values()))
    tried: dict[str, Callable[[], Any]] = {
        "replace a file": lambda: s3.put_object(Bucket=bucket, Key=copied, Body=b""),
        "remove a file": lambda: s3.delete_object(Bucket=bucket, Key=copied),
        "forge an answer": lambda: s3.put_object(Bucket=bucket, Key="answers/a.csv", Body=b""),
        "open the bucket": lambda: s3.delete_bucket_policy(Bucket=bucket),
        "move the table": lambda: glue.update_table(
            DatabaseName=out.database, TableInput={"Name": "records"}
        ),
        "drop the table": lambda: glue.delete_table(DatabaseName=out.database, Name="records"),
        "make a table": lambda: glue.create_table(
            DatabaseName=out.database, TableInput={"Name": "other"}
        ),
        "lift the limit": lambda: athena.update_work_group(WorkGroup=workgroup, State="DISABLED"),
        "drop a question": lambda: athena.delete_named_query(NamedQueryId=query),
        "ask without limit": lambda: athena.start_query_execution(
            QueryString="SELECT 1", WorkGroup="primary"
        ),
        "read the ledger": lambda: auditor("dynamodb").scan(TableName="records"),
        "become more": lambda: auditor("iam").list_roles(),
    }

    assert [] == [what for what, act in tried.items() if not _denied(act)]


def _denied(act: Callable[[], Any]) -> bool:
    try:
        act()
    except ClientError as refused:
        return "AccessDenied" in refused.response["Error"]["Code"]
    return False
