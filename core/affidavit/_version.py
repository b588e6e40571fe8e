"""The version, in the one place that the build, the records and the CLI read it from."""

VERSION = "0.1.0"
