"""The promises of the policy, as tests, for every function of functions.toml."""

from affidavit_testing import service_suites

ROW = {"id": "I-100001", "state": "open"}

globals().update(
    service_suites("functions.toml", functions={"read": {"sources": {"items": {"find_item": ROW}}}})
)
