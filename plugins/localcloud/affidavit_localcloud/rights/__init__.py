"""Rights: who may do what, decided as AWS decides it, and a record of what was asked for."""
