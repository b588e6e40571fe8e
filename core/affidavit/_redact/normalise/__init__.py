"""Undo what hides a value: look-alikes, encodings, JSON in a text, foreign objects."""
