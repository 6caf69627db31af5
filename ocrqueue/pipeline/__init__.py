"""What happens to a page, in order: enqueued, attempted, collected, and read once more."""
