"""What an event says: who sent it, who acts, and what it carries, whatever its source."""
