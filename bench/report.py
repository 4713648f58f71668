"""The numbers as one Markdown page, on the terminal and in RESULTS.md alike."""

from __future__ import annotations

from collections.abc import Iterator

from bench.applying import Applying
from bench.machine import machine
from bench.rendering import SIDE_BY_SIDE, Rendering
from trunkline.edge.cluster.limits import ClientLimits


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


def applying(found: Applying) -> list[str]:
    what = (
        f"{found.count} objects (ConfigMaps, Services, Deployments) in a real API server on the "
        "same machine, through Trunkline's client without its budget, which is "
        f"{ClientLimits().requests_per_second:g} requests a second and cluster."
    )
    return [
        "## Applying",
        "",
        what,
        "",
        "| | seconds | objects/s |",
        "|---|---:|---:|",
        *applied(found),
    ]


def applied(found: Applying) -> Iterator[str]:
    for name, seconds in (
        ("first apply", found.first),
        ("the same apply again", found.again),
        ("dry run", found.dry_run),
        ("read by lists", found.listed),
        ("proved without a request", found.proved),
    ):
        yield f"| {name} | {seconds:.3f} | {found.count / seconds:,.0f} |"
