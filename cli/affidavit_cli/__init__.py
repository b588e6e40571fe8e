"""The command line. Commands come from plugins; this package renders what they return."""
