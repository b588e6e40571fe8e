"""The version, in the one place that the build, the records and the CLI read it from."""

import sys

VERSION = "0.2.0.dev0"


def kernel_form() -> str:
    """Return how this process runs the kernel: `pure` from its sources, or `compiled`.

    >>> kernel_form() in {"pure", "compiled"}
    True
    """
    return "compiled" if "affidavit__mypyc" in sys.modules else "pure"
