"""Find values by their own shape, one family of them per module."""
