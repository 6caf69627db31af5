"""What a user can set, where each value came from, and what a child process must be told."""
