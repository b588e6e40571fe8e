"""Lambda, on this machine: deployed packages run under AWS's own runtime client."""
