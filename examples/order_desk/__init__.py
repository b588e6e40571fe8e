"""An order desk: a service that is started in every way, and defined once in functions.toml."""
