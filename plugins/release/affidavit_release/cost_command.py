"""`affidavit release cost`: what would this cost a month?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from affidavit.plugin import CommandResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from affidavit_release.cost import Choice, Line
    from affidavit_release.tariff import Tariff

MOST = 10_000_000_000
OLD = "These prices are more than twelve months old: check them, or name newer ones by --prices."
WHEN = "Storage is what it is once the oldest evidence expires."


@click.command()
@click.option("--events-per-day", type=click.IntRange(0, MOST), required=True, help="How many.")
@click.option(
    "--policy",
    "policy_name",
    default="hipaa",
    show_default=True,
    help="Name of a policy, or path of a compiled one.",
)
@click.option(
    "--env",
    "environment",
    default="prod",
    show_default=True,
    help="Whose log days and sampling count.",
)
@click.option(
    "--functions",
    type=click.IntRange(1, 10_000),
    default=1,
    show_default=True,
    help="Functions that write the events.",
)
@click.option(
    "--scenarios-per-day",
    type=click.IntRange(0, 100_000),
    default=0,
    show_default=True,
    help="End-to-end scenarios that run as state machines.",
)
@click.option(
    "--prices",
    "prices_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Prices of your own, in the form of the shipped file.",
)
def cost(
    events_per_day: int,
    policy_name: str,
    environment: str,
    functions: int,
    scenarios_per_day: int,
    prices_file: Path | None,
) -> CommandResult:
    """Estimate what the evidence of so many events costs a month.

    Choices of retention stand side by side, the policy's own first. An estimate
    from list prices; docs/cost.md says what it leaves out.
    """
    from affidavit.plugin import load_policy  # noqa: PLC0415 - when it is needed
    from affidavit_release.cost import Load, choices_of, estimate  # noqa: PLC0415
    from affidavit_release.tariff import read_tariff  # noqa: PLC0415

    policy, tariff = load_policy(policy_name), read_tariff(prices_file)
    choices = choices_of(policy)
    load = Load(events_per_day, functions, scenarios_per_day, environment)
    bill = estimate(load, policy, choices, tariff)
    kind = "List prices" if prices_file is None else "Prices"
    return _show(policy.label, choices, bill, tariff, kind)


def _show(
    policy: str, choices: Sequence[Choice], bill: Sequence[Line], tariff: Tariff, kind: str
) -> CommandResult:
    old = tariff.is_old(datetime.now(UTC).date())  # noqa: TID251 - how old they are for who asks
    totals = [sum(line.usd[number] for line in bill) for number in range(len(choices))]
    shown = [(line.item, *(f"{usd:.2f}" for usd in line.usd)) for line in bill]
    return CommandResult(
        data={
            "as_of": tariff.as_of,
            "old": old,
            "region": tariff.region,
            "policy": policy,
            "choices": [dict(choice._asdict()) for choice in choices],
            "lines": [{"item": one.item, "usd": [*one.usd]} for one in bill],
            "totals": [*totals],
        },
        columns=("USD a month", *(choice.name for choice in choices)),
        rows=[
            ("days: table / archive", *(f"{one.hot_days} / {one.archive_days}" for one in choices)),
            *shown,
            ("total", *(f"{total:.2f}" for total in totals)),
        ],
        notes=(f"{kind} of {tariff.region}, {tariff.as_of}. {WHEN}", *((OLD,) if old else ())),
    )
