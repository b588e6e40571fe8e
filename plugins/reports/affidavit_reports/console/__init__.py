"""A read-only console for one auditor: a small web server on this machine, and its pages."""
