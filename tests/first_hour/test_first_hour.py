"""The first hour of somebody who has the wheel and an empty folder: `make first-hour`.

Everything that the pages for newcomers show is played, in their order, by the programs that they
name: docs/first-hour.md, docs/dev.md, docs/debugging.md, and the README of a new project. Steps and
times are written to build/first-hour.json.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import repository as repo
from affidavit_scaffold.project_template import templates
from devserver_parts import DebugClient, free_port
from terraform_tool import cli_config, need_terraform

TOLD = repo.ROOT / "build" / "first-hour.json"


class Newcomer:
    """A folder, an environment with the wheel in it, and what took how long."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.times: dict[str, float] = {}
        kept = ("HOME", "LANG", "SSL_CERT_FILE", "TMPDIR")
        self.environ = {name: os.environ[name] for name in kept if name in os.environ}
        # Where packages and providers come from is this machine's affair.
        self.environ |= {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "TF_"))}
        self.environ |= {"PATH": f"{folder / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}

    def run(self, what: str, *command: str, at: Path | None = None, **environ: str) -> str:
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=at or self.folder,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=1200,
        )
        self.times[what] = round(time.monotonic() - began, 2)
        print(f"{self.times[what]:8.2f} s  {what}")
        assert 0 == done.returncode, f"{what}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """An empty folder, and the wheel."""
    here = Newcomer(tmp_path_factory.mktemp("empty"))
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(here.folder)]
    subprocess.run(build, cwd=repo.ROOT, check=True, capture_output=True, timeout=300)
    venv.create(here.folder / ".venv", with_pip=True, symlinks=True)
    (wheel,) = here.folder.glob("*.whl")
    installing = ("python", "-m", "pip", "install", "--quiet", f"{wheel}[dev]")
    here.run("pip install 'affidavit[dev]'", *installing)
    yield here
    TOLD.parent.mkdir(exist_ok=True)
    TOLD.write_text(json.dumps(here.times, indent=1) + "\n")


@contextmanager
def dev_server(newcomer: Newcomer, shop: Path, *options: str) -> Iterator[list[str]]:
    """Start `affidavit dev`; yield its lines, which grow."""
    lines: list[str] = []
    command = [str(newcomer.folder / ".venv/bin/affidavit"), "dev", *options]
    with subprocess.Popen(
        command, cwd=shop, env=newcomer.environ, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        reader = threading.Thread(target=lambda: lines.extend(iter(server.stderr.readline, "")))  # type: ignore[union-attr]
        reader.start()
        try:
            yield lines
        finally:
            server.terminate()
            reader.join(30)


def until(ask: Any) -> Any:
    """Ask until there is an answer."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = ask()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("no answer in two minutes")


