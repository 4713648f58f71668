"""Colours of text reports. A colour never stands alone: a sign or a word says the same."""

from __future__ import annotations

import re
from collections.abc import Callable

Paint = Callable[[str, str], str]
"""Asked with a style and a text."""

# "Workflow commands" of GitHub (of its older form too), of Azure Pipelines, "service messages" of
# TeamCity: a line of a log that begins so, or has it in it, sets outputs, masks words, ends steps.
_COMMAND = re.compile(r"(?<!\S)::(?=[A-Za-z-]+(?: |::))|##(?=\[|vso\[|teamcity\[)")

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
    steer the terminal, nor hide anything from who reads it. Line ends and tabs stay. Of what a CI
    would take for a command in its log, the first sign is written out too.
    """
    if "::" in text or "##" in text:
        text = _COMMAND.sub(lambda found: f"\\x{ord(found[0][0]):02x}{found[0][1:]}", text)
    if text.isprintable():
        return text
    return "".join(one if one in "\n\t" or one.isprintable() else _written(one) for one in text)


def _written(sign: str) -> str:
    return sign.encode("unicode_escape").decode()
