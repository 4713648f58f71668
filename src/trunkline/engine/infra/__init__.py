"""Infrastructure where values meet the outside: commits, programs, the store."""
