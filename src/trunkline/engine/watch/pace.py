"""How often the watch does what: all its times in one place, in seconds.

Every regular time is spread by a jitter, so that many clusters, or many watches, do not come
together.
"""

from __future__ import annotations

import random

from msgspec import Struct


class Pace(Struct, frozen=True):
    """`poll`: the branch is looked at; `outside`: what other repositories hold; `pulse`: a cluster
    is asked whether it lives, and at which version; `discover`: what it serves; `resync`:
    everything is listed and judged anew, whatever the watches said; `patience`: for one answer of
    a pulse.
    """

    poll: float = 3.0
    outside: float = 120.0
    pulse: float = 20.0
    discover: float = 60.0
    resync: float = 600.0
    patience: float = 10.0
    first_pause: float = 0.5
    last_pause: float = 30.0
    leased: float = 1.0
    """How soon a component is looked at again that somebody else is syncing."""
    rest: float = 30.0
    """After so long without work the render workers are let go."""


def spread(seconds: float, part: float = 0.2) -> float:
    """The time, up to a fifth longer or shorter."""
    return seconds * (1 + random.uniform(-part, part))
