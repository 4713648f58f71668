"""What makes objects come alive: one controller a file, each a function of what is stored."""
