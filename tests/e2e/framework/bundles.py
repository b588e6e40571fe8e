"""Artifacts for end-to-end tests: made once, under a lock, and not again while nothing changes.

`affidavit bundle` does both: it compares a hash over everything that goes in,
and workers of one test run wait for each other at the folder's lock.
"""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from e2e.framework.commands import affidavit
from terraform_tool import ROOT

FOLDER: Final = ROOT / "build" / "bundles"
ARCHITECTURE: Final = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
VERSION: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
RUNTIME: Final = {"runtime": f"python{VERSION}", "architecture": ARCHITECTURE}
"""What functions run on here: the Python of this process, because the local cloud runs them."""


def bundle(
    *handlers: str, source: Path, plugins: tuple[str, ...], include: tuple[Path, ...] = ()
) -> Mapping[str, Path]:
    """Make what is not there yet; return the zips by short name.

    `handlers` are `name=module:function`, their packages lie in `source`.
    """
    options = [f"--from={source}", f"--to={FOLDER}", f"--python={VERSION}"]
    options += [f"--arch={ARCHITECTURE}", f"--lock={ROOT / 'constraints.txt'}"]
    options += [f"--plugin={plugin}" for plugin in plugins]
    options += [f"--include={path}" for path in include]
    affidavit("bundle", "make", *handlers, *options, timeout_s=600)
    names = [handler.partition("=")[0] for handler in handlers]
    return {name: FOLDER / f"{name}-python{VERSION}-{ARCHITECTURE}.zip" for name in names}


def bundle_sealer() -> Path:
    """Make the zip with the functions of the sealer."""
    handler = "sealer=affidavit_dynamodb.sealer:stream_handler"
    return bundle(handler, source=ROOT / "examples", plugins=("dynamodb", "ledger"))["sealer"]


def bundle_price() -> Path:
    """Make the zip of the example, with prices inside, because there is no database here."""
    handler = "price=price_fetcher.handler:handler"
    plugins = ("dynamodb", "sqlite")
    return bundle(handler, source=ROOT / "examples", plugins=plugins, include=(prices(),))["price"]


def bundle_config() -> Mapping[str, Path]:
    """Make the zips of the other example: one function reads settings, one changes them."""
    module = "config_service.handler"
    handlers = (f"config-read={module}:read", f"config-change={module}:change")
    return bundle(*handlers, source=ROOT / "examples", plugins=("dynamodb",))


def bundle_harness() -> Path:
    """Make the zip of the function that plays scenarios."""
    handler = "harness=affidavit_harness.handler:handler"
    plugins = ("dynamodb", "harness", "ledger")
    return bundle(handler, source=ROOT / "examples", plugins=plugins)["harness"]


def prices() -> Path:
    """Return a database with one price in it, the same bytes each time."""
    path = FOLDER / "prices.db"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with closing(sqlite3.connect(fresh)) as database, database:
            database.execute("create table product_prices (product_id, price, currency)")
            database.execute("insert into product_prices values ('PROD-101', '99.99', 'USD')")
        fresh.replace(path)
    return path
