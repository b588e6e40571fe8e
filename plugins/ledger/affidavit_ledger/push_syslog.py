"""Push to a syslog receiver: RFC 5424 messages, over TLS as RFC 5425 says.

Syslog has no acknowledgement. Each batch has a connection of its own, and counts as taken
once the receiver has closed its side after ours: RFC 5425, section 4.4, makes it answer
`close_notify`, which it meets behind the last byte of the batch.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult

from affidavit import LedgerUnavailableError
from affidavit.plugin import VERSION, Json, UrlParameters

PORT: Final = 6514
"""The port that IANA has registered for syslog over TLS."""

TIMEOUT_S: Final = 20.0
"""How long a receiver may take for a connection, for what it reads, and for its answer."""

_AUDIT: Final = 13 << 3
"""Facility 13, log audit: RFC 5424, table 1."""

_NOTICE, _INFORMATIONAL = 5, 6
_ORIGIN: Final = f'[origin software="affidavit" swVersion="{VERSION}"]'


class SyslogReceiver(NamedTuple):
    """Sends each event as one message. `ca`, `cert` and `key` are files in PEM."""

    host: str
    port: int = PORT
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    timeout_s: float = TIMEOUT_S

    def send(self, events: Sequence[Mapping[str, Json]]) -> None:
        """Send a batch over a connection of its own, and wait until it was read."""
        data = b"".join(map(framed, events))
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.cert is not None:
                context.load_cert_chain(self.cert, self.key)
            with (
                socket.create_connection((self.host, self.port), self.timeout_s) as plain,
                context.wrap_socket(plain, server_hostname=self.host) as secure,
            ):
                secure.sendall(data)
                _close(secure)
        except (OSError, ValueError) as error:
            failed = type(error).__name__
        else:
            return
        raise LedgerUnavailableError(
            "the syslog receiver has not taken the events",
            why=f"sending raised {failed}",
            fix="Check host, port, certificates and the receiver's own log; the events come again",
        )


def framed(event: Mapping[str, Json]) -> bytes:
    """Return an event as a message, its length before it: RFC 5425, section 4.3.

    The text is ASCII: what else is in it is escaped as JSON does.
    """
    said: Any = event
    severity = _INFORMATIONAL if said["severity_id"] == 1 else _NOTICE
    about = said["metadata"]
    head = f"<{_AUDIT + severity}>1 {about['original_time']} - affidavit - {about['event_code']} "
    message = f"{head}{_ORIGIN} {json.dumps(event)}".encode("ascii")
    return b"%d %s" % (len(message), message)


def _close(secure: ssl.SSLSocket) -> None:
    """Close our side, and wait for the other.

    Raises:
        OSError: The receiver has not read to the end, or not in time.

    """
    # Without a word it may hang up: a kernel that still held bytes of ours would reset instead.
    with suppress(ssl.SSLEOFError):
        secure.unwrap()


def open_syslog(url: SplitResult) -> SyslogReceiver:
    """Open what `syslog://host:6514?ca=FILE&cert=FILE&key=FILE` names.

    Raises:
        SettingsError: It names no host, or a parameter is not known.

    """
    fix = "Write syslog://siem.example.org:6514?ca=/etc/ssl/siem.pem"
    said = UrlParameters(url, ("ca", "cert", "key"), what="--to", fix=fix)
    try:
        port = url.port or PORT
    except ValueError:
        port = 0
    host = url.hostname or ""
    good = bool(host and port) and not url.username and not url.path.strip("/")
    said.need(good, "a host, and perhaps a port, follow two slashes")
    ca, cert, key = (said.text(name) or None for name in ("ca", "cert", "key"))
    return SyslogReceiver(host, port, ca, cert, key)
