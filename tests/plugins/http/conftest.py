"""The servers that are asked."""

from http_clinic import asgi, clinic

__all__ = ["asgi", "clinic"]
