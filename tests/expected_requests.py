"""Requests to AWS that are expected, each compared whole; any other one is refused.

botocore's own stub stands behind the client: it holds a request and an answer against the
service's model, so that what AWS would refuse for its form is refused here.
"""

from __future__ import annotations

from typing import Any

import boto3
from botocore.stub import Stubber

REGION = "eu-west-1"


class ExpectedRequests:
    """Answers the requests that were told, service by service in their order."""

    def __init__(self) -> None:
        self._stubs: dict[str, Stubber] = {}

    def client(self, service: str) -> Any:
        """Return the client of a service; there is one."""
        return self._stub(service).client

    def _stub(self, service: str) -> Stubber:
        if service not in self._stubs:
            keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
            made = boto3.client(service, region_name=REGION, **keys)  # type: ignore[call-overload]
            self._stubs[service] = Stubber(made)
            self._stubs[service].activate()
        return self._stubs[service]

    def answers(
        self, service: str, operation: str, asked: dict[str, Any], answer: dict[str, Any]
    ) -> None:
        """Expect a request, and answer it."""
        self._stub(service).add_response(operation, answer, asked)

    def refuses(self, service: str, operation: str, asked: dict[str, Any], code: str) -> None:
        """Expect a request, and refuse it."""
        self._stub(service).add_client_error(operation, code, expected_params=asked)

    def heard_all(self) -> None:
        """Every request that was expected has come."""
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()
