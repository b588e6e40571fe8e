"""The promises of the policy, as tests, for every function of functions.toml."""

from affidavit.testing import api_gateway_v2
from affidavit_testing import service_suites

CALLER = {"jwt": {"claims": {"sub": "ada"}}}
EVENT = api_gateway_v2(path="/items/I-100001", parameters={"id": "I-100001"}, authorizer=CALLER)

globals().update(service_suites("functions.toml", functions={"read": {"events": [EVENT]}}))
