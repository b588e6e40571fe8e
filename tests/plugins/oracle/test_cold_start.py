"""What a function that names an Oracle source imports before its first query."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import sys
from affidavit import audited, Query
from affidavit.plugin import build_runtime
from affidavit._runtime.runtime import default_runtime

@audited(action="FIND")
def handler(event, context):
    return {"ok": True}

runtime = default_runtime()
assert "prices" in runtime.sources, "the source is there"
handler({}, None)
print(sorted({"oracledb", "boto3", "botocore", "cryptography"} & set(sys.modules)))

query = Query(name="find", sql="select 1 as one from dual")

@audited(action="READ")
def reader(event, context):
    context.source("prices").fetch_one(query)

try:
    reader({}, None)
except Exception as error:
    assert "tiger" not in str(error)
print("oracledb" in sys.modules, "boto3" in sys.modules)
"""


def test_the_driver_is_imported_by_the_first_query(tmp_path: Path) -> None:
    """It takes 150 ms, and an invocation that is refused has no use for it."""
    secret = tmp_path / "secret.json"
    secret.write_text('{"username": "scott", "password": "tiger"}')
    url = f"oracle://127.0.0.1:1/prices?secret_file={secret}"
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=tmp_path,
        env={
            "AFFIDAVIT_PLUGINS": "oracle,sqlite",
            "AFFIDAVIT_LEDGER": "memory:",
            "AFFIDAVIT_SOURCE_PRICES": url,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    told = [line for line in done.stdout.splitlines() if not line.startswith("{")]
    assert ["[]", "True False"] == told, done.stderr
