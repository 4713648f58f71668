"""What was made in the practice cloud: one file, and what goes wrong in it when asked to."""
