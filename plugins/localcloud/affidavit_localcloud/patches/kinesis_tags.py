"""A stream of Kinesis keeps the tags that it is created with."""

from __future__ import annotations

from typing import Any


def keep_tags_of_streams() -> None:
    """Add them after moto has made the stream: without, Terraform plans them again for ever."""
    from moto.kinesis.responses import KinesisResponse  # noqa: PLC0415 - heavy

    create = KinesisResponse.create_stream

    def create_stream(self: Any) -> Any:
        answer = create(self)
        tags = self._get_param("Tags")
        if tags:
            name = self._get_param("StreamName")
            self.kinesis_backend.add_tags_to_stream(None, name, tags)
        return answer

    KinesisResponse.create_stream = create_stream
