"""Takes changes of items from a queue, each with evidence of its own."""
