"""Reads items for users, and leaves evidence that it did."""
