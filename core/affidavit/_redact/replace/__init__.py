"""Write what stands in the place of a value."""
