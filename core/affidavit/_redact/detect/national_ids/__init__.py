"""Identifiers that states give, one country per module."""
