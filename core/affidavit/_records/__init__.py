"""What goes on record, and how it is kept: records, chains, keys, tokens, ledgers."""
