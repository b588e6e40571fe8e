"""The console's pages, as routes. Everything is read; nothing here changes evidence."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request as WebRequest
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from affidavit import AffidavitError, PolicyError, __version__
from affidavit.plugin import Json, Policy, load_policy, shipped_policies
from affidavit_ledger.findings import MEANINGS
from affidavit_ledger.prove import prove
from affidavit_ledger.who import window
from affidavit_reports.ask import answer_page, uncovered, values_of
from affidavit_reports.console.command_tables import CommandTable
from affidavit_reports.console.state import Evidences
from affidavit_reports.pictures import hours, timeline
from affidavit_reports.questions import QUESTIONS
from affidavit_reports.shown_cells import cut

COOKIE: Final = "affidavit_console"
PAGE: Final = 200
"""Rows on one page of results."""

_DIGITS: Final = 12
_TOLD: Final = ("wid", "seq", "ts", "ph", "act", "out")

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every answer: nothing is loaded from elsewhere, and no script runs at all."""

Call = Callable[[WebRequest], Awaitable[Response]]
AskCommand = Callable[[str, tuple[str, ...]], CommandTable]
"""Asks the command of these words, for a table of this title."""


class Console:
    """The console over one archive. `token` opens it once; then a cookie does."""

    def __init__(
        self,
        evidences: Evidences,
        looked: Callable[[str], None],
        ask: AskCommand,
    ) -> None:
        """Show `evidences`, tell `looked` of each look, and `ask` other commands for tables."""
        self._evidences = evidences
        self._looked = looked
        self._ask = ask
        self.token = secrets.token_urlsafe(32)
        self._session = secrets.token_urlsafe(32)
        self._opened = False
        self._pages = Environment(
            loader=PackageLoader("affidavit_reports.console"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
        )

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/", self._search),
                Route("/open", self._open),
                Route("/style.css", self._style),
                Route("/record/{writer}/{seq:int}", self._record),
                Route("/proof/{event}", self._proof),
                Route("/verification", self._verification, methods=["GET", "POST"]),
                Route("/policies", self._policies),
                Route("/runs", self._runs),
                Route("/releases", self._releases),
                Route("/policies/{name}", self._policy),
            ],
            middleware=[
                Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
                Middleware(BaseHTTPMiddleware, dispatch=self._guard),
            ],
        )

    async def _guard(self, request: WebRequest, call: Call) -> Response:
        """Let nobody in without the cookie, and turn errors into pages."""
        given = request.cookies.get(COOKIE, "")
        inside = hmac.compare_digest(given.encode(), self._session.encode())
        if not inside and request.url.path not in {"/open", "/style.css"}:
            page = self._error("this console is closed", "Open the address that it printed.", 403)
        elif request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            page = self._error(
                "this request came from another site", "Use the console itself.", 403
            )
        else:
            try:
                page = await call(request)
            except AffidavitError as error:
                page = self._error(f"{error.what}: {error.why}", error.fix, 400)
            except Exception as error:  # noqa: BLE001 - a hostile record may bring anything about
                what = f"this page raised {type(error).__name__}, whose text is not repeated"
                page = self._error(what, "Ask the command line.", 500)
        page.headers.update(HEADERS)
        return page

    async def _open(self, request: WebRequest) -> Response:
        given = request.query_params.get("token", "")
        right = hmac.compare_digest(given.encode(), self.token.encode())
        if self._opened or not right:
            return self._error("this address does not open the console", "Start it anew.", 403)
        self._opened = True
        page = RedirectResponse("/", 303)
        page.set_cookie(COOKIE, self._session, httponly=True, samesite="strict")
        return page

    async def _style(self, _: WebRequest) -> Response:
        return Response(self._pages.get_template("style.css").render(), media_type="text/css")

    async def _search(self, request: WebRequest) -> Response:
        asked = {name: value.strip() for name, value in request.query_params.items()}
        question = asked.get("question", "")
        told: dict[str, Any] = {"asked": asked, "questions": QUESTIONS, "found": None}
        if question in QUESTIONS:
            told |= await run_in_threadpool(self._answer, question, asked)
        else:
            told["coverage"] = (await run_in_threadpool(self._evidences.loaded)).coverage
        return self._page("search.html", told)

    def _answer(self, name: str, asked: Mapping[str, str]) -> dict[str, Any]:
        loaded, held = self._evidences.loaded(), self._evidences
        since, until = window(None, asked.get("from") or None, asked.get("to") or None)
        values = values_of(
            QUESTIONS[name], held.ledger, held.tenant, since=since, until=until, said=asked
        )
        where = (held.archive, held.verifier, held.ledger)
        gaps = uncovered(QUESTIONS[name], *where, tenant=held.tenant, said=asked)
        first = _whole(asked.get("start", ""))
        found, total, by_hour = answer_page(
            loaded, QUESTIONS[name], values, held.names, gaps, start=first, size=PAGE
        )
        self._looked(name)
        columns = found.question.columns
        table = found.table()
        used = [n for n, _ in enumerate(columns) if any(row[n] not in {"", None} for row in table)]
        return {
            "found": found,
            "coverage": found.coverage,
            "columns": [columns[n] for n in used],
            "rows": [([_cell(row[n]) for n in used], self._place(row, columns)) for row in table],
            "total": total,
            "start": first,
            "page": PAGE,
            "pictures": timeline(by_hour) + hours(by_hour),
        }

    def _place(self, row: tuple[object, ...], columns: tuple[str, ...]) -> str:
        return str(row[columns.index("event")]) if "event" in columns else ""

    async def _record(self, request: WebRequest) -> Response:
        writer, seq = request.path_params["writer"], request.path_params["seq"]
        loaded = await run_in_threadpool(self._evidences.loaded)
        found = await run_in_threadpool(loaded.record, writer, seq)
        self._looked("record")
        if found is None:
            return self._error("no sealed record stands there", "Go back and search.", 404)
        told = {
            "writer": writer,
            "seq": seq,
            "segment": found["segment"],
            "record": json.dumps(found["record"], indent=2, ensure_ascii=False),
            "event": str(found["record"].get("eid", "")),
        }
        return self._page("record.html", told)

    async def _proof(self, request: WebRequest) -> Response:
        event = request.path_params["event"]
        proofs = await run_in_threadpool(self._proofs, event)
        self._looked("proof")
        if request.query_params.get("download"):
            return Response(
                json.dumps(proofs, indent=1),
                media_type="application/json",
                headers={"Content-Disposition": 'attachment; filename="proofs.json"'},
            )
        shown = [json.loads(str(proof["record"])) for proof in proofs[:PAGE]]
        records = [{name: _cell(one.get(name, "")) for name in _TOLD} for one in shown]
        told = {"event": event, "records": records, "count": len(proofs), "page": PAGE}
        return self._page("event.html", told)

    def _proofs(self, event: str) -> list[dict[str, Json]]:
        loaded = self._evidences.loaded()
        return prove(loaded.archive, event, within=loaded.segments(event))

    async def _verification(self, request: WebRequest) -> Response:
        if request.method == "POST":
            self._evidences.start_verification()
            return RedirectResponse("/verification", 303)
        run = self._evidences.verification
        return self._page("verification.html", {"run": run, "meanings": MEANINGS})

    async def _policies(self, _: WebRequest) -> Response:
        return self._page(
            "policies.html", {"policies": [load_policy(n) for n in shipped_policies()]}
        )

    async def _policy(self, request: WebRequest) -> Response:
        name = request.path_params["name"]
        if name not in shipped_policies():
            raise PolicyError("there is no such policy", why="it is not shipped", fix="Choose one")
        held: Policy = load_policy(name)
        return self._page("policy.html", {"policy": held})

    async def _runs(self, _: WebRequest) -> Response:
        told = [await run_in_threadpool(self._ask, "Runs", ("scenario", "runs"))]
        self._looked("runs")
        return self._page("tables.html", {"title": "Scenario runs", "tables": told})

    async def _releases(self, _: WebRequest) -> Response:
        told = [
            await run_in_threadpool(self._ask, title, ("release", word))
            for title, word in (("What is live", "status"), ("Every version", "history"))
        ]
        self._looked("releases")
        return self._page("tables.html", {"title": "Releases", "tables": told})

    def _page(self, template: str, told: Mapping[str, Any]) -> Response:
        text = self._pages.get_template(template).render(version=__version__, **told)
        return HTMLResponse(text)

    def _error(self, what: str, fix: str, status: int) -> Response:
        text = self._pages.get_template("error.html").render(
            version=__version__, what=what, fix=fix
        )
        return HTMLResponse(text, status)


def _whole(text: str) -> int:
    """Return the number that an address says, if it is one that an answer can have; 0 if not."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0


def _cell(value: object) -> object:
    """Cut what is longer than a page can show of each of its cells; the record's own has all."""
    return cut(value) if isinstance(value, str) else value
