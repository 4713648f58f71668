"""What can go wrong with a program, as one error that a person can act on."""

from __future__ import annotations

from trunkline.core.trouble import Trouble


class ProgramError(Trouble):
    """The message says which program and what of it failed; `remedy` what to do about it."""


class TimedOut(ProgramError):
    """A program that had to be ended: it did not end by itself."""
