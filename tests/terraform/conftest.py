"""What runs Terraform runs by `make terraform` only, and says so where there is none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from terraform_tool import asked_for, need_terraform

GATES = Path(__file__).parent / "gates"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the gates out unless they were asked for by name."""
    if collection_path != GATES or asked_for(config.args, GATES, GATES.parent):
        return None
    return True


@pytest.fixture(scope="session")
def terraform() -> str:
    """Terraform's path. Without it: skipped, and failed where CI says that it must be there."""
    return need_terraform(os.environ)
