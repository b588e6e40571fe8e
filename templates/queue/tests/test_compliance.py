"""The promises of the policy, as tests, for every function of functions.toml."""

from affidavit_testing import service_suites

SOURCES = {"items": {"change_state": {"changed": 1}}}

globals().update(service_suites("functions.toml", functions={"take": {"sources": SOURCES}}))
