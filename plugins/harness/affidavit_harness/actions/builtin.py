"""Every action that comes with the harness."""

from __future__ import annotations

from affidavit.plugin import AtomicAction
from affidavit_harness.actions.buckets import BUCKETS
from affidavit_harness.actions.buses import BUSES
from affidavit_harness.actions.dynamodb import DYNAMODB
from affidavit_harness.actions.evidence import EVIDENCE
from affidavit_harness.actions.http_actions import HTTP
from affidavit_harness.actions.lambda_actions import FUNCTIONS
from affidavit_harness.actions.mail_actions import MAIL
from affidavit_harness.actions.platform_actions import PLATFORM
from affidavit_harness.actions.queue_actions import QUEUES

BUILTIN: tuple[AtomicAction, ...] = (
    *HTTP,
    *DYNAMODB,
    *FUNCTIONS,
    *QUEUES,
    *BUSES,
    *BUCKETS,
    *EVIDENCE,
    *MAIL,
    *PLATFORM,
)
