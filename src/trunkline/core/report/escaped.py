"""Text inside of a comment on a pull request.

Everything in it comes from a repository that anybody may send changes to, so that nothing of it
may end a fence, open HTML or name somebody.
"""

from __future__ import annotations

import re

from trunkline.core.report.paint import safe

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~])")
# What a forge makes a link of by itself.
_LINK = re.compile(r"://|^\W*www\.|^\W*mailto:", re.IGNORECASE)
# Where they are broken, by a space without width.
_BROKEN = re.compile(r"(?<=@)|(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=\bmailto)(?=:)", re.IGNORECASE)


def fenced(text: str, language: str) -> str:
    """A fence longer than any run of backticks inside of it."""
    text = safe(text).rstrip("\n")
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n"


def code(text: str) -> str:
    """Text as code, on one line."""
    plain = safe(text).replace("`", "'").replace("|", "¦").replace("\n", " ")
    return f"`{plain}`"


def escaped(text: str) -> str:
    """Text in which Markdown, HTML, mentions and links mean nothing."""
    return " ".join(
        code(word) if _LINK.search(word) else _html(_SPECIAL.sub(r"\\\1", word))
        for word in safe(text).split()
    )


def in_html(text: str) -> str:
    """The same between HTML tags, where a backslash would be shown."""
    return _html(text).replace("]", "&#93;").replace("`", "&#96;")


def _html(text: str) -> str:
    flat = " ".join(safe(text).split())  # A line end would end the HTML around it.
    plain = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BROKEN.sub("\u200b", plain)
