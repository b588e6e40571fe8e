"""The example that changes data, under the suite that its users have."""

from __future__ import annotations

from affidavit_testing import compliance_suite
from config_service.handler import change, read

SOURCES = {
    "settings": {
        "find_setting": {"name": "orders.retry-limit", "value": "three times", "version": 1},
        "change_setting": [{"changed": 1}],
    }
}

TestRead = compliance_suite(read, policy="hipaa", sources=SOURCES)
TestChange = compliance_suite(change, policy="part11", sources=SOURCES)
