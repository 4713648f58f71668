"""Plans and runs in words: for a terminal, for a pull request, and as schemas for programs."""
