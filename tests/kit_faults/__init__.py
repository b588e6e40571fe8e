"""A hundred planted faults over thirty shapes of handlers and the models of `model_shapes`."""
