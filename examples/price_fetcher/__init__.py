"""Looks a product's price up for a user, and leaves evidence that it did."""
