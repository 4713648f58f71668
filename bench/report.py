"""The numbers as one Markdown page, on the terminal and in RESULTS.md alike."""

from __future__ import annotations

from collections.abc import Iterator

from bench.machine import machine
from bench.rendering import SIDE_BY_SIDE, Rendering


def page(sections: list[list[str]]) -> str:
    head = ["# Measured by `python -m bench`", "", f"On {machine()}.", ""]
    return "\n".join([*head, *(line for section in sections for line in [*section, ""])])


def rendering(found: Rendering) -> list[str]:
    what = (
        f"{found.count} renders of ten charts, {found.objects} objects in all, {SIDE_BY_SIDE} at "
        "a time; both sides give the same objects. Best of several rounds."
    )
    return [
        "## Rendering",
        "",
        what,
        "",
        "| | seconds | renders/s | ratio |",
        "|---|---:|---:|---:|",
        *rows(found),
    ]


def rows(found: Rendering) -> Iterator[str]:
    for name, seconds in (
        ("`helm template`, a process per chart", found.helm),
        ("Trunkline, empty cache", found.cold),
        ("Trunkline, warm cache", found.warm),
    ):
        rate, ratio = found.count / seconds, found.helm / seconds
        yield f"| {name} | {seconds:.3f} | {rate:,.0f} | {ratio:.1f} × |"
