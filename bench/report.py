"""The numbers as one Markdown page, on the terminal and in RESULTS.md alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bench.applying import Applying
from bench.dead_cluster import DeadCluster
from bench.machine import machine
from bench.monorepo import POPULAR, Size
from bench.planning import Planning
from bench.rendering import SIDE_BY_SIDE, Rendering
from bench.syncing import APPLICATIONS, Syncing
from trunkline.edge.cluster.limits import ClientLimits


def page(sections: list[list[str]]) -> str:
    head = ["# Measured by `python -m bench`", "", f"On {machine()}.", ""]
    return "\n".join([*head, *(line for section in sections for line in [*section, ""])])


def rendering(found: Rendering) -> list[str]:
    what = (
        f"{found.count} renders of ten charts, {found.objects} objects in all, {SIDE_BY_SIDE} at "
        "a time; both sides give the same objects. Best of several rounds."
    )
    again = (
        f"{found.many} Applications of the monorepo below, each once with values of its own: "
        f"{found.many_cold:.2f} s; again, from the cache: {found.many_warm:.3f} s, "
        f"{found.many_cold / found.many_warm:.0f} × the rate."
    )
    return [
        "## Rendering",
        "",
        what,
        "",
        "| | seconds | renders/s | ratio |",
        "|---|---:|---:|---:|",
        *rows(found),
        "",
        again,
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


def planning(found: Planning) -> list[str]:
    size = Size()
    what = (
        f"Whole commands, the best of several. The monorepo has {size.applications} Applications "
        f"on {size.charts} charts over {size.clusters} clusters; one chart is used by {POPULAR}."
    )
    rows = (
        ("`trunkline version`", found.version, 0.15),
        ("`trunkline components`, ten files", found.components, 0.4),
        ("plan of one values file, warm cache", found.one_value, 1.0),
        ("plan of the popular chart, what was delivered is known", found.one_chart, 3.0),
        ("plan of the popular chart, nothing is known", found.one_chart_anew, None),
    )
    return ["## Planning", "", what, "", *goals(rows)]


def syncing(found: Syncing) -> list[str]:
    what = (
        f"Whole commands: {APPLICATIONS} Applications, {found.objects} objects, a real API server "
        "on the same machine; renders are known. The loop sends the same apply requests with "
        "nothing around them."
    )
    rows = (
        ("the bare loop", found.loop, None),
        ("first `trunkline sync`", found.first, None),
        ("of it, from the first apply to the last", found.applying, found.loop / 0.8),
        (f"the next, nothing changed ({found.second_writes} writes)", found.second, 2.0),
        (
            f"the same, the store deleted ({found.forgotten_dry_runs} dry runs)",
            found.forgotten,
            4.0,
        ),
    )
    share = (
        f"It applies with {100 * found.loop / found.applying:.0f} % of the loop's rate, "
        f"with its start and end {100 * found.loop / found.first:.0f} %."
    )
    return ["## Syncing", "", what, "", *goals(rows), "", share]


def dead_cluster(found: DeadCluster) -> list[str]:
    what = (
        f"{found.components} components in nine practice clusters, until the last is synced; the "
        "tenth takes connections and never answers."
    )
    rows = (
        ("the nine alone", found.alone, None),
        ("beside a dead one", found.beside, found.alone * 1.05),
    )
    return ["## One dead cluster of ten", "", what, "", *goals(rows)]


def goals(rows: Iterable[tuple[str, float, float | None]]) -> Iterator[str]:
    """Seconds beside what they should be at most."""
    yield "| | seconds | at most |"
    yield "|---|---:|---:|"
    for name, seconds, most in rows:
        yield f"| {name} | {seconds:.3f} | {'' if most is None else f'{most:.3f}'} |"
