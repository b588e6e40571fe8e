"""Where data is read: statements, permits, and the protocol of a source."""
