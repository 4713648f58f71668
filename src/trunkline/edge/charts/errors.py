"""What can go wrong with a source of charts, as one error that a person can act on."""

from __future__ import annotations

from trunkline.core.trouble import Trouble


class ChartError(Trouble):
    """The message says what failed and at which repository; `remedy` what to do about it."""
