"""System configuration behind an API: read a setting, change it under an optimistic lock."""
