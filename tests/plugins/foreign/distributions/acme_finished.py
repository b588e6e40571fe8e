"""A foreign observer: it prints how each invocation ended."""

from affidavit.plugin import Record, hookimpl


@hookimpl
def affidavit_finished(record: Record) -> None:
    print("finished", record.document["act"], record.status, record.code)
