"""Reports: JSON first, and everything else made from it."""
