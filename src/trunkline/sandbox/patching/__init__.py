"""The three patches that are not server-side apply: JSON, merge and strategic merge."""
