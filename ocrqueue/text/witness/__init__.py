"""Two independent readings of one page, held against each other; pure."""
