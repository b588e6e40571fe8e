"""The test actions that come with the harness."""
