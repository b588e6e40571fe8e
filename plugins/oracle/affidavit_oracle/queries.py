"""Run one query: acquire, tag, begin read-only, execute, fetch, give back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import oracledb

from affidavit import Query, Row, Scalar, SourceError
from affidavit.plugin import Permit
from affidavit_oracle.column_values import Limit, bind_values, exact_numbers, fetch_rows, refused
from affidavit_oracle.deadline import Deadline
from affidavit_oracle.faults import CALL_TIMEOUT, OracleFault, error_of, fault_of
from affidavit_oracle.location import OracleLocation
from affidavit_oracle.sessions import Lease, Sessions

READ_ONLY: Final = "set transaction read only"
"""What makes a write an ORA-01456, whatever function a statement calls."""

TAG_CHARACTERS: Final = 64
"""What Oracle keeps of a module, an action and a client identifier, since 12.2."""

FIRST_S: Final = 2.0
"""What the first call of a read may take: it shows that somebody is there."""

_FOREIGN: Final = re.compile(r"[^A-Za-z0-9_.:/$-]")


class QueryJob(NamedTuple):
    """One query that has been checked, with what it needs to run."""

    location: OracleLocation
    permit: Permit
    query: Query
    binds: Mapping[str, Scalar]
    max_rows: int


def run(sessions: Sessions, job: QueryJob) -> Sequence[Row]:
    """Run a query within the permit's `deadline_s`.

    A read on a connection that turns out to be dead is tried once more on
    another one; a write never is.

    Raises:
        SourceError: See its subclasses. No text of Oracle's is repeated.

    """
    query = job.query
    deadline = Deadline(job.permit.deadline_s)
    job = job._replace(binds=bind_values(query, job.binds))
    again = not query.write
    while True:
        lease = sessions.acquire(deadline)
        try:
            rows = _work(lease.connection, job, deadline)
        except (oracledb.Error, OSError) as error:
            fault = fault_of(error)
        except (SourceError, ValueError, OverflowError) as error:
            sessions.release(lease, deadline)
            if isinstance(error, SourceError):
                raise
            raise refused(query, "a bind value has no place in Oracle") from None
        except BaseException:
            sessions.drop(lease)
            raise
        else:
            sessions.release(lease, deadline)
            return rows
        _give_back(sessions, lease, fault, deadline)
        if not (fault.dead and again):
            uncertain = query.write and (fault.dead or fault.code == CALL_TIMEOUT)
            raise error_of(f"query {query.name} failed", fault, uncertain=uncertain)
        again = False


def _work(connection: Any, job: QueryJob, deadline: Deadline) -> list[Row]:
    def patience() -> None:
        connection.call_timeout = deadline.call_ms()

    query = job.query
    _tag(connection, job.permit)
    with connection.cursor() as cursor:
        cursor.arraysize = min(job.location.array, job.max_rows + 1)
        # One more than is asked for tells in the same round trip that there is no more.
        cursor.prefetchrows = cursor.arraysize + 1
        cursor.outputtypehandler = exact_numbers
        if not query.write:
            # If nobody is there, the driver waits for this time twice.
            connection.call_timeout = deadline.call_ms(share=0.5, most_s=FIRST_S)
            cursor.execute(READ_ONLY)
        patience()
        cursor.execute(_without_end(query.sql), job.binds)
        if not query.write:
            limit = Limit(job.max_rows, job.location.lob_bytes, patience)
            return fetch_rows(query, cursor, limit)
        changed = int(cursor.rowcount)
        patience()
        connection.commit()
        return [{"changed": changed}]


def _give_back(sessions: Sessions, lease: Lease, fault: OracleFault, deadline: Deadline) -> None:
    if fault.dead or fault.code == CALL_TIMEOUT:
        sessions.drop(lease)
    else:
        sessions.release(lease, deadline)


def _tag(connection: Any, permit: Permit) -> None:
    """Say who asks, so that Oracle's own audit trail joins ours. Costs no round trip.

    The actor is a token, not a name. None is said too: the connection may have
    been somebody else's before.
    """
    connection.client_identifier = _tag_of(str(permit.actor or ""))
    connection.module = _tag_of(permit.function)
    connection.action = _tag_of(permit.request_id)


def _tag_of(text: str) -> str:
    return _FOREIGN.sub("_", text)[:TAG_CHARACTERS]


def _without_end(sql: str) -> str:
    """Leave the semicolon out, which Oracle takes for a mistake."""
    return sql.rstrip().removesuffix(";")
