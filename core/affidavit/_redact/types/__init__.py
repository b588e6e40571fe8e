"""The words that every part of the engine shares. Nothing here looks for anything."""
