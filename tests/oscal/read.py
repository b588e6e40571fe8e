"""Read a report with the reference implementation of OSCAL, in an environment of its own.

build/oscal/1.1.3/bin/python tests/oscal/read.py report.oscal.json
"""

from __future__ import annotations

import pathlib
import sys

import trestle
from trestle.oscal import OSCAL_VERSION, assessment_results


def main(path: str) -> int:
    """Print its version, OSCAL's, and how many results it has read; it raises for a violation."""
    found = assessment_results.AssessmentResults.oscal_read(pathlib.Path(path))
    sys.stdout.write(f"{trestle.__version__} {OSCAL_VERSION} {len(found.results)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
