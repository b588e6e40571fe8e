"""What calls functions without being asked: queues, streams, schedules."""
