"""Keep what is in the cloud from one run to the next: `affidavit local up --keep`.

The file is a pickle, which can run code when it is read. So it is read only if
it belongs to the user who reads it, and nobody else may write it.
"""

from __future__ import annotations

import collections
import importlib
import importlib.metadata
import io
import os
import pickle
import stat
import sys
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from affidavit import SettingsError

FORMAT: Final = 2
LOCKS: Final = (type(threading.Lock()), type(threading.RLock()))


def save_state(path: Path, endpoint: str) -> list[str]:
    """Write everything to `path`; return the services that could not be saved."""
    backends = dict(_backends())
    lost = sorted({key[0] for key, backend in backends.items() if not _can_be_saved(backend)})
    kept = {key: vars(backend) for key, backend in backends.items() if key[0] not in lost}
    head = {
        "format": FORMAT,
        "endpoint": endpoint,
        "moto": importlib.metadata.version("moto"),
        "backends": kept,
        "lost": lost,
    }
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        _Pickler(file, protocol=pickle.HIGHEST_PROTOCOL).dump(head)
    fresh.replace(path)
    return lost


def load_state(path: Path, endpoint: str) -> bool:
    """Read what was saved; return False if nothing was. Addresses are those of this cloud then.

    Raises:
        SettingsError: The file is somebody else's, or of another version.

    """
    if not path.is_file():
        return False
    told = path.stat()
    if told.st_uid != os.getuid() or told.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise _unusable("somebody else could have written it")
    try:
        with path.open("rb") as file:
            head = _Unpickler(file).load()
    except Exception as error:  # noqa: BLE001 - reading a pickle can raise anything
        failed = type(error).__name__
        raise _unusable(f"reading it raised {failed}") from None
    if head["format"] != FORMAT or head["moto"] != importlib.metadata.version("moto"):
        raise _unusable("it was saved by another version")
    for name in head["lost"]:
        sys.stderr.write(f"was not saved: {name}\n")
    for key, held in head["backends"].items():
        vars(_backend(key)).update(held)
    _point_elsewhere(head["endpoint"], endpoint)
    return True


def _point_elsewhere(before: str, now: str) -> None:
    """Replace the address that this cloud had: in functions' variables and URLs, and of APIs."""
    from moto.apigatewayv2.models import apigatewayv2_backends  # noqa: PLC0415 - heavy
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415 - heavy

    pairs = ((before, now), (quote(before, safe=""), quote(now, safe="")))

    def moved(text: str) -> str:
        for old, new in pairs:
            text = text.replace(old, new)
        return text

    for backend in _held(apigatewayv2_backends):
        for api in backend.apis.values():
            api.api_endpoint = moved(api.api_endpoint)
    for backend in _held(lambda_backends):
        for function in backend.list_functions("ALL"):
            told = function.environment_vars
            told.update({name: moved(str(value)) for name, value in told.items()})
            if function.url_config is not None:
                function.url_config.url = moved(function.url_config.url)


def _held(services: Any) -> Iterator[Any]:
    return (backend for regions in list(services.values()) for backend in list(regions.values()))


class _Pickler(pickle.Pickler):
    """Backends are named, not copied: those that refer to each other still do when loaded."""

    def persistent_id(self, thing: Any) -> tuple[str, str, str] | None:
        from moto.core.base_backend import BaseBackend  # noqa: PLC0415 - heavy

        if isinstance(thing, BaseBackend):
            return _key(thing)
        return None

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, LOCKS):
            return (threading.RLock, ()) if isinstance(thing, LOCKS[1]) else (threading.Lock, ())
        if isinstance(thing, weakref.WeakValueDictionary):
            return _weak, (dict(thing.items()),)
        if isinstance(thing, collections.defaultdict) and not isinstance(
            thing.default_factory, type
        ):
            made = thing.default_factory  # a lambda; what it makes tells what it was
            kind = type(made()) if made is not None else None
            return collections.defaultdict, (kind,), None, None, iter(thing.items())
        if type(thing).__module__.startswith("cryptography.") and hasattr(thing, "private_bytes"):
            return _private_key, (_private_der(thing),)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, name: Any) -> Any:
        return _backend(name)


def _can_be_saved(backend: Any) -> bool:
    try:
        _Pickler(io.BytesIO()).dump(vars(backend))
    except Exception as error:  # noqa: BLE001 - whatever a backend holds
        sys.stderr.write(f"{type(backend).__name__} cannot be saved: {type(error).__name__}\n")
        return False
    return True


def _backends() -> Iterator[tuple[tuple[str, str, str], Any]]:
    from moto.core.base_backend import BackendDict  # noqa: PLC0415 - heavy

    for service in list(BackendDict._instances):  # noqa: SLF001 - there is no other list
        for regions in list(service.values()):
            for backend in list(regions.values()):
                yield _key(backend), backend


def _key(backend: Any) -> tuple[str, str, str]:
    kind = f"{type(backend).__module__}:{type(backend).__qualname__}"
    return kind, backend.account_id, backend.region_name


def _backend(key: tuple[str, str, str]) -> Any:
    """Return the live backend of that name, made if need be."""
    from moto.core.base_backend import BackendDict  # noqa: PLC0415 - heavy

    kind, account, region = key
    module, _, name = kind.partition(":")
    for thing in list(vars(importlib.import_module(module)).values()):
        if isinstance(thing, BackendDict) and thing.backend.__qualname__ == name:
            return thing[account][region]
    raise LookupError(name)


def _weak(items: dict[Any, Any]) -> weakref.WeakValueDictionary[Any, Any]:
    return weakref.WeakValueDictionary(items)


def _private_der(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - heavy
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    der: bytes = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return der


def _private_key(der: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - heavy
        load_der_private_key,
    )

    return load_der_private_key(der, None)


def _unusable(why: str) -> SettingsError:
    return SettingsError(
        "the saved state cannot be used",
        why=why,
        fix="Remove the file state.pickle in the folder of this cloud, and deploy again",
    )
