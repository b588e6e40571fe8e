"""What a policy can say of access, by sources and past them: part of the declaration in `model.py`.

Annotations are evaluated, as there.
"""

from typing import Annotated, NamedTuple

from affidavit._policy.words import Form, Literals, Merge, OffRecord, Setting


class SourceRules(NamedTuple):
    """What a statement may hold when it goes to a source.

    >>> load_policy("hipaa").sources
    SourceRules(literals=<Literals.REFUSE: 'refuse'>)
    """

    literals: Annotated[
        Literals, Setting("whether a statement may hold values of its own", Merge.STRICTEST)
    ]


HostName = Annotated[str, Form((1, 253), r"^(?:\*\.)?[A-Za-z0-9:][A-Za-z0-9.:_-]*$")]
OperationName = Annotated[
    str, Form((1, 200), r"^[a-z0-9-]+\.(?:\*|[A-Za-z0-9]+)(?: [A-Za-z0-9._:/-]+)?$")
]
PathName = Annotated[str, Form((1, 256), r"^[!-~](?:[ -~]*[!-~])?$")]


class OffRecordRules(NamedTuple):
    """What happens to access that no source makes, and what is expected of it."""

    mode: Annotated[
        OffRecord,
        Setting("what happens to what a handler reads past its sources", Merge.STRICTEST),
    ]
    hosts: Annotated[
        tuple[HostName, ...],
        Setting("hosts that may be reached, by name; `*.` for all below one", Merge.JOINED),
    ] = ()
    operations: Annotated[
        tuple[OperationName, ...],
        Setting(
            "calls of AWS that may be made: `dynamodb.GetItem`, `s3.*`, or `sqs.SendMessage "
            "<queue>` for one resource",
            Merge.JOINED,
        ),
    ] = ()
    paths: Annotated[
        tuple[PathName, ...],
        Setting("files and programs that may be used, and folders with all below", Merge.JOINED),
    ] = ()
