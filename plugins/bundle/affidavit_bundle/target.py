"""What a bundle is made for: a Python of Lambda on one processor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from affidavit_bundle.errors import BundleError

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

GLIBC: Final = {"3.11": (2, 26), "3.12": (2, 34), "3.13": (2, 34), "3.14": (2, 34)}
"""Pythons of Lambda and their C library.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html: 3.11 runs on
Amazon Linux 2 (glibc 2.26), later ones on Amazon Linux 2023 (glibc 2.34).
"""

MACHINES: Final = {"x86_64": "x86_64", "arm64": "aarch64"}
"""Lambda's name of a processor, and the name in the tags of wheels."""

ZIP_LIMIT: Final = 50 * 1024 * 1024
UNPACKED_LIMIT: Final = 250 * 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

PROVIDED: Final = frozenset(
    {"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"}
)
"""Distributions that Lambda's Python runtimes bring along."""

PROVIDED_MODULES: Final = (
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "s3transfer",
    "six",
    "urllib3",
)

LAGGING: Final[Mapping[str, tuple[str, ...]]] = {"urllib3": ("1.26.18", "2.5.0")}
"""Of these a runtime brings an old version or a newer one, and nobody says for how long which.

Each version here has to be good enough for whoever asks, or the bundle has its own: a function's
folder comes before the runtime's on Lambda's path, so botocore takes that one, too.
"""


def is_provided(name: str, wanted: SpecifierSet) -> bool:
    """Tell whether what Lambda's runtime brings along is enough for a requirement."""
    return name in PROVIDED and all(map(wanted.contains, LAGGING.get(name, ())))


class Target(NamedTuple):
    """One Python, one processor."""

    python: str
    arch: str

    @property
    def runtime(self) -> str:
        """Return Lambda's name, e.g. `python3.11`."""
        return f"python{self.python}"

    @property
    def numbers(self) -> tuple[int, int]:
        """Return the version as it is compared."""
        major, minor = self.python.split(".")
        return int(major), int(minor)

    @property
    def extension_tag(self) -> str:
        """Return what stands in the name of an extension, e.g. `cpython-311-x86_64-linux-gnu`."""
        return f"cpython-{self.python.replace('.', '')}-{self.machine}-linux-gnu"

    @property
    def machine(self) -> str:
        """Return the name in the tags of wheels, e.g. `aarch64`."""
        return MACHINES[self.arch]

    @property
    def glibc(self) -> tuple[int, int]:
        """Return the C library that is there; nothing may need a later one."""
        return GLIBC[self.python]

    @property
    def platforms(self) -> tuple[str, ...]:
        """Return the tags of wheels that run there, best first."""
        newest = self.glibc[1]
        tags = [f"manylinux_2_{minor}_{self.machine}" for minor in range(newest, 16, -1)]
        tags.append(f"manylinux2014_{self.machine}")
        if self.arch == "x86_64":  # older agreements know no other processor of Lambda's
            tags += [f"manylinux_2_{minor}_x86_64" for minor in range(16, 4, -1)]
            tags += ["manylinux2010_x86_64", "manylinux1_x86_64"]
        return (*tags, f"linux_{self.machine}")

    @property
    def marker_environment(self) -> dict[str, str]:
        """Return what markers of requirements are compared with."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }


def check_target(python: str, arch: str) -> Target:
    """Return the target, or say which there are.

    Raises:
        BundleError: Lambda has no such runtime, or we do not know it.

    """
    if python in GLIBC and arch in MACHINES:
        return Target(python, arch)
    raise BundleError(
        f"there is no target python {python} on {arch}",
        why="a bundle is checked against what the runtime has, and this one is not known",
        fix=f"Use one of {', '.join(GLIBC)} on {' or '.join(MACHINES)}",
    )
