"""The demonstration: three releases, two graves, one that goes live."""

from affidavit_release.demo.play import run_demo

__all__ = ["run_demo"]
