"""The local cloud: moto, our Lambda, the triggers and the gateways, in one process."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from affidavit_localcloud.beat import every
from affidavit_localcloud.front import Wsgi, make_front, one_at_a_time
from affidavit_localcloud.functions.fleet import Fleet, Limits, Surroundings, forget
from affidavit_localcloud.functions.interpreters import Interpreters
from affidavit_localcloud.functions.later import Later
from affidavit_localcloud.functions.service import Functions
from affidavit_localcloud.functions.spec import Spec
from affidavit_localcloud.functions.traces import TraceDaemons
from affidavit_localcloud.patches import apply_patches
from affidavit_localcloud.patches.calls import (
    keep_aliases_of_mappings,
    leave_polling_to_us,
    run_functions_here,
)
from affidavit_localcloud.patches.events import send_events_to_functions
from affidavit_localcloud.state import load_state
from affidavit_localcloud.triggers.mappings import Mappings
from affidavit_localcloud.triggers.schedules import Schedules

SWEEP_S = 2.0


class Options(NamedTuple):
    """How a local cloud is started. Times in seconds."""

    port: int
    folder: Path
    interpreters: Mapping[str, str]
    limits: Limits = Limits()
    retry_s: float = 1.0
    keep: bool = False

    @property
    def state(self) -> Path:
        """Return where the state is kept."""
        return self.folder / "state.pickle"

    @property
    def endpoint(self) -> str:
        """Return where everything is."""
        return f"http://127.0.0.1:{self.port}"


class Cloud(NamedTuple):
    """What runs beside the application that is served."""

    functions: Functions
    later: Later
    traces: TraceDaemons
    stopping: threading.Event

    def stop(self) -> None:
        """End every environment and every thread."""
        self.stopping.set()
        self.later.close()
        self.functions.fleet.stop()
        self.traces.close()

    def reset(self) -> None:
        """Forget everything that was deployed."""
        from moto.moto_api._internal import moto_api_backend  # noqa: PLC0415 - heavy

        self.functions.fleet.stop(for_good=False)
        moto_api_backend.reset()


def make_cloud(options: Options) -> tuple[Wsgi, Cloud]:
    """Return what to serve and what to end. One per process: moto is changed for good."""
    forget(options.folder)
    apply_patches(options.endpoint)
    traces = TraceDaemons()
    fleet = Fleet(
        Surroundings(
            endpoint=options.endpoint,
            folder=options.folder,
            interpreters=Interpreters(options.folder / "runtimes", options.interpreters),
            limits=options.limits,
            credentials=credentials,
            trace_daemon=traces.address,
        )
    )
    functions = Functions(fleet)
    later = Later(functions, retry_s=options.retry_s)
    run_functions_here(functions, later)
    leave_polling_to_us()
    keep_aliases_of_mappings()
    send_events_to_functions(later)
    stopping = threading.Event()
    every(SWEEP_S, functions.sweep, stopping)
    Mappings(functions, later, stopping)
    Schedules(later, stopping)
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - heavy
        DomainDispatcherApplication,
        create_backend_app,
    )

    aws = DomainDispatcherApplication(create_backend_app)
    if options.keep:
        load_state(options.state)
    cloud = Cloud(functions, later, traces, stopping)
    return make_front(one_at_a_time(aws), functions, cloud.reset), cloud


def credentials(spec: Spec) -> dict[str, str]:
    """Return keys that STS knows as the function's role in a session of its name."""
    from moto.sts.models import sts_backends  # noqa: PLC0415 - heavy

    role = sts_backends[spec.account]["aws"].assume_role(
        region_name=spec.region,
        role_session_name=spec.name,
        role_arn=spec.role,
        policy="",
        duration=43_200,
        external_id="",
    )
    return {
        "AWS_ACCESS_KEY_ID": role.access_key_id,
        "AWS_SECRET_ACCESS_KEY": role.secret_access_key,
        "AWS_SESSION_TOKEN": role.session_token,
    }
