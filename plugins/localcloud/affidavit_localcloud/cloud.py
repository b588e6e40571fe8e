"""The local cloud: moto, our Lambda, the triggers and the gateways, in one process."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from affidavit_localcloud.functions.asynchronous import AsynchronousQueue
from affidavit_localcloud.functions.debug_ports import DebugPorts
from affidavit_localcloud.functions.environment_start import Limits, PoolConfig
from affidavit_localcloud.functions.interpreters import Interpreters
from affidavit_localcloud.functions.pool import Pool, forget
from affidavit_localcloud.functions.service import Functions
from affidavit_localcloud.functions.spec import Spec
from affidavit_localcloud.functions.traces import TraceDaemons
from affidavit_localcloud.kept_state import load_state
from affidavit_localcloud.patches import apply_patches
from affidavit_localcloud.patches.calls import (
    keep_aliases_of_mappings,
    leave_polling_to_us,
    run_functions_here,
)
from affidavit_localcloud.patches.eventbridge import send_events_to_functions
from affidavit_localcloud.patches.machines import sign_as_machines
from affidavit_localcloud.rights.access import AccessControl
from affidavit_localcloud.rights.gate import guarded
from affidavit_localcloud.rights.resources import Region, session_of
from affidavit_localcloud.router import Wsgi, make_router, one_at_a_time
from affidavit_localcloud.ticker import every
from affidavit_localcloud.triggers.event_source_mappings import Mappings
from affidavit_localcloud.triggers.schedules import Schedules
from affidavit_localcloud.watching.alarms import AlarmEvaluator
from affidavit_localcloud.watching.measured import Measured
from affidavit_localcloud.watching.metric_sources import (
    FunctionMetrics,
    measure_queues,
    measure_what_is_put,
)

SWEEP_S = 2.0


class Options(NamedTuple):
    """How a local cloud is started. Times in seconds."""

    port: int
    folder: Path
    interpreters: Mapping[str, str]
    limits: Limits = Limits()
    retry_s: float = 1.0
    keep: bool = False
    rights: bool = True
    debug: Mapping[str, int] = {}
    process: int | None = None
    """With which process it ends, too."""

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
    queue: AsynchronousQueue
    traces: TraceDaemons
    stopping: threading.Event
    access: AccessControl
    measured: Measured

    def stop(self) -> None:
        """End every environment and every thread."""
        self.stopping.set()
        self.queue.close()
        self.functions.pool.stop()
        self.traces.close()

    def reset(self) -> None:
        """Forget everything that was deployed."""
        from moto.moto_api._internal import moto_api_backend  # noqa: PLC0415 - heavy

        self.functions.pool.stop(for_good=False)
        self.functions.counts.clear()
        moto_api_backend.reset()
        self.access.forget()
        self.measured.clear()


def make_cloud(options: Options) -> tuple[Wsgi, Cloud]:
    """Return what to serve and what to end. One per process: moto is changed for good."""
    forget(options.folder)
    apply_patches(options.endpoint)
    access = AccessControl(on=options.rights)
    traces = TraceDaemons()
    pool = Pool(
        PoolConfig(
            endpoint=options.endpoint,
            folder=options.folder,
            interpreters=Interpreters(options.folder / "runtimes", options.interpreters),
            limits=options.limits,
            credentials=credentials,
            access=access,
            trace_daemon=traces.address,
            debug=DebugPorts(options.folder / "debug", options.debug),
        )
    )
    measured = Measured()
    measure_what_is_put(measured)
    functions = Functions(pool, FunctionMetrics(measured))
    queue = AsynchronousQueue(functions, retry_s=options.retry_s)
    run_functions_here(functions, queue)
    leave_polling_to_us()
    keep_aliases_of_mappings()
    send_events_to_functions(queue, access)
    sign_as_machines()
    stopping = threading.Event()
    cloud = Cloud(functions, queue, traces, stopping, access, measured)
    _start(cloud)
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - heavy
        DomainDispatcherApplication,
        create_backend_app,
    )

    aws = DomainDispatcherApplication(create_backend_app)
    if options.keep:
        load_state(options.state, options.endpoint)
    return make_router(guarded(one_at_a_time(aws), access), functions, cloud.reset), cloud


def _start(cloud: Cloud) -> None:
    """Start what goes on by itself: what ends, polls, rings and watches."""
    evaluator = AlarmEvaluator(cloud.measured, cloud.access, cloud.queue.take)
    every(SWEEP_S, cloud.functions.sweep, cloud.stopping)
    every(SWEEP_S, lambda: measure_queues(cloud.measured), cloud.stopping)
    every(SWEEP_S, evaluator.look, cloud.stopping)
    Mappings(cloud.functions, cloud.queue, cloud.stopping)
    Schedules(cloud.queue, cloud.access, cloud.stopping)


def credentials(spec: Spec) -> dict[str, str]:
    """Return keys that STS knows as the function's role in a session of its name."""
    role = session_of(Region(spec.account, spec.region), spec.role, spec.name)
    return {
        "AWS_ACCESS_KEY_ID": role.access_key_id,
        "AWS_SECRET_ACCESS_KEY": role.secret_access_key,
        "AWS_SESSION_TOKEN": role.session_token,
    }
