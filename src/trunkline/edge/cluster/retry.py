"""Which failures are worth another try, and when.

A request that the server asks to repeat is repeated after the time it names, as often as fits
into the request's time. What failed on the way, or with 500 to 504, is repeated a few times and
only where repeating is harmless.
"""

from __future__ import annotations

import random

from trunkline.edge.cluster.errors import ApiError

REPEATABLE = frozenset({"GET", "PUT", "PATCH", "DELETE"})
"""Each of these asks for a state, so that asking twice does no harm."""

PASSING = frozenset({429, 500, 502, 503, 504})

# What is said of an object that does not fit comes with 500 too, however often one asks.
MISFIT = "does not fit its kind"
LASTING = (MISFIT, "denied the request")


class Again(Exception):
    """The request may be tried again, after `wait` seconds where the server said so."""

    def __init__(self, error: ApiError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


def judged(error: ApiError, retry_after: str | None) -> Exception:
    """The refusal itself, or that the request may be tried again."""
    if error.status not in PASSING or any(word in str(error) for word in LASTING):
        return error
    return Again(error, None if retry_after is None else _seconds(retry_after))


def backoff(attempt: int) -> float:
    """0.1, 0.2, 0.4 … seconds, each up to half longer, so that clients do not come together."""
    return float(0.1 * 2.0 ** min(attempt, 6) * (1 + random.random() / 2))


def _seconds(retry_after: str) -> float:
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        return 1.0  # A date (RFC 9110, 10.2.3); API servers send seconds.
