"""What a handler reaches past its sources: seen, put on record, and refused if a policy says so."""
