"""Why a release stops: either the line says no, or something could not be done."""

from __future__ import annotations

from enum import Enum, unique

from affidavit import AffidavitError, SetupError


@unique
class Reason(Enum):
    """Why the line says no. Records carry the word in `out.err`."""

    UNAUDITED = "Unaudited"
    """A function of the release leaves no evidence, and the environment has a gate."""

    GATE_SKIPPED = "GateSkipped"
    """The environment before has not passed."""

    UNAPPROVED = "Unapproved"
    """The gate's role has not approved this release."""

    ROLE_MISSING = "RoleMissing"
    """Who decides does not have the role that the gate asks for."""

    IDENTITY_UNPROVEN = "IdentityUnproven"
    """The rules ask for an identity that AWS knows, and this one is only asserted."""

    OWN_BUILD = "OwnBuild"
    """Who decides has written or built what is decided about."""

    DEAD = "Dead"
    """The version failed or was rejected; a dead one stays dead."""

    UNKNOWN = "Unknown"
    """The version was never built, or is not in that environment."""

    UNCOMMITTED = "Uncommitted"
    """The tree has changes that no commit holds."""

    BUNDLE_BAD = "BundleBad"
    """A bundle did not pass its check, or is not what its manifest says."""

    VERSION_TAKEN = "VersionTaken"
    """Other bytes are kept under this version."""

    NOT_BUILT = "NotBuilt"
    """The bytes are not those that were built."""

    NOT_IN_VAULT = "NotInVault"
    """The vault does not have this version, or not all of it."""

    SIGNATURE_BROKEN = "SignatureBroken"
    """The release's signature does not hold."""

    BYTES_ALTERED = "BytesAltered"
    """An object of the vault is not what the signed list says."""

    FOREIGN_BYTES = "ForeignBytes"
    """What is live is not what the vault has."""

    WRITE_IN_PROD = "WriteInProd"
    """A smoke test that writes was about to run where only reading is allowed."""

    SMOKE_FAILED = "SmokeFailed"
    """A smoke test failed."""

    CANARY_OPEN = "CanaryOpen"
    """A part of the traffic goes to a release that is neither finished nor taken back."""

    UNWATCHED = "Unwatched"
    """The share has not been watched for as long as Terraform says."""

    ALARM_RAISED = "AlarmRaised"
    """An alarm was raised already before any traffic was moved."""

    CANARY_FAILED = "CanaryFailed"
    """An alarm was raised while a release had a share of the traffic."""

    BUSY = "Busy"
    """Another release is being deployed there."""

    SUPERSEDED = "Superseded"
    """Another command has taken over what this one was doing."""

    UNREASONED = "Unreasoned"
    """Who decides has given no reason."""

    REJECTED = "Rejected"
    """Somebody said no, and why."""


class ReleaseError(SetupError):
    """A step cannot be done: rules, tools or a target are not as they should be."""


class TargetMovedError(ReleaseError):
    """Something else is live by now than what was seen when the step began."""

    def __init__(self) -> None:
        super().__init__(
            "an environment was changed by somebody else meanwhile",
            why="what is live is no longer what was live when this step began",
            fix="See affidavit release status, and run the command again",
        )


class ReleaseRefusedError(AffidavitError):
    """The line says no. The refusal is on record."""

    def __init__(self, reason: Reason, what: str, *, why: str, fix: str) -> None:
        super().__init__(what, why=why, fix=fix)
        self.reason = reason
