"""Rules for the kinds of other projects: one file and one table per family."""
