"""What stands before AWS in this cloud: a request passes if whoever signed it may do it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from affidavit_localcloud.rights.access import AccessControl, DeniedError
from affidavit_localcloud.rights.aws_requests import ApiCall, read_call
from affidavit_localcloud.rights.denials import DenialAnswer, answer
from affidavit_localcloud.rights.evaluate import Caller
from affidavit_localcloud.rights.needs import OF_SERVICE, Need, plain_need
from affidavit_localcloud.rights.needs_dynamodb import of_dynamodb
from affidavit_localcloud.rights.needs_s3 import of_s3
from affidavit_localcloud.rights.resources import ACCOUNT, Region

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]

UNKNOWN_KEY: Final = DenialAnswer(
    "InvalidClientTokenId", "The security token included in the request is invalid."
)
DENIED: Final = "AccessDeniedException"
OF_KEYS: Final = {"sqs": "KMS.AccessDeniedException"}


def guarded(aws: Wsgi, access: AccessControl) -> Wsgi:
    """Return `aws` behind the gate."""

    def serve(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        call = read_call(environ) if access.on else None
        if call is None:  # signed by nobody: moto answers, as it does for public objects
            return aws(environ, start)
        who = access.who(call.key)
        if not who.known:
            return answer(call, UNKNOWN_KEY)(start)
        if who.caller is None:
            return aws(environ, start)
        try:
            access.demand(who.caller, needs_of(call))
            if _looks_for_an_object(call):
                return _hiding(aws, access, who.caller, call)(environ, start)
        except DeniedError as denied:
            return answer(call, _refusal(call, denied))(start)
        return aws(environ, start)

    return serve


def needs_of(call: ApiCall) -> Iterator[Need]:
    """Yield every right that a call needs."""
    place = Region(ACCOUNT, call.region)
    if call.service in {"s3", "s3express"}:
        yield from of_s3(call, place)
    elif call.service == "dynamodb":
        yield from of_dynamodb(call, place)
    else:
        read = OF_SERVICE.get(call.service)
        yield from read(call, place) if read is not None else (plain_need(call),)


def _refusal(call: ApiCall, denied: DeniedError) -> DenialAnswer:
    if denied.question.action.startswith("kms:") and call.service != "kms":
        return DenialAnswer(OF_KEYS.get(call.service, DENIED), str(denied))
    return DenialAnswer(DENIED, str(denied))


def _looks_for_an_object(call: ApiCall) -> bool:
    reads = call.service == "s3" and call.method in {"GET", "HEAD"}
    return reads and "/" in call.path.lstrip("/").rstrip("/")


def _hiding(aws: Wsgi, access: AccessControl, caller: Caller, call: ApiCall) -> Wsgi:
    """Answer 403 for an object that is not there, unless the caller may list the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """

    def serve(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        said: list[Any] = []
        body = b"".join(aws(environ, lambda *told: said.append(told)))
        if str(said[0][0]).startswith("404"):
            bucket = call.path.lstrip("/").partition("/")[0]
            access.demand(caller, (Need("s3:ListBucket", f"arn:aws:s3:::{bucket}"),))
        start(*said[0])
        return [body]

    return serve
