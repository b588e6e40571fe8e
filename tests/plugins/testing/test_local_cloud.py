"""The fixture gives a cloud that answers, where the local cloud is installed."""

from __future__ import annotations

from typing import Any

import pytest


def test_a_cloud_answers(affidavit_cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing but the environment that it names."""
    import boto3

    for name, value in affidavit_cloud.environ.items():
        monkeypatch.setenv(name, value)
    queue = boto3.client("sqs").create_queue(QueueName="orders")

    assert affidavit_cloud.endpoint.startswith("http://127.0.0.1:")
    assert queue["QueueUrl"].startswith(affidavit_cloud.endpoint)
