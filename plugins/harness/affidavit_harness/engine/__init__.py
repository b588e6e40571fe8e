"""The engine: the same steps in process, in the Lambda, and on the local cloud."""
