"""What an execution environment starts with: its code, its Python, its variables."""

from __future__ import annotations

import os
import platform
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from affidavit_localcloud.functions.debug_ports import MEMORY, DebugPorts
from affidavit_localcloud.functions.environment import Start
from affidavit_localcloud.functions.interpreters import Interpreters
from affidavit_localcloud.functions.spawner import Spawner
from affidavit_localcloud.functions.spec import Spec
from affidavit_localcloud.functions.unpack_package import BadPackageError, unpack
from affidavit_localcloud.rights.access import AccessControl

HEADROOM: Final = 512 * 1024 * 1024
"""Added to a function's memory for what is reserved and never used, such as threads' stacks."""

LAUNCH: Final = Path(__file__).with_name("launch.py")

ARCHITECTURES: Final = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class CannotRunError(Exception):
    """This machine cannot run the function; the message says what to do."""


class Limits(NamedTuple):
    """How many environments there may be, and how long a free one is kept."""

    environments: int = 24
    idle_s: float = 300.0
    freeze: bool = True


class PoolConfig(NamedTuple):
    """What an environment gets from outside."""

    endpoint: str
    folder: Path
    interpreters: Interpreters
    limits: Limits
    credentials: Callable[[Spec], dict[str, str]]
    access: AccessControl
    trace_daemon: Callable[[str, str], str]
    debug: DebugPorts


def prepare(config: PoolConfig, spawner: Spawner, spec: Spec, stream: str) -> Start:
    """Return what starts an environment.

    Raises:
        CannotRunError: This machine has no such Python, or another processor.

    """
    interpreter = config.interpreters.find(spec.runtime)
    if interpreter is None:
        raise CannotRunError(
            f"no Python for the runtime {spec.runtime}: this local cloud has "
            f"{', '.join(config.interpreters.names())}. Start it with --interpreter "
            f"{spec.runtime}=PATH, a Python that has awslambdaric and boto3 installed"
        )
    machine = ARCHITECTURES.get(platform.machine().lower(), platform.machine())
    if spec.architecture != machine:
        raise CannotRunError(
            f"the function is for {spec.architecture}, and this machine is {machine}: "
            "deploy a bundle for this machine here"
        )
    code, layers = _unpacked(spec, config.folder)
    debug = config.debug.start(spec.name, code)
    own = config.folder / "environments" / secrets.token_hex(8)
    own.mkdir(parents=True)
    # Later layers win, as they are unpacked over the earlier ones on AWS.
    below = (f"python/lib/{spec.runtime}/site-packages", "python")
    on_path = [debug.code, *(layer / path for layer in reversed(layers) for path in below)]
    on_path += debug.path
    paths = os.pathsep.join(map(str, on_path)) + "||" + str(interpreter.provided)
    memory = spec.memory_mb * 1024 * 1024 + HEADROOM + (MEMORY if debug.port else 0)
    command = (
        *(interpreter.executable, "-I", "-S", str(LAUNCH)),
        *(spec.handler, str(memory), str(os.getpid()), paths, *debug.arguments),
    )
    variables = _variables(config, spec, debug.code, layers, own) | {
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        **debug.variables,
    }
    return Start(spawner.spawn, command, variables, code, own, bool(debug.port))


def _variables(
    config: PoolConfig, spec: Spec, code: Path, layers: list[Path], own: Path
) -> dict[str, str]:
    """Return what Lambda sets, over what the function sets, over where the cloud is."""
    libraries = [layer / "lib" for layer in layers]
    variables = {
        "AWS_ENDPOINT_URL": config.endpoint,
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "TMPDIR": str(own),
        "HOME": str(own),
        **dict(spec.environment),
        **config.credentials(spec),
        "PATH": os.pathsep.join([*(str(layer / "bin") for layer in layers), os.defpath]),
        "LD_LIBRARY_PATH": os.pathsep.join(map(str, [code, code / "lib", *libraries])),
        "LAMBDA_TASK_ROOT": str(code),
        "_HANDLER": spec.handler,
        "AWS_REGION": spec.region,
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_XRAY_DAEMON_ADDRESS": config.trace_daemon(spec.account, spec.region),
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_FORMAT": spec.log_format,
    }
    if spec.log_level:
        variables["AWS_LAMBDA_LOG_LEVEL"] = spec.log_level
    return variables


def _unpacked(spec: Spec, folder: Path) -> tuple[Path, list[Path]]:
    try:
        code = unpack(spec.code, folder / "code" / _folder(spec.sha256))
        layers = [
            unpack(layer.code, folder / "layers" / _folder(layer.sha256)) for layer in spec.layers
        ]
    except BadPackageError as error:
        raise CannotRunError(str(error)) from None
    return code, layers


def _folder(sha256: str) -> str:
    """Return a name for a folder: the hash is base64, which may have a slash."""
    return sha256.replace("/", "_").replace("+", "-").rstrip("=")
