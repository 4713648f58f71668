"""`python -m bench [PART]…`: print what was measured; `--write` keeps it in bench/RESULTS.md."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from bench import (
    applying,
    dead_cluster,
    infrastructure,
    planning,
    rendering,
    report,
    states,
    syncing,
    watching,
)
from gobuild import Unavailable
from realcluster.binaries import Programs, programs
from realcluster.start import ControlPlane, RealCluster
from trunkline.cli.main import collect_seldom

RESULTS = Path(__file__).with_name("RESULTS.md")


@contextlib.asynccontextmanager
async def real(found: Programs) -> AsyncIterator[RealCluster]:
    """A control plane of its own for each part: an etcd that is full of another's is slower."""
    plane, cluster = await asyncio.to_thread(ControlPlane.start, found)
    try:
        yield cluster
    finally:
        await asyncio.to_thread(plane.close)


async def rendered(found: Programs) -> list[str]:
    return report.rendering(await rendering.measure(found.helm))


async def applied(found: Programs) -> list[str]:
    async with real(found) as cluster:
        return report.applying(await applying.measure(cluster))


async def planned(_found: Programs) -> list[str]:
    return report.planning(await asyncio.to_thread(planning.measure))


async def synced(found: Programs) -> list[str]:
    async with real(found) as cluster:
        return report.syncing(await syncing.measure(cluster))


async def beside_a_dead_one(_found: Programs) -> list[str]:
    return report.dead_cluster(await dead_cluster.measure())


async def aligned(_found: Programs) -> list[str]:
    return watching.lines(await watching.measure(), await watching.measure_many())


async def kept(_found: Programs) -> list[str]:
    return states.lines(await states.measure())


async def infra(_found: Programs) -> list[str]:
    return infrastructure.lines(await asyncio.to_thread(infrastructure.measure))


PARTS: dict[str, Callable[[Programs], Awaitable[list[str]]]] = {
    "rendering": rendered,
    "applying": applied,
    "planning": planned,
    "syncing": synced,
    "dead-cluster": beside_a_dead_one,
    "watching": aligned,
    "infrastructure": infra,
    "states": kept,
}


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    arguments.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    arguments.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    asked = arguments.parse_args()
    if unknown := sorted({*asked.parts} - {*PARTS}):
        arguments.error(f"no part is called {unknown[0]}; there are {', '.join(PARTS)}")
    try:
        found = programs(lambda line: print(line, file=sys.stderr))
    except Unavailable as error:
        print(f"bench: {error}; it is what Trunkline is measured against", file=sys.stderr)
        return 1
    gc.freeze()
    collect_seldom()
    page = asyncio.run(measured(found, asked.parts or list(PARTS)))
    print(page)
    if asked.write:
        RESULTS.write_text(page)
    return 0


async def measured(found: Programs, parts: list[str]) -> str:
    sections = []
    for part in parts:
        print(f"measuring {part}", file=sys.stderr)
        sections.append(await PARTS[part](found))
    return report.page(sections)


if __name__ == "__main__":
    sys.exit(main())
