"""Time stamps of RFC 3161: what an authority that knows nothing of the log says of a checkpoint.

A token covers the SHA-256 of a checkpoint's object, and lies beside it as the
authority has sent it, so that `openssl ts -verify` reads both as they are. The
certificates need to have been valid when it was made, not today.
Source: RFC 3161, with RFC 5816.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlunsplit
from urllib.request import Request

from affidavit import LedgerError, SettingsError
from affidavit.plugin import Archive
from affidavit_ledger.findings import FindingKind
from affidavit_ledger.notes import NoteError, read_note
from affidavit_ledger.outside_post import LONGEST, post
from affidavit_ledger.places import TIMESTAMPS, checkpoint_key, timestamps_key
from affidavit_ledger.time_basis import Attested

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

APART_S: Final = 300
"""How far a token's time may be from what its checkpoint says: as long as a witness may lag."""

_SHA256: Final = "2.16.840.1.101.3.4.2.1"


class TimestampError(LedgerError):
    """An authority has not stamped a checkpoint."""


class Authorities:
    """Those whose time stamps are believed: whoever the given certificates vouch for."""

    prefix = TIMESTAMPS
    absent = FindingKind.UNSTAMPED

    def __init__(self, certificates: Sequence[Certificate]) -> None:
        self._verifier = _library().VerifierBuilder(roots=list(certificates)).build()

    @classmethod
    def read(cls, path: Path) -> Authorities:
        """Read certificates from a PEM file: those at the end of an authority's chain.

        Raises:
            SettingsError: The file cannot be read, or what reads time stamps is not installed.

        """
        from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - rarely needed

        try:
            certificates = load_pem_x509_certificates(path.read_bytes())
        except (OSError, ValueError) as error:
            failed = type(error).__name__
        else:
            return cls(certificates)
        raise SettingsError(
            "the certificates of a time-stamping authority cannot be read",
            why=f"reading raised {failed}",
            fix="Name a PEM file with the certificates at the end of its chain",
        )

    def judge(self, data: bytes, note: bytes) -> Attested | FindingKind:
        """Return who has stamped a checkpoint and when, or what is wrong with that."""
        token = _read(data)
        return FindingKind.TIMESTAMP_BROKEN if token is None else self.judge_token(token, note)

    def judge_token(self, token: TimeStampResponse, note: bytes) -> Attested | FindingKind:
        """Return the same of a token that was read already."""
        if not _covers(token, note):
            return FindingKind.TIMESTAMP_BROKEN
        try:
            self._verifier.verify(token, sha256(note).digest())
        except (_library().VerificationError, ValueError):
            return FindingKind.TIMESTAMP_FOREIGN
        at_s = int(token.tst_info.gen_time.timestamp())
        try:
            said = datetime.fromisoformat(read_note(note.decode()).time).timestamp()
        except (NoteError, ValueError):
            said = at_s  # a finding of its own
        if abs(at_s - said) > APART_S:
            return FindingKind.TIME_DIFFERS
        return Attested(f"the time-stamping authority {_signer(token)}", at_s)


class TimestampAuthority(NamedTuple):
    """One that a sealer asks: where it listens, and whose certificates its tokens must have."""

    url: str
    known: Authorities

    @classmethod
    def open(cls, url: SplitResult) -> TimestampAuthority:
        """Read `https://tsa.example/tsr?certificates=tsa.pem`; what else is asked for stays.

        Plain HTTP is fine: a token is signed, and a hash tells nobody anything.

        Raises:
            SettingsError: It names no certificates, or they cannot be read.

        """
        asked = parse_qsl(url.query, keep_blank_values=True)
        files = [value for name, value in asked if name == "certificates"]
        if len(files) != 1 or url.scheme not in {"http", "https"} or not url.hostname:
            raise SettingsError(
                "AFFIDAVIT_TSA is not complete",
                why="it is the address of a time-stamping authority, and names as "
                "?certificates= the PEM file of those at the end of its chain",
                fix="Write https://tsa.example/tsr?certificates=/etc/tsa.pem",
            )
        rest = urlencode([(name, value) for name, value in asked if name != "certificates"])
        place = urlunsplit((url.scheme, url.netloc, url.path, rest, ""))
        return cls(place, Authorities.read(Path(unquote(files[0]))))

    def stamp(self, note: bytes) -> bytes:
        """Ask for a token over a checkpoint, and return it as it was sent; it holds.

        Raises:
            TimestampError: There is none, or it is not over this checkpoint by who is known.

        """
        library = _library()
        builder = library.TimestampRequestBuilder(note, library.base.HashAlgorithm.SHA256)
        request = builder.build()
        answer = self._post(request.as_bytes())
        token = _read(answer)
        if token is None or token.tst_info.nonce != request.nonce:
            raise _not_stamped("what it answered is no token for this request")
        found = self.known.judge_token(token, note)
        if found in {FindingKind.TIMESTAMP_BROKEN, FindingKind.TIMESTAMP_FOREIGN}:
            raise _not_stamped("what it answered is not signed by who is known")
        return answer  # one that contradicts the sealer's clock is evidence, too

    def _post(self, request: bytes) -> bytes:
        head = {"Content-Type": "application/timestamp-query"}
        asked = Request(self.url, request, head, method="POST")  # noqa: S310 - see `open`
        status, answer = post(asked, _not_stamped)
        if status >= 400:  # noqa: PLR2004 - HTTP's errors
            raise _not_stamped(f"it answered {status}")
        return answer


def stamp_checkpoint(
    archive: Archive, number: int, authority: TimestampAuthority, *, retain_until: int
) -> None:
    """Have a published checkpoint stamped, and put the token beside it.

    Raises:
        TimestampError: It was not.

    """
    token = authority.stamp(archive.get(checkpoint_key(number)))
    archive.put(timestamps_key(number), token, retain_until=retain_until)


def _read(data: bytes) -> TimeStampResponse | None:
    """Read a token that was granted; None if it is none, or too long."""
    if len(data) > LONGEST:
        return None
    try:
        token: TimeStampResponse = _library().decode_timestamp_response(data)
        granted = token.status == 0 and token.tst_info is not None
    except ValueError:
        return None
    return token if granted else None


def _covers(token: TimeStampResponse, note: bytes) -> bool:
    imprint = token.tst_info.message_imprint
    same = imprint.message == sha256(note).digest()
    return same and imprint.hash_algorithm.dotted_string == _SHA256


def _signer(token: TimeStampResponse) -> str:
    """Return the name in the certificate that has signed, which was checked."""
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415 - rarely needed

    signed = token.signed_data
    (signer,) = signed.signer_infos
    for certificate in map(load_der_x509_certificate, signed.certificates):
        if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number):
            return certificate.subject.rfc4514_string()
    return ""


def _library() -> Any:
    try:
        import rfc3161_client  # noqa: PLC0415 - an extra of its own
    except ImportError:
        pass
    else:
        return rfc3161_client
    raise SettingsError(
        "time stamps cannot be read",
        why="what reads them is not installed",
        fix="pip install 'affidavit[timestamps]'",
    )


def _not_stamped(why: str) -> TimestampError:
    return TimestampError(
        "a checkpoint has no time stamp", why=why, fix="Sealing goes on; ask the authority's keeper"
    )
