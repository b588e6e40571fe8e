"""A handler as it was before, with evidence."""
