"""Colours of text reports. A colour never stands alone: a sign or a word says the same."""

from __future__ import annotations

from collections.abc import Callable

Paint = Callable[[str, str], str]
"""Asked with a style and a text."""

ANSI = {
    "add": "32",
    "remove": "31",
    "change": "33",
    "place": "36",
    "soft": "2",
    "strong": "1",
    "good": "32",
    "bad": "31",
    "held": "33",
}


def coloured(style: str, text: str) -> str:
    return f"\x1b[{ANSI[style]}m{text}\x1b[0m" if text else ""


def plain(_style: str, text: str) -> str:
    return text


def painter(colour: bool) -> Paint:
    return coloured if colour else plain


def safe(text: str) -> str:
    """The text with control characters written out: what a repository or a cluster says must not
    steer the terminal, nor hide anything from who reads it. Line ends and tabs stay."""
    if text.isprintable():
        return text
    return "".join(one if one in "\n\t" or one.isprintable() else _written(one) for one in text)


def _written(sign: str) -> str:
    return sign.encode("unicode_escape").decode()
