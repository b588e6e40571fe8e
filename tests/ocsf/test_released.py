"""Events are held to the schemas that OCSF has published, version by version: `make ocsf`."""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import repository as repo
from affidavit.plugin import Entry
from affidavit_ledger.ocsf import OCSF_VERSIONS, as_ocsf
from ocsf_facts import OBJECTS, ONE_OF, REQUIRED, chains

SITE = repo.ROOT / "build/ocsf"

if not (SITE / ".ready").exists():
    pytest.skip("there are no schemas here; to fetch them: make ocsf", allow_module_level=True)
sys.path.append(str(SITE))

import ocsf_json_schema  # type: ignore[import-not-found]  # noqa: E402 - it is there now


@cache
def published(version: str) -> Any:
    """Return the schema of a version, as its package carries it."""
    return ocsf_json_schema.get_ocsf_schema(version=version)


@cache
def validator(version: str, profiles: tuple[str, ...]) -> Draft202012Validator:
    """Return what judges API Activity events of a version with some profiles."""
    schema = ocsf_json_schema.OcsfJsonSchemaEmbedded(published(version))
    return Draft202012Validator(
        schema.get_class_schema(class_name="api_activity", profiles=list(profiles))
    )


@given(entries=chains(), version=st.sampled_from(OCSF_VERSIONS))
def test_events_keep_the_published_schema(entries: list[Entry], version: str) -> None:
    """With exactly the profiles that the event itself names."""
    for line in as_ocsf(entries, version):
        event = json.loads(line)
        profiles = tuple(event["metadata"].get("profiles", ()))
        errors = validator(version, profiles).iter_errors(event)
        assert [] == [f"{list(error.path)}: {error.message[:200]}" for error in errors]


@pytest.mark.parametrize("version", OCSF_VERSIONS)
def test_the_schema_would_refuse_what_is_wrong(version: str) -> None:
    """It is a judge: a member that no one knows, and the cloud without its profile."""
    event = {"nonsense": 1, "cloud": {"provider": "AWS"}}
    told = " ".join(error.message for error in validator(version, ()).iter_errors(event))
    assert "nonsense" in told
    assert "cloud" in told
    assert "'time' is a required property" in told


@pytest.mark.parametrize("version", OCSF_VERSIONS)
def test_the_extract_is_what_the_schema_says(version: str) -> None:
    """So that who has no network is not misled."""
    schema = published(version)
    event = schema["classes"]["api_activity"]["attributes"]
    needed = {
        name
        for name, about in event.items()
        if about["requirement"] == "required"
        and not (about.get("profile") or about.get("profiles"))
    }
    assert REQUIRED[""] == needed
    for member, name in OBJECTS.items():
        about = schema["objects"][name]
        required = {
            one for one, said in about["attributes"].items() if said["requirement"] == "required"
        }
        assert REQUIRED.get(member, set()) == required, member
        assert ONE_OF.get(member, set()) == set(
            (about.get("constraints") or {}).get("at_least_one", ())
        ), member
