"""What a policy can say, and how its compiled form is read."""
