"""Say what a value is by its key, its neighbours, and the rules of a policy."""
