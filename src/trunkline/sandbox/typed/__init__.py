"""What fields an object may have, and how lists and maps of it are merged."""
