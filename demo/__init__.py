"""What shows and tests the queue without an engine: beside the packages, never in the wheel."""
