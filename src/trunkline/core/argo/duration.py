"""Durations as Go writes them: `90s`, `1h30m`, `1.5m`; a bare number is seconds.

https://pkg.go.dev/time#ParseDuration
"""

from __future__ import annotations

import re

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def seconds(text: str) -> float | None:
    """The duration in seconds, None if the text is no duration."""
    bare = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", bare):
        return float(bare)
    parts = _PART.findall(bare)
    if not parts or "".join(number + unit for number, unit in parts) != bare:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
