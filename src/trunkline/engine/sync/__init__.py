"""Making clusters equal to a commit."""
