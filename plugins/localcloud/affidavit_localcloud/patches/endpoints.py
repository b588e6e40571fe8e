"""Addresses of gateways and function URLs: here, not on AWS."""

from __future__ import annotations

from typing import Any

GATEWAY = "/_aws/execute-api"
URL = "/_aws/lambda-url"


def point_gateways_here(endpoint: str) -> None:
    """Let an HTTP API's `apiEndpoint` be an address that answers.

    Without this Terraform's output would name a host on AWS that has nothing to
    do with this API.
    """
    from moto.apigatewayv2.models import Api  # noqa: PLC0415 - heavy

    make = Api.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        make(self, *args, **kwargs)
        self.api_endpoint = f"{endpoint}{GATEWAY}/{self.api_id}"

    Api.__init__ = __init__


def point_urls_here(endpoint: str) -> None:
    """Let a function URL be an address that answers, with the slash that AWS ends it with."""
    from moto.awslambda.models import FunctionUrlConfig  # noqa: PLC0415 - heavy

    make = FunctionUrlConfig.__init__

    def __init__(self: Any, function: Any, config: Any) -> None:  # noqa: N807
        make(self, function, config)
        name = self.url.removeprefix("https://").partition(".")[0]
        self.url = f"{endpoint}{URL}/{name}/"

    FunctionUrlConfig.__init__ = __init__
