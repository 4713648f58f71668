"""One module per migration, each named by its number."""
