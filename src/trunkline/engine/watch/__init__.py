"""Staying aligned: the loop that keeps clusters equal to a branch, for as long as it runs."""
