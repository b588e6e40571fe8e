"""Measure the ledger: what an append adds to a bare write, verification, and the price.

    python -m benchmarks.ledger [--turns N] [--records N ...] [--json FILE]

Writes go to a moto server on this machine through a front that answers after a
fixed delay, so that the ratio does not depend on how fast the stand-in is. Exit
code 0 if all goals are reached, 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import boto3  # noqa: E402

from affidavit import Query, audited  # noqa: E402
from affidavit._canonical import record_bytes  # noqa: E402
from affidavit._policy.words import Declare  # noqa: E402
from affidavit._records.record import Draft  # noqa: E402
from affidavit._runtime.plugins import load_plugins  # noqa: E402
from affidavit._runtime.runtime import Runtime, build_runtime, open_ledger  # noqa: E402
from affidavit._runtime.settings import read_settings  # noqa: E402
from affidavit.plugin import Entry, WriterId  # noqa: E402
from affidavit.testing import Bench, FakeContext, MemorySource, api_gateway_v1, run  # noqa: E402  # noqa: E402
from affidavit_dynamodb.items import item_of  # noqa: E402
from benchmarks.large_ledger import LedgerFile  # noqa: E402
from benchmarks.make_archive import drafts_of, make_archive  # noqa: E402
from benchmarks.report import Figure, conclude  # noqa: E402
from cloud import CREDENTIALS, INDEX, Cloud, FaultyFront, make_cloud, moto_server  # noqa: E402
from write_units import charge  # noqa: E402

DELAY_S = 0.025
"""How long a write takes at least; DynamoDB's own are faster, and a slow one is harder."""

READ_S = 0.04
"""How long the handler's read takes: the slower of the two, so that all that is added shows."""

WRU_PRICE = 0.625
"""USD for a million write request units, on demand, us-east-1, standard table: AWS price list,
November 2024; see https://aws.amazon.com/dynamodb/pricing/on-demand/."""

SEALED = 40_000
"""How many records a ledger in a file has that is sealed and asked."""

PLUGINS = ("dynamodb", "ledger")

FIND = Query(name="find", sql="select x from t where id = :id", binds=frozenset({"id"}))


class SlowSource(MemorySource):
    """A source whose reads take as long as a write."""

    def run(self, *args: Any, **kwargs: Any) -> Any:
        time.sleep(READ_S)
        return super().run(*args, **kwargs)


@audited(action="BENCH")
def handler(event: Any, context: Any) -> dict[str, Any]:  # noqa: D103
    context.source("slow").fetch_one(FIND, {"id": "1"})
    return {"statusCode": 200, "body": "{}"}


