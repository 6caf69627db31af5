"""What people look at: the dashboard, the review, the report."""