def curl(*arguments: str) -> str:
    """Ask as a stranger's program does."""
    command = ["curl", "--silent", "--max-time", "60", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_the_first_answer_takes_two_commands(newcomer: Newcomer) -> None:
    """`affidavit new`, `make demo`: an answer, who read what, and a clean ledger."""
    newcomer.run("affidavit new shop", "affidavit", "new", "shop")
    told = newcomer.run("make demo", "make", "demo", at=newcomer.folder / "shop")

    assert "1 access(es)" in told
    assert "CLEAN: 3 records" in told


def test_everything_in_it_passes(newcomer: Newcomer) -> None:
    """Unit tests, the promises of the policy, a scenario; in each template."""
    newcomer.run("make test", "make", "test", at=newcomer.folder / "shop")
    for template in templates():
        name = f"a-{template}"
        newcomer.run(f"new {template}", "affidavit", "new", name, "--template", template)
        newcomer.run(f"demo {template}", "make", "demo", at=newcomer.folder / name)
        newcomer.run(f"test {template}", "make", "test", at=newcomer.folder / name)


def test_a_function_and_a_source_more(newcomer: Newcomer) -> None:
    """`affidavit add`, and the suite of what was added."""
    shop = newcomer.folder / "shop"
    newcomer.run("add function", "affidavit", "add", "function", "orders", at=shop)
    source = ("prices=sqlite:///prices.db", "--function", "orders", "--environment", "local")
    newcomer.run("add source", "affidavit", "add", "source", *source, at=shop)
    newcomer.run("check", "make", "check", at=shop)
    tests = ("python", "-m", "pytest", "-q", "tests/test_orders.py")
    assert "passed" in newcomer.run("its tests", *tests, at=shop)


def test_an_edit_is_answered_while_it_serves(newcomer: Newcomer) -> None:
    """`affidavit dev`: a request by curl, an edit, the next request; an event by command."""
    shop, port = newcomer.folder / "shop", str(free_port())
    url = f"http://127.0.0.1:{port}/items/I-100001"
    with dev_server(newcomer, shop, "--port", port) as lines:
        assert "open" in until(lambda: curl(url))
        took = []
        code = shop / "src/shop/handler.py"
        text = code.read_text()
        try:
            for number in range(5):
                state = f'Item(id=request.id, state="edit-{number}")'
                began = time.monotonic()
                code.write_text(text.replace("find_item(context, request.id)", state))
                assert f"edit-{number}" in curl(url)  # the very first answer
                took.append(time.monotonic() - began)
        finally:
            code.write_text(text)
        newcomer.times["edit to answer, dev (median of 5)"] = round(sorted(took)[2], 2)
        event = newcomer.run(
            "event generate",
            *("affidavit", "event", "generate", "apigw.v2"),
            *("--request", "GET /items/I-100002", "--route", "/items/{id}"),
            at=shop,
        )
        (shop / "event.json").write_text(event)
        sending = ("affidavit", "event", "send", "read", "--event", "@event.json", "--port", port)
        assert "closed" in newcomer.run("event send", *sending, at=shop)
        until(lambda: any("record  ph=O" in line for line in lines))


def test_a_table_is_served_too(newcomer: Newcomer) -> None:
    """A source in DynamoDB: the server brings a local cloud along, with the table and its seed."""
    folder, port = newcomer.folder / "tables", str(free_port())
    newcomer.run("new tables", "affidavit", "new", "tables", "--template", "http-dynamodb")
    with dev_server(newcomer, folder, "--port", port):
        assert "open" in until(lambda: curl(f"http://127.0.0.1:{port}/items/I-100001"))
    assert not (folder / ".affidavit-dev/cloud.json").exists()


def test_a_debugger_attaches(newcomer: Newcomer) -> None:
    """`affidavit dev --debug`, with a real client of debugpy."""
    shop, port, debug = newcomer.folder / "shop", str(free_port()), free_port()
    options = ("--port", port, "--debug", str(debug))
    with dev_server(newcomer, shop, *options) as lines:
        until(lambda: any("waits for debugpy" in line for line in lines))
        seen = DebugClient(debug).stop_at(
            shop / "src/shop/handler.py",
            "    return find_item(context, request.id)",
            "request.id",
            lambda: curl(f"http://127.0.0.1:{port}/items/I-100001"),
        )
        until(lambda: any("unsafe=[debug]" in line for line in lines))

    assert "'I-100001'" == seen


def test_it_is_deployed_asked_and_verified(newcomer: Newcomer) -> None:
    """`make local`: bundles, the local cloud, Terraform; then a request, who, verify."""
    need_terraform(os.environ)
    shop = newcomer.folder / "shop"
    (wheel,) = newcomer.folder.glob("*.whl")
    providers = {"TF_CLI_CONFIG_FILE": str(cli_config(os.environ))}
    newcomer.run("make local", "make", "local", f"WHEEL=--affidavit {wheel}", at=shop, **providers)
    try:
        terraform = shop / "terraform/affidavit/terraform"
        output = ("terraform", f"-chdir={terraform}", "output", "-json")
        out = {
            name: one["value"]
            for name, one in json.loads(newcomer.run("outputs", *output, at=shop)).items()
        }
        url = f"{out['url']}/items/I-100001"
        answer = until(lambda: curl(url))
        assert {"id": "I-100001", "state": "open"} == json.loads(answer)
        exported = (shop / "build/cloud.env").read_text()
        cloud = dict(
            line.removeprefix("export ").split("=", 1) for line in exported.splitlines() if line
        )
        cloud |= {
            "AFFIDAVIT_LEDGER": out["ledger_url"],
            "AFFIDAVIT_ENVIRONMENT": "local",
            "AFFIDAVIT_POLICY": "baseline",
        }
        assert "1 access(es)" in newcomer.run(
            "who, deployed", "affidavit", "who", "--subject", "I-100001", at=shop, **cloud
        )
        assert "CLEAN" in newcomer.run("verify, deployed", "affidavit", "verify", at=shop, **cloud)
        code = shop / "src/shop/handler.py"
        state = 'Item(id=request.id, state="deployed")'
        code.write_text(code.read_text().replace("find_item(context, request.id)", state))
        began = time.monotonic()
        newcomer.run("local deploy", "affidavit", "local", "deploy", "read", at=shop)
        assert "deployed" in curl(url)
        newcomer.times["edit to answer, local cloud"] = round(time.monotonic() - began, 2)
    finally:
        newcomer.run("local down", "affidavit", "local", "down", at=shop)
        shutil.rmtree(shop / "terraform/affidavit", ignore_errors=True)
