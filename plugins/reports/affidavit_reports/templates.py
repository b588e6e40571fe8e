"""Which questions a pack for one purpose answers, and what its reader should know.

A template names the clause that its reader has in mind. It says what a pack can
show for it, and what it cannot: that is written for the reader of the pack.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Template(NamedTuple):
    """One kind of pack: title, clause, the questions, and its limits in words."""

    title: str
    clause: str
    questions: tuple[str, ...]
    limits: str


TEMPLATES: Final = {
    "plain": Template("Evidence", "", (), ""),
    "hipaa-disclosures": Template(
        "Accounting of disclosures",
        "45 CFR 164.528",
        ("subject",),
        "It lists accesses to this person's data that audited functions recorded. Which of them "
        "are disclosures that have to be accounted for, and what was disclosed outside audited "
        "functions, is for the covered entity to say.",
    ),
    "gdpr-access": Template(
        "Who processed this person's data",
        "GDPR Art. 15(1)(c)",
        ("subject",),
        "It lists recipients and accesses on record. The data itself, sources, storage periods "
        "and the other items of Art. 15 are not in it.",
    ),
    "pci-log-review": Template(
        "Review of access to cardholder data",
        "PCI DSS 4.0.1, 10.4.1",
        ("refusals", "looks", "hours", "readers"),
        "It is material for the daily review; that somebody has read it, and what was followed "
        "up, has to be recorded by the reviewer.",
    ),
    "part11-trail": Template(
        "Audit trail",
        "21 CFR 11.10(e)",
        ("period", "refusals", "policies"),
        "Old and new values stand in the trail as tokens: it shows that a field was changed, by "
        "whom and when, and not from what to what.",
    ),
    "soc2-sample": Template(
        "Sample of logical access",
        "TSC CC6.1, CC7.2",
        ("period", "readers", "hours"),
        "The population is what audited functions recorded in this time.",
    ),
}
"""Packs by the name that `--template` takes."""
