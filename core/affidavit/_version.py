"""The version, in the one place that the build, the records and the CLI read it from."""

VERSION = "0.2.0.dev0"
