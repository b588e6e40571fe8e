"""`affidavit bundle layer` and `publish`: the runtime as a Lambda layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from affidavit import AffidavitError
from affidavit.plugin import CommandResult
from affidavit_bundle.order_options import notes_of, order_of, ordered


@click.command()
@click.option("--name", default="affidavit", show_default=True, help="What the layer is called.")
@ordered
def layer(name: str, **options: Any) -> CommandResult:
    """Make a layer of the kernel and the plugins, for bundles that leave them out.

    affidavit bundle layer --python 3.13 --arch arm64 --plugin dynamodb --to build/layers

    Writes NAME-RUNTIME-ARCH.zip, its manifest and bill of materials.
    """
    from affidavit_bundle.make_layer import make_layer  # noqa: PLC0415 - heavy together

    order = order_of(options)
    made = make_layer(name, order)
    entry = made.entry
    sizes = (f"{entry[key] / 2**20:.2f} MB" for key in ("zip_bytes", "unpacked_bytes"))
    row = (made.path.name, *sizes, entry["started"] or "not started", entry["sha256"][:12])
    return CommandResult(
        data=entry,
        columns=("layer", "zip", "unpacked", "started by", "sha256"),
        rows=[row],
        notes=tuple(notes_of(order, [entry])),
    )


@click.command()
@click.argument("zips", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--region", "regions", multiple=True, required=True, help="Again for more.")
@click.option("--public", is_flag=True, help="Let every account use it.")
@click.option(
    "--to",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("layers.json"),
    show_default=True,
    help="File with the ARNs; what others are in it stays.",
)
def publish(zips: tuple[Path, ...], **options: Any) -> CommandResult:
    """Publish layers in regions, and write down their ARNs.

    affidavit bundle publish build/layers/*.zip --region eu-west-1 --to layers.json

    A layer whose newest version has the same bytes is not published again.
    """
    from affidavit_bundle.publish_layer import publish_layers  # noqa: PLC0415 - rarely asked for

    try:
        import boto3  # noqa: PLC0415 - heavy, and an extra
    except ModuleNotFoundError:
        raise AffidavitError(
            "the layers cannot be published",
            why="boto3 is not installed",
            fix="pip install 'affidavit[dynamodb]'",
        ) from None
    done = publish_layers(
        zips, options["regions"], options["to"], client=boto3.client, public=options["public"]
    )
    return CommandResult(
        data=[one._asdict() for one in done],
        columns=("layer", "region", "state", "arn"),
        rows=[tuple(one) for one in done],
    )
