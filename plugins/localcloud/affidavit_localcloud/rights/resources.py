"""What is deployed, as far as rights depend on it: keys, policies, names. Read from moto."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from affidavit_localcloud.rights.documents import PolicyDocument, read_policy

ACCOUNT = "123456789012"
"""moto's, unless a key says otherwise."""

GLOBAL = frozenset({"iam", "s3", "sts"})
"""Services that moto keeps once for all regions."""


class Region(NamedTuple):
    """One region of one account."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of something here; what is an ARN already stays as it is."""
        if resource.startswith("arn:"):
            return resource
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def backend(self, service: str) -> Any:
        """Return moto's part for a service."""
        import moto.backends  # noqa: PLC0415 - heavy

        found: Any = moto.backends.get_backend(service)
        return found[self.account]["aws" if service in GLOBAL else self.region]

    def key_arn(self, name: str) -> str:
        """Return a key's ARN by its id, ARN or alias; empty if there is none."""
        keys = self.backend("kms")
        with contextlib.suppress(Exception):
            return str(keys.keys[keys.any_id_to_key_id(name)].arn)
        return name if name.startswith("arn:") and ":key/" in name else ""

    def table(self, name: str) -> Any:
        """Return moto's table, or None."""
        return self.backend("dynamodb").tables.get(name.rpartition("/")[2])

    def table_key(self, name: str) -> str:
        """Return the ARN of the key that encrypts a table; empty for AWS's own."""
        told = getattr(self.table(name), "sse_specification", None) or {}
        return self.key_arn(str(told.get("KMSMasterKeyId") or "")) if told.get("Enabled") else ""

    def queue_key(self, name: str) -> str:
        """Return the ARN of the key that encrypts a queue."""
        queue = self.backend("sqs").queues.get(name)
        key = getattr(queue, "kms_master_key_id", None)
        return self.key_arn(str(key)) if key else ""

    def bucket(self, name: str) -> Any:
        """Return moto's bucket, or None."""
        return self.backend("s3").buckets.get(name)

    def bucket_key(self, name: str) -> str:
        """Return the ARN of the key that encrypts a bucket unless a request names another."""
        told = getattr(self.bucket(name), "encryption", None) or {}
        rule = told.get("Rule") or {}
        listed = rule if isinstance(rule, list) else [rule]
        for one in listed:
            default = one.get("ApplyServerSideEncryptionByDefault") or {}
            if default.get("SSEAlgorithm") == "aws:kms":
                return self.key_arn(str(default.get("KMSMasterKeyID") or ""))
        return ""

    def object_key(self, bucket: str, name: str) -> str:
        """Return the ARN of the key that encrypts an object."""
        found = None
        with contextlib.suppress(Exception):
            found = self.backend("s3").get_object(bucket, name)
        if getattr(found, "encryption", None) != "aws:kms":
            return ""
        key = getattr(found, "kms_key_id", None)
        return self.key_arn(str(key)) if key else self.bucket_key(bucket)

    def secret(self, name: str) -> Any:
        """Return moto's secret, or None."""
        with contextlib.suppress(Exception):
            return self.backend("secretsmanager").secrets[name]
        return None


def resource_policy(resource: str) -> PolicyDocument | None:
    """Return the policy that hangs on a resource; None if there is none, or there can be none."""
    fields = [*resource.split(":", 5), "", "", "", "", "", ""][:6]
    _, _, service, region, account, name = fields
    read = _POLICIES.get(service)
    if read is None:
        return None
    with contextlib.suppress(Exception):  # it may be gone meanwhile
        document = read(Region(account or ACCOUNT, region), resource, name)
        return read_policy(resource, document) if document else None
    return None


def _of_table(place: Region, resource: str, _: str) -> Any:
    plain = "/".join(resource.split("/")[:2])  # an index has its table's policy, a stream its own
    return (
        place.backend("dynamodb")
        .resource_policies[resource if "/stream/" in resource else plain]
        .policy_doc
    )


def _of_bucket(place: Region, _: str, name: str) -> Any:
    return place.bucket(name.partition("/")[0]).policy


def _of_function(place: Region, resource: str, name: str) -> Any:
    """Return the statements for the qualifier that is called, and no others."""
    plain = ":".join(name.split(":")[:2])
    function = place.backend("lambda").get_function(place.arn("lambda", plain))
    listed = [one for one in function.policy.statements if one.get("Resource") == resource]
    return {"Statement": listed} if listed else None


def _of_role(place: Region, resource: str, _: str) -> Any:
    role = place.backend("iam").get_role_by_arn(resource)
    return role.assume_role_policy_document if ":role/" in resource else None


_POLICIES: Mapping[str, Any] = {
    "dynamodb": _of_table,
    "s3": _of_bucket,
    "lambda": _of_function,
    "kms": lambda place, _, name: place.backend("kms").keys[name.rpartition("/")[2]].policy,
    "sqs": lambda place, _, name: place.backend("sqs").queues[name].policy,
    "sns": lambda place, arn, _: place.backend("sns").topics[arn].policy,
    "secretsmanager": lambda place, arn, _: place.secret(arn).policy,
    "iam": _of_role,
}


def identity_policies(role: Any) -> tuple[PolicyDocument, ...]:
    """Return what a role's or user's own policies say."""
    inline = ((name, document) for name, document in role.policies.items())
    managed = ((one.name, _document(one)) for one in role.managed_policies.values())
    return tuple(_readable((*inline, *managed)))


def _document(policy: Any) -> str:
    """Return the text of a managed policy's default version."""
    return next(str(one.document) for one in policy.versions if one.is_default)


def _readable(named: tuple[tuple[str, Any], ...]) -> Iterator[PolicyDocument]:
    for name, document in named:
        with contextlib.suppress(ValueError):
            yield read_policy(name, document)


def holders() -> Iterator[tuple[str, tuple[PolicyDocument, ...]]]:
    """Yield every role and user with its own policies."""
    iam = Region(ACCOUNT, "").backend("iam")
    for one in (*list(iam.roles.values()), *list(iam.users.values())):
        yield str(one.arn), identity_policies(one)


def boundary_of(place: Region, role: Any) -> PolicyDocument | None:
    """Return the boundary of a role or user."""
    arn = getattr(role, "permissions_boundary_arn", None) or getattr(
        role, "permissions_boundary", None
    )
    if not arn:
        return None
    arn = arn if isinstance(arn, str) else arn.get("PermissionsBoundaryArn", "")
    found = place.backend("iam").managed_policies.get(arn)
    # A boundary that is gone limits everything: AWS keeps one from being deleted.
    return read_policy("boundary", _document(found) if found is not None else {})


def granted(place: Region, action: str, resource: str, principals: tuple[str, ...]) -> bool:
    """Tell whether a grant of the key lets somebody do this."""
    key = place.backend("kms").keys.get(resource.rpartition("/")[2])
    name = action.partition(":")[2]
    grants = getattr(key, "grants", {}) or {}
    return any(
        one.grantee_principal in principals and name in one.operations
        for one in (grants.values() if isinstance(grants, dict) else grants)
    )


def session_of(place: Region, role: str, name: str) -> Any:
    """Return moto's session of a role, with keys that its bearer signs with."""
    return place.backend("sts").assume_role(
        region_name=place.region,
        role_session_name=name,
        role_arn=role,
        policy="",
        duration=43_200,
        external_id="",
    )
