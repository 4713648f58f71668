"""The value of what files alone cannot say."""

from __future__ import annotations

from typing import Final


class _Unknown:
    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
