"""Say what an exception of somebody else's means, without its text: it may quote a value."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Final

from affidavit import AffidavitError, SettingsError

_CLOUD: Final = ("botocore", "boto3")
_DENIED: Final = frozenset({"PermissionError", "FileNotFoundError", "NotADirectoryError"})


_POSIX: Final = frozenset({"fcntl", "grp", "pwd", "resource", "termios"})

_LOG_IN: Final = "Log in again: aws sso login, with --profile or AWS_PROFILE if it has a name"
_REMEDIES: Final = {
    "NoCredentialsError": "Give credentials: aws configure, aws sso login, or AWS_PROFILE",
    "PartialCredentialsError": "Give key and secret both: aws configure list shows what is there",
    "ProfileNotFound": "Correct AWS_PROFILE: aws configure list-profiles names those that exist",
    "NoRegionError": "Give a region: AWS_REGION, or region = … in ~/.aws/config",
    **dict.fromkeys(
        ("InvalidClientTokenId", "UnrecognizedClientException"),
        "Correct the credentials: aws sts get-caller-identity tries them",
    ),
    **dict.fromkeys(
        (
            *("SSOError", "SSOTokenLoadError", "TokenRetrievalError", "UnauthorizedSSOTokenError"),
            *("CredentialRetrievalError", "LoginRefreshRequired", "RefreshWithMFAUnsupportedError"),
            *("ExpiredToken", "ExpiredTokenException", "RequestExpired"),
        ),
        _LOG_IN,
    ),
}
"""What helps, by what AWS answered or the name of botocore's exception. Retrying does not."""


def with_remedy(error: AffidavitError) -> AffidavitError:
    """Return an error with what helps where credentials are missing or have expired.

    Whoever called AWS has said in `why` what it answered; what to do about it is the same
    for every plugin.
    """
    for word in error.why.split():
        remedy = _REMEDIES.get(word.strip(",.;:()"))
        if remedy:
            return AffidavitError(error.what, why=error.why, fix=remedy)
    return error


def explain(error: Exception) -> AffidavitError:
    """Return what happened, why and what to do next, for an exception that nobody expected."""
    name = type(error).__name__
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, ModuleNotFoundError) and error.name in _POSIX:
        return SettingsError(
            "this command does not run on this system",
            why=f"it needs {error.name}, which only POSIX systems have",
            fix="Run it on Linux or macOS, in a container or in WSL: see docs/platforms.md",
        )
    if isinstance(error, ModuleNotFoundError) and error.name:
        return SettingsError(
            "something that this command needs is not installed",
            why=f"there is no module {error.name}",
            fix="Install its extra: affidavit plugins list says which",
        )
    if type(error).__module__.partition(".")[0] in _CLOUD:
        code = _code(error)
        return SettingsError(
            "AWS, or what stands in for it, did not do what was asked",
            why=f"it answered {code}" if code else f"asking raised {name}",
            fix="Check the names that you gave, credentials, region and AWS_ENDPOINT_URL",
        )
    return SettingsError(
        "this command broke",
        why=f"{name} was raised in {_place(error)}; its text is not repeated",
        fix="This is a mistake of ours or of a plugin's: please report it with these words",
    )


def _of_system(error: OSError) -> AffidavitError:
    """The system's own words for an error number hold no values; a path is the caller's own."""
    named = error.filename if isinstance(error.filename, str) else ""
    what = f"{named} cannot be used" if named else "a file or a connection cannot be used"
    why = error.strerror if error.errno is not None and error.strerror else type(error).__name__
    denied = type(error).__name__ in _DENIED
    fix = "Check the name and your rights" if denied else "Check the place, its rights and space"
    return SettingsError(what, why=why.lower(), fix=fix)


def _code(error: Exception) -> str:
    said = getattr(error, "response", None)
    code = said.get("Error", {}).get("Code", "") if isinstance(said, dict) else ""
    return code if isinstance(code, str) and code.isidentifier() else ""


def _place(error: Exception) -> str:
    """Return file and line of the last frame that is ours, or of the last one."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if "affidavit" in Path(one.filename).parent.name] or frames
    last = ours[-1] if ours else None
    return f"{Path(last.filename).name}, line {last.lineno}" if last is not None else "the program"
