"""The seven steps of one invocation. Start with `steps`."""
