"""Scenario files: reading, one model, and every mistake with its place."""
