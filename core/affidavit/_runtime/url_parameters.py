"""Read what a URL of a setting says behind its question mark: strictly, and by one rule."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import SplitResult, parse_qsl

from affidavit._lazy import lazy
from affidavit.errors import SettingsError

_NUMBER: Final = lazy(r"[0-9]{1,15}")
_REGION: Final = lazy(r"[a-z]{2}(-[a-z]+)+-[0-9]")


class UrlParameters:
    """The parameters of a URL: each is known, is said once, and is not empty.

    `what` and `fix` say in an error what cannot be used, and how it is written. No
    error repeats what the URL says.

    >>> from urllib.parse import urlsplit
    >>> url = urlsplit("shelf://main?room=2&region=eu-west-1")
    >>> known = ("depth", "region", "room")
    >>> said = UrlParameters(url, known, what="a shelf's URL", fix="shelf://name")
    >>> said.number("room", usual=1, least=1, most=9), said.region(), said.text("depth")
    (2, 'eu-west-1', '')
    """

    __slots__ = ("_fix", "_said", "_what")

    def __init__(self, url: SplitResult, known: Collection[str], *, what: str, fix: str) -> None:
        """Take the parameters of `url`.

        Raises:
            SettingsError: One is not known, is said twice, or is empty, or a # follows.

        """
        pairs = parse_qsl(url.query, keep_blank_values=True)
        self._what = what
        self._fix = fix
        self._said = dict(pairs)
        unknown = len(self._said.keys() - set(known))
        names = ", ".join(sorted(known))
        self.need(not unknown, f"{unknown} of its parameters are not known; known are {names}")
        self.need(len(self._said) == len(pairs), "a parameter is said twice")
        self.need(all(self._said.values()), "a parameter is empty")
        self.need(not url.fragment, "something follows a #")

    def __contains__(self, name: str) -> bool:
        """Tell whether a parameter is said."""
        return name in self._said

    def need(self, holds: bool, why: str) -> None:  # noqa: FBT001 - reads as a sentence
        """Refuse the URL because of `why`, unless it holds.

        Raises:
            SettingsError: It does not.

        """
        if not holds:
            raise SettingsError(f"{self._what} cannot be used", why=why, fix=self._fix)

    def text(self, name: str, form: re.Pattern[str] | None = None, usual: str = "") -> str:
        """Return a parameter; `usual` if it is not said.

        Raises:
            SettingsError: It is said, and has not the form.

        """
        text = self._said.get(name)
        fits = text is None or form is None or form.fullmatch(text) is not None
        self.need(fits, f"{name} has not the right form")
        return usual if text is None else text

    def number(self, name: str, *, usual: int, least: int, most: int) -> int:
        """Return a whole number; `usual` if it is not said.

        Raises:
            SettingsError: It is none, or not within its bounds.

        """
        text = self.text(name, usual=str(usual))
        number = int(text) if _NUMBER.fullmatch(text) else -1
        self.need(least <= number <= most, f"{name} is not a whole number from {least} to {most}")
        return number

    def numbers(self, bounds: Mapping[str, tuple[int, int, int]]) -> dict[str, int]:
        """Return whole numbers by their names; `bounds` has what is usual, least, most.

        Raises:
            SettingsError: One is none, or not within its bounds.

        """
        return {
            name: self.number(name, usual=usual, least=least, most=most)
            for name, (usual, least, most) in bounds.items()
        }

    def region(self) -> str:
        """Return `region`; empty if it is not said.

        Raises:
            SettingsError: It is not the name of a region of AWS.

        """
        return self.text("region", _REGION)
