"""What stands in the way of a unit."""

from __future__ import annotations

from trunkline.core.trouble import Trouble


class Refused(Trouble):
    """What stands in the way is no failure of the unit: a lock, a newer commit."""
