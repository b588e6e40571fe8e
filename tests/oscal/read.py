"""Read a document of OSCAL with the reference implementation, in an environment of its own.

build/oscal/new/bin/python tests/oscal/read.py report.oscal.json
"""

from __future__ import annotations

import pathlib
import sys

import trestle
from trestle.oscal import OSCAL_VERSION, assessment_results


def main(path: str) -> int:
    """Print the versions of reader and document; an exception is a violation."""
    found = assessment_results.AssessmentResults.oscal_read(pathlib.Path(path))
    version = found.metadata.oscal_version
    told = getattr(version, "root", getattr(version, "__root__", version))
    sys.stdout.write(f"{trestle.__version__} {OSCAL_VERSION} {told} {len(found.results)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
