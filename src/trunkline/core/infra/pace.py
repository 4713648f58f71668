"""Checks spread over time: each unit once in a period, evenly, never all at once."""

from __future__ import annotations


def slot(units: int, period: float) -> float:
    """Seconds for one unit."""
    return period / max(units, 1)


def pause(units: int, period: float, luck: float) -> float:
    """Seconds until the next checks; `luck` from 0 to 1 keeps many that were started at the same
    time from staying in step.
    """
    return slot(units, period) * (0.75 + luck / 2)


def due(units: int, period: float, elapsed: float) -> int:
    """How many are due after so many seconds: more than one where checks are slower than that, so
    that they go side by side.
    """
    return max(1, min(units, round(elapsed / slot(units, period))))
