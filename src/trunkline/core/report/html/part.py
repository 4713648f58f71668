"""What one part of a plan, its Applications or its infrastructure, puts on the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from trunkline.core.finding import Finding
from trunkline.core.report.html.markup import Markup, Piece, join, tag


class Part(Struct, frozen=True):
    """`total` is its sum in words, "" for no change. `cards` stand on top, `rest` after all cards.

    `needs` counts what somebody should look at, `gone` says what is deleted; `warnings` are lines
    that everybody should read. Each finding comes with the number of others that say the same.
    """

    name: str
    total: str
    cards: tuple[Markup, ...]
    links: tuple[Markup, ...]
    body: tuple[Markup | None, ...]
    rest: tuple[Markup, ...] = ()
    warnings: tuple[Piece, ...] = ()
    needs: int = 0
    gone: str = ""
    findings: tuple[tuple[Finding, int], ...] = ()


def card(title: str, number: int, word: str, rest: Piece, *, bad: bool = False) -> Markup:
    """A sum: `3 objects`, with what is to be said of it below."""
    value = tag("b", str(number), class_="bad" if bad else "")
    return tag(
        "div",
        tag("div", title, class_="soft"),
        tag("div", value, " ", word, class_="number"),
        tag("div", rest, class_="soft"),
        class_="panel card",
    )


def bar(sums: Sequence[tuple[str, int]], said: str) -> Markup:
    """The shares of the actions as a bar, and below it in words."""
    svg = tag(
        "svg",
        *_shares(sums),
        viewBox="0 0 100 4",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
    )
    return join([svg, tag("span", said or "none")])


def _shares(sums: Sequence[tuple[str, int]]) -> Iterator[Markup]:
    total, at = sum(number for _, number in sums), 0.0
    for action, number in sums:
        width = 100 * number / total
        yield tag(
            "rect",
            x=f"{at:.2f}",
            width=f"{max(width - 0.8, 0.8):.2f}",
            y="0",
            height="4",
            class_=action,
        )
        at += width


def link(href: str, name: str, size: str, *, title: str = "") -> Markup:
    """A line of the list at the side."""
    said = tag("span", name, title=title or False)
    return tag("a", said, tag("small", size), href=href)
