"""What a function was deployed with, as one value: two equal ones may share an environment."""

from __future__ import annotations

from typing import Any, NamedTuple


class Layer(NamedTuple):
    """One layer's content."""

    sha256: str
    code: bytes


class Spec(NamedTuple):
    """A version of a function. `memory_mb` in MiB as Lambda counts, `timeout_s` in seconds."""

    account: str
    region: str
    name: str
    version: str
    arn: str
    role: str
    handler: str
    runtime: str
    architecture: str
    memory_mb: int
    timeout_s: int
    sha256: str
    code: bytes
    layers: tuple[Layer, ...]
    environment: tuple[tuple[str, str], ...]
    log_group: str
    log_format: str
    log_level: str
    system_log_level: str
    traced: bool

    def key(self) -> Spec:
        """Return it without the code itself, whose hash is enough to tell it apart."""
        layers = tuple(Layer(layer.sha256, b"") for layer in self.layers)
        return self._replace(code=b"", layers=layers)


def read_spec(function: Any) -> Spec:
    """Read moto's function object."""
    logging = getattr(function, "extra", {}).get("LoggingConfig") or {}
    tracing = getattr(function, "extra", {}).get("TracingConfig") or {}
    return Spec(
        account=str(function.account_id),
        region=str(function.region),
        name=str(function.function_name),
        version=str(function.version),
        arn=str(function.function_arn),
        role=str(function.role),
        handler=str(function.handler),
        runtime=str(function.run_time),
        architecture=str(function.architectures[0]),
        memory_mb=int(function.memory_size),
        timeout_s=int(function.timeout),
        sha256=str(function.code_sha_256),
        code=function.code_bytes,
        layers=_layers(function),
        environment=tuple(
            sorted((str(name), str(value)) for name, value in function.environment_vars.items())
        ),
        log_group=str(logging.get("LogGroup") or f"/aws/lambda/{function.function_name}"),
        log_format=str(logging.get("LogFormat") or "Text"),
        log_level=str(logging.get("ApplicationLogLevel") or ""),
        system_log_level=str(logging.get("SystemLogLevel") or "INFO"),
        traced=tracing.get("Mode") == "Active",
    )


def _layers(function: Any) -> tuple[Layer, ...]:
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415 - heavy

    backend = lambda_backends[function.account_id][function.region]
    found = (backend.layers_versions_by_arn(layer["Arn"]) for layer in function.layers)
    return tuple(Layer(str(one.code_sha_256), one.code_bytes) for one in found if one is not None)
