"""What the module `evidence_lake` knows of the reports: columns and questions, from the plugin.

Terraform reads JSON and no Python, and a module has to stand alone. So `make modules` writes the
file, and a test compares it.
"""

from __future__ import annotations

import json
from typing import Final

from affidavit_reports.questions import QUESTIONS
from affidavit_reports.record_table import TABLE, connect, create, rows
from terraform_tool import HCL

FILE: Final = HCL / "modules" / "evidence_lake" / "lake.json"
PARTITION: Final = "month"
_TYPES: Final = {"VARCHAR": "string", "BIGINT": "bigint"}


def columns() -> dict[str, str]:
    """Return the table's columns and their types in Glue; the month is a folder there."""
    engine = connect()
    create(engine)
    described = rows(engine, f"DESCRIBE {TABLE}")
    return {name: _TYPES[kind] for name, kind, *_ in described if name != PARTITION}


def contents() -> str:
    """Return the file as it should be."""
    told = {
        "columns": [{"name": name, "type": kind} for name, kind in columns().items()],
        "questions": {
            name: {"asks": one.asks, "parameters": one.parameters, "sql": one.sql.strip()}
            for name, one in sorted(QUESTIONS.items())
        },
    }
    return json.dumps(told, indent=1) + "\n"
