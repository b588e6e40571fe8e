"""What is built once per process: settings, plugins, and the runtime that joins them."""
