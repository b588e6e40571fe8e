"""In-memory stand-ins and contract checks, for our tests and for yours.

    >>> from affidavit.testing import FakeContext, make_runtime, run
    >>> runtime = make_runtime()
    >>> run(handler, {"id": "A1"}, runtime)
    >>> [record.phase for record in runtime.records]
    ['I', 'O']

Nothing here touches a network or a disk. `check_ledger` and `check_source` hold
a plugin's ledger or source to the promises that the kernel relies on.
"""

from affidavit._records.memory import MemoryStore, MemorySubjects, memory_ledger
from affidavit._sources.source import AnyQuery, AnySource, runner
from affidavit.testing.batch_events import dynamodb_stream, eventbridge, kinesis, s3, sns, sqs
from affidavit.testing.bench import Bench, make_runtime, run, use_runtime
from affidavit.testing.contracts import check_ledger, check_source
from affidavit.testing.http_events import alb, api_gateway_v1, api_gateway_v2, function_url, step
from affidavit.testing.lambda_context import FakeClock, FakeContext
from affidavit.testing.listening import (
    OutsideAccess,
    accounted_for,
    begin_to_listen,
    follow_connection,
    heard_by,
    is_temporary,
)
from affidavit.testing.memory_source import MemorySource
from affidavit.testing.platform_events import platform_event
from affidavit.testing.reading import RequestReader

__all__ = [
    "AnyQuery",
    "AnySource",
    "Bench",
    "FakeClock",
    "FakeContext",
    "MemorySource",
    "MemoryStore",
    "MemorySubjects",
    "OutsideAccess",
    "RequestReader",
    "accounted_for",
    "alb",
    "api_gateway_v1",
    "api_gateway_v2",
    "begin_to_listen",
    "check_ledger",
    "check_source",
    "dynamodb_stream",
    "eventbridge",
    "follow_connection",
    "function_url",
    "heard_by",
    "is_temporary",
    "kinesis",
    "make_runtime",
    "memory_ledger",
    "platform_event",
    "run",
    "runner",
    "s3",
    "sns",
    "sqs",
    "step",
    "use_runtime",
]
