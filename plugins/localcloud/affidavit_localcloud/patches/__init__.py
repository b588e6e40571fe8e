"""What moto 5.2.5 needs so that Terraform's AWS provider 5.100 can work with it.

Each patch is a function of its own, and each has a test in
`tests/plugins/localcloud/test_patches.py` that runs the unpatched moto and fails
on the day when the patch can go.
"""

from __future__ import annotations

from collections.abc import Callable

from affidavit_localcloud.patches.bucket_policies import leave_conditions_of_bucket_policies_out
from affidavit_localcloud.patches.dispatch import list_modules_once
from affidavit_localcloud.patches.endpoints import point_gateways_here, point_urls_here
from affidavit_localcloud.patches.function_settings import keep_function_settings
from affidavit_localcloud.patches.kinesis_tags import keep_tags_of_streams
from affidavit_localcloud.patches.lakes import add_lake_actions
from affidavit_localcloud.patches.log_actions import add_log_actions
from affidavit_localcloud.patches.machines import (
    list_versions_of_machines,
    run_machines,
    validate_definitions,
)
from affidavit_localcloud.patches.multi_region_keys import (
    keep_what_replicas_are_given,
    make_room_for_ids_of_multi_region_keys,
)
from affidavit_localcloud.patches.sampling import keep_sampling_rules
from affidavit_localcloud.patches.sqs_attributes import tell_redrive_policies_as_sent
from affidavit_localcloud.patches.transactions import copy_what_transactions_touch
from affidavit_localcloud.patches.unknown import refuse_unknown_actions_at_once

PATCHES: tuple[Callable[[], None], ...] = (
    list_modules_once,
    refuse_unknown_actions_at_once,
    validate_definitions,
    list_versions_of_machines,
    run_machines,
    keep_function_settings,
    add_log_actions,
    add_lake_actions,
    tell_redrive_policies_as_sent,
    leave_conditions_of_bucket_policies_out,
    keep_sampling_rules,
    keep_tags_of_streams,
    make_room_for_ids_of_multi_region_keys,
    keep_what_replicas_are_given,
    copy_what_transactions_touch,
)
"""Patches that need to know nothing of this cloud."""


def apply_patches(endpoint: str) -> None:
    """Change moto, once per process, before it serves anything."""
    for patch in PATCHES:
        patch()
    point_gateways_here(endpoint)
    point_urls_here(endpoint)
