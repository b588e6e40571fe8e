"""A file's digest is on record, and only that file finds it."""

from __future__ import annotations

from hashlib import sha256

from command_line import Terminal


def test_an_attested_file_is_found_by_its_digest(terminal: Terminal) -> None:
    """Who and when; one byte more, and nobody has attested it."""
    terminal.invoke()
    report = terminal.folder / "compliance.oscal.json"
    report.write_bytes(b"{}")
    done = terminal("attest", str(report), "--ledger", terminal.ledger, "--output", "json")
    subject = f"sha256:{sha256(b'{}').hexdigest()}"
    found = terminal("who", "--subject", subject, "--ledger", terminal.ledger, "--output", "json")
    other = f"sha256:{sha256(b'{} ').hexdigest()}"
    none = terminal("who", "--subject", other, "--ledger", terminal.ledger, "--output", "json")

    assert {"file": report.name, "subject": subject} == done.data
    assert "REPORT_ATTEST" in found.out
    assert "REPORT_ATTEST" not in none.out
    assert 0 == terminal("verify", "--ledger", terminal.ledger).code


def test_the_record_can_be_proved_once_it_is_sealed(terminal: Terminal) -> None:
    """With the event id that `who` shows."""
    terminal.invoke()
    report = terminal.folder / "report.html"
    report.write_text("<p>kept</p>")
    terminal("attest", str(report), "--ledger", terminal.ledger)
    subject = f"sha256:{sha256(report.read_bytes()).hexdigest()}"
    found = terminal("who", "--subject", subject, "--ledger", terminal.ledger, "--output", "json")
    places = ("--archive", terminal.archive, "--signer", terminal.signer)
    sealed = terminal("seal", "--ledger", terminal.ledger, *places)
    event = found.data[0]["event"]

    assert 0 == sealed.code, sealed.err
    assert 0 == terminal("prove", event, "--archive", terminal.archive).code


def test_a_file_that_is_not_there_is_told(terminal: Terminal) -> None:
    """Before anything is written."""
    terminal.invoke()
    done = terminal("attest", str(terminal.folder / "none"), "--ledger", terminal.ledger)

    assert 3 == done.code
    assert "cannot be used" in done.err