def appends(cloud: Cloud, front: FaultyFront, turns: int) -> list[Figure]:
    """Compare an append to the ledger with a bare put of the same item."""
    ledger = open_ledger(read_settings(cloud.environ), load_plugins(PLUGINS))
    through = boto3.client("dynamodb", endpoint_url=front.endpoint)
    entry = _entry(drafts_of(1, time.time_ns() // 1_000_000)[1])

    def put(number: int) -> None:
        item = item_of(entry._replace(writer=WriterId(f"bare-{number:017d}")))
        through.put_item(TableName=cloud.table, Item=item)

    def append(number: int) -> None:
        ledger.store.append([entry._replace(writer=WriterId(f"ours-{number:017d}"))], timeout_s=5)

    ours, other = _in_turns([append, put], turns * 40)
    print(f"appends, one after the other: {1 / ours:.0f}/s, bare puts {1 / other:.0f}/s")
    return [
        Figure("append against put_item", ours * 1e3, other * 1e3, "ms", ours / other, 1.1, True)
    ]


def overlap(cloud: Cloud, front: FaultyFront, turns: int) -> list[Figure]:
    """Measure what declaring side by side with the read adds to an invocation."""
    front.fault = _slowly
    variants = [_variant(cloud, mode) for mode in (Declare.OVERLAP, Declare.NONE, Declare.BEFORE)]
    both, none, before = _in_turns([_asker(runtime) for runtime in variants], turns * 10)
    bare = boto3.client("dynamodb", endpoint_url=front.endpoint)

    def put(number: int) -> None:
        item = {"pk": {"S": f"put-{number}"}, "sk": {"N": "1"}}
        bare.put_item(TableName=cloud.table, Item=item)

    (write,) = _in_turns([put], turns * 10)
    slower = max(READ_S, write)
    print(
        f"one read, one closing write: {none * 1e3:.1f} ms; declared meanwhile {both * 1e3:.1f} ms;"
        f" declared before {before * 1e3:.1f} ms"
    )
    added = max(0.0, both - none)
    return [
        Figure(
            "added by declare: overlap", added * 1e3, slower * 1e3, "ms", added / slower, 0.1, True
        )
    ]


def verification(records: Sequence[int]) -> list[Figure]:
    """Verify archives of growing size: speed per core, growth, memory."""
    found = []
    for number in records:
        with tempfile.TemporaryDirectory(prefix="affidavit-bench-") as folder:
            size = make_archive(Path(folder), number)
            told = [_verify(folder) for _ in range(3 if number <= 100_000 else 1)]
            best = statistics.median(item["seconds"] for item in told)
            peak = max(item["peak_mb"] for item in told)
            found.append((number, best, peak))
            floor = statistics.median(item["floor"] for item in told)
            print(
                f"verify {number} records of {size} bytes: {best:.2f} s, "
                f"{number / best / 1000:.0f} k/s and core, {peak:.0f} MB; "
                f"{best / number / floor:.1f} x the hashes alone"
            )
    (few, quick, small), (many, slow, large) = found[0], found[-1]
    rate = many / slow
    linear = (slow / many) / (quick / few)
    return [
        Figure("records verified a second and core", rate, 200_000, "/s", rate / 200_000, 1, False),
        Figure(f"time per record, {many} against {few}", linear, 1.0, "x", linear, 1.25, True),
        Figure("memory at the larger size", large, small, "MB", large / small, 2.0, True),
    ]


def division() -> list[Figure]:
    """Verify one archive whole and in eight parts: what the slowest and all of them take."""
    with tempfile.TemporaryDirectory(prefix="affidavit-bench-") as folder:
        make_archive(Path(folder), 200_000, batch=500)
        told = _verify(folder, "--parts", "8")
    whole, parts = told["seconds"], told["parts"]
    longest, added = parts["longest"] / whole, (parts["all"] + parts["merge"]) / whole
    print(
        f"verify {told['records']} records: {whole:.2f} s whole; in 8 parts the longest "
        f"{parts['longest']:.2f} s, {parts['all']:.2f} s all, {parts['merge']:.3f} s to merge, "
        f"{parts['peak_mb']:.0f} MB against {told['peak_mb']:.0f}"
    )
    return [
        Figure("longest of 8 parts, against one run", longest, 0.125, "x", longest, 0.35, True),
        Figure("all 8 parts and the merge, against one run", added, 1.0, "x", added, 1.6, True),
    ]


def asked() -> list[Figure]:
    """Seal a ledger in a file and ask it, each by a command of its own."""
    with tempfile.TemporaryDirectory(prefix="affidavit-bench-") as folder:
        ledger = LedgerFile(Path(folder) / "ledger")
        ledger.fill(SEALED, age_days=0)
        floor, _ = ledger.run("--help")
        sealed, _ = ledger.run("seal")
        who, _ = ledger.run("who", "--subject", "subject-7")
    print(f"seal of {SEALED} records: {sealed:.2f} s; who: {who:.2f} s; the program: {floor:.2f} s")
    return [
        Figure(f"seal of {SEALED} records, to the program", sealed, floor, "s", sealed / floor),
        Figure("who, to the program", who, floor, "s", who / floor),
    ]


def price() -> list[Figure]:
    """Count what writing the records of one event takes, and what a million events cost."""
    units = 0
    for seq, draft in enumerate(drafts_of(1, time.time_ns() // 1_000_000), start=2):
        cost = charge(item_of(_entry(draft, seq)), [INDEX])
        units += cost.units
        print(f"{draft.phase.name.lower()}: {cost.item_bytes} bytes, {cost.units} WRU")
    print(f"one event: {units} WRU, {units * WRU_PRICE:.2f} USD per million events")
    return [Figure("write units of an event", units, 3, "WRU", units, 3.0)]


def _entry(draft: Draft, seq: int = 1, writer: str = "w" * 22) -> Entry:
    document = draft.document(WriterId(writer), seq, "A" * 43)
    return Entry(
        WriterId(writer),
        seq,
        record_bytes(document),
        bytes(16),
        draft.expires_at,
        draft.at,
        draft.facts.actor,
        draft.facts.subject,
    )


def _slowly(operation: str, _: str) -> None:
    if operation == "PutItem":
        time.sleep(DELAY_S)


def _variant(cloud: Cloud, mode: Declare) -> Runtime:
    runtime = build_runtime(cloud.environ, plugins=load_plugins(PLUGINS), emit=lambda _: None)
    source = SlowSource("slow", {"find": [{"x": 1}]})
    return runtime._replace(policy=runtime.policy._replace(declare=mode), sources={"slow": source})


def _asker(runtime: Runtime) -> Callable[[int], None]:
    def ask(number: int) -> None:
        event = api_gateway_v1(query={"id": "1"}, request_id=f"{id(runtime)}-{number}")
        run(handler, event, Bench(runtime=runtime, store=None), FakeContext())

    return ask


def _in_turns(acts: Sequence[Callable[[int], None]], turns: int) -> list[float]:
    spent: list[list[float]] = [[] for _ in acts]
    for number in range(turns + 5):
        for act, found in zip(acts, spent, strict=True):
            started = time.perf_counter()
            act(number)
            if number >= 5:
                found.append(time.perf_counter() - started)
    return [statistics.median(found) for found in spent]


def _verify(folder: str, *more: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.verification", folder, *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write JSON if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger", description=__doc__)
    parser.add_argument("--turns", type=int, default=5, help="turns of each pair (default 5)")
    parser.add_argument(
        "--records", type=int, nargs="+", default=[10_000, 100_000, 1_000_000],
        help="sizes of the archives that are verified",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args(arguments)
    figures = price()
    with moto_server() as endpoint:
        cloud, front = make_cloud(endpoint), FaultyFront(endpoint)
        os.environ.update({**CREDENTIALS, "AWS_ENDPOINT_URL": front.endpoint})
        try:
            figures += appends(cloud, front, options.turns)
            figures += overlap(cloud, front, options.turns)
        finally:
            front.close()
    figures += verification(options.records)
    figures += division()
    figures += asked()
    return conclude(figures, options.json)


if __name__ == "__main__":
    sys.exit(main())
