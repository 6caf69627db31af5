"""Which files and pages are read, what a file is, and what its output is called."""
