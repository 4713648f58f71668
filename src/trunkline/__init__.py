"""Trunkline: one Git timeline, from pull request to every cluster."""

__version__ = "0.1.0"
