"""Why a saved plan is not read by us."""

from __future__ import annotations


class Unsure(Exception):
    """Something of the file is not known for certain, so that the program itself must say what it
    holds. The message says what.
    """
