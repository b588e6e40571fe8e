"""Proof types have one maker each."""

from __future__ import annotations

import pytest

import repository as repo

MODULES = repo.modules(*repo.SHIPPED, repo.ROOT / "examples")

MAKERS = {
    "Clean": ("core/affidavit/_redact/",),
    # The contract checks play the part of the kernel.
    "Permit": (
        "core/affidavit/_invocation/handler_state.py",
        "core/affidavit/testing/contracts.py",
    ),
}
"""Where a proof may be made: files, or folders with a slash at the end."""


@pytest.mark.parametrize("proof", MAKERS)
def test_a_proof_is_made_where_it_is_true(proof: str) -> None:
    """`Clean(` says that something was redacted, `Permit(` that an invocation is on record."""
    others = [path for path in MODULES if not repo.name(path).startswith(MAKERS[proof])]

    assert [] == [(repo.name(p), call.lineno) for p in others for call in repo.calls(p, proof)]


@pytest.mark.parametrize("proof", MAKERS)
def test_a_proof_is_made_at_all(proof: str) -> None:
    """Otherwise the test above would look for a name that nobody uses."""
    makers = [path for path in MODULES if repo.calls(path, proof)]

    assert makers


def test_a_permit_is_not_made_from_another() -> None:
    """`permit._replace(...)` would give an expired right a new deadline."""
    replaced = [
        (repo.name(path), call.lineno)
        for path in MODULES
        for call in repo.calls(path, "_replace")
        if "permit" in repo.dotted(call.func).lower()
    ]

    assert [] == replaced
