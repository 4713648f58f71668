"""Data on stdout, as it is: no colour, no wrapping, and nothing to load for it."""

from __future__ import annotations

import sys
from typing import Any

import orjson


def write(text: str) -> None:
    """Plain text to stdout, untouched by any markup or width."""
    sys.stdout.write(text if text.endswith("\n") or not text else f"{text}\n")


def write_json(value: Any) -> None:
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(value, option=options).decode() + "\n")
