"""One service behind HTTP as a data source: a named request out, rows in, its id on record."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import SplitResult

from affidavit import (
    RequestTemplate,
    Row,
    Scalar,
    SourceError,
    SourceForbiddenError,
    SourceTimeoutError,
    SourceUnavailableError,
    StatementError,
    __version__,
)
from affidavit.plugin import Permit, check_permit
from affidavit_http.exchange import ElsewhereError, Exchange, LongAnswerError, Reply, Sending
from affidavit_http.location import HttpLocation, locate
from affidavit_http.request_secret import RequestSecret

_MISSING: Final = frozenset({404, 410})
_TIMEOUTS: Final = frozenset({408, 504})
_BUSY: Final = frozenset({423, 425, 429})
_UNAUTHORIZED: Final = 401
_JSON: Final = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_.:/$-]")
_UNCERTAIN: Final = "It may have been done all the same: read again before you repeat it"


class HttpSource:
    """One host and a path on it. Threads share its connections."""

    def __init__(self, name: str, location: HttpLocation) -> None:
        self.name = name
        self._location = location
        self._exchange = Exchange(location)
        self._secret = RequestSecret(location)

    def run_request(
        self,
        permit: Permit,
        template: RequestTemplate,
        binds: Mapping[str, Scalar],
        *,
        max_rows: int,
    ) -> Sequence[Row]:
        """Send a request; see `affidavit.plugin.RequestSource`.

        A row has `status`, `type`, `etag` and `body`: a JSON document, or bytes. A JSON list is a
        row for each element. 404, 410 and an empty answer are no rows for a read.
        """
        check_permit(permit)
        template.check_binds(binds)
        deadline = time.monotonic() + permit.deadline_s
        sending = Sending(
            template.method,
            self._location.base + template.target(binds),
            _headers(permit, template, binds),
            {},
            _body(template, binds),
        )
        reply = self._ask(template, sending, deadline)
        referred = (reply.headers.get(name, "") for name in self._location.request_id)
        permit.refer(next(filter(None, referred), ""))
        rows = _rows(template, reply)
        if len(rows) > max_rows:
            raise _refused(template, f"it finds more than {max_rows} rows")
        return rows

    def close(self) -> None:
        """Close every connection; for programs that end. A later request connects again."""
        self._exchange.close()

    def _ask(self, template: RequestTemplate, sending: Sending, deadline: float) -> Reply:
        """Send; after a 401 once more, if the secret is another one now."""
        secrets = self._secret.headers(deadline)
        reply = self._send(template, sending._replace(secrets=secrets), deadline)
        if reply.status == _UNAUTHORIZED and self._secret.renew(secrets, deadline):
            secrets = self._secret.headers(deadline)
            reply = self._send(template, sending._replace(secrets=secrets), deadline)
        return reply

    def _send(self, template: RequestTemplate, sending: Sending, deadline: float) -> Reply:
        kind: type[SourceError] = SourceUnavailableError
        fix = "Retry; look at the service's health if it goes on"
        try:
            return self._exchange.send(sending, deadline)
        except LongAnswerError:
            kind, why = StatementError, f"its answer holds more than {self._location.limit} bytes"
            fix = "Ask for less, or raise limit= in the source's URL"
        except ElsewhereError:
            why = "it is sent on to a host that is not listed"
            fix = "List it in redirects= of the source's URL, or ask there by a source of its own"
        except TimeoutError:
            kind, why = SourceTimeoutError, "the time of this invocation is used up"
            fix = "Ask for less, or allow the function more time"
        except ssl.SSLCertVerificationError:
            why = "the service's certificate is not for this host, or signed by nobody we know"
            fix = "Correct the host, or name the signer with ca_file="
        except (OSError, HTTPException, ValueError) as error:  # a host that no name can be
            why = f"asking the service raised {type(error).__name__}"
        fix = _UNCERTAIN if template.write else fix
        raise kind(f"request {template.name} failed", why=why, fix=fix)


def open_source(name: str, url: SplitResult) -> HttpSource:
    """Open the service that an `https:` URL names; the first request connects.

    Raises:
        SettingsError: The URL is not of the right form.

    """
    return HttpSource(name, locate(url))


def _headers(
    permit: Permit, template: RequestTemplate, binds: Mapping[str, Scalar]
) -> dict[str, str]:
    """Say who asks, so that the service's own log joins our record; the template may differ."""
    usual = {
        "user-agent": f"affidavit/{__version__}",
        "accept": "*/*",
        "x-request-id": _FOREIGN.sub("_", permit.request_id)[:128],
    }
    if template.fields:
        usual["content-type"] = "application/json"
    given = template.header_values(binds)
    return usual | {name.lower(): value for name, value in given.items()}


def _body(template: RequestTemplate, binds: Mapping[str, Scalar]) -> bytes | None:
    if not template.fields:
        return None
    told = {name: binds[name] for name in sorted(template.fields)}
    try:
        return json.dumps(told, default=_as_text, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError):
        pass
    raise _refused(template, "a bind value has no place in JSON")


def _as_text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError


def _rows(template: RequestTemplate, reply: Reply) -> list[Row]:
    """Return what an answer holds; raise if it says that nothing was done."""
    status = reply.status
    if not template.write and (status in _MISSING or (_is_good(status) and not reply.body)):
        return []
    if not _is_good(status):
        raise _error_of(template, status)
    kind = reply.headers.get("content-type", "")
    told: dict[str, Any] = {"status": status, "type": kind, "etag": reply.headers.get("etag")}
    if not _JSON.fullmatch(kind):
        return [told | {"body": reply.body or None}]
    document = _document(template, reply.body)
    if isinstance(document, list) and not template.write:
        return [told | {"body": one} for one in document]
    return [told | {"body": document}]


def _document(template: RequestTemplate, body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number) if body else None
    except (ValueError, RecursionError):
        pass
    raise SourceUnavailableError(
        f"request {template.name} failed",
        why="the service answered what it calls JSON, and it is none",
        fix=_UNCERTAIN if template.write else "Retry; ask the service's owner if it goes on",
    )


def _no_number(_: str) -> Any:
    raise ValueError


def _is_good(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 - RFC 9110, section 15.3


def _error_of(template: RequestTemplate, status: int) -> SourceError:
    kind: type[SourceError] = StatementError
    fix = "Compare the request with what the service takes"
    if status in _TIMEOUTS:
        kind, fix = SourceTimeoutError, "Ask for less, or retry"
    elif status in {_UNAUTHORIZED, 403, 407}:
        kind, fix = SourceForbiddenError, "Correct the secret, or the rights that it stands for"
    elif status in _BUSY or not 400 <= status < 500:  # noqa: PLR2004 - RFC 9110, section 15.5
        kind, fix = SourceUnavailableError, "Retry; look at the service's health if it goes on"
    if template.write and (status in _TIMEOUTS or status >= 500):  # noqa: PLR2004 - as above
        fix = _UNCERTAIN
    return kind(f"request {template.name} failed", why=f"the service answered {status}", fix=fix)


def _refused(template: RequestTemplate, why: str) -> StatementError:
    return StatementError(
        f"request {template.name} cannot be sent", why=why, fix="See docs/named-requests.md"
    )
