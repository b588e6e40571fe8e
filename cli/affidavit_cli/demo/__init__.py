"""The demonstration: the example service, its evidence, and what tampering looks like."""
