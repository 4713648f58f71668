"""Rendering: confined workers and the cache against a helm process per chart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.charts import SIZES, charts
from bench.monorepo import Size, chart_of, files, named
from trunkline.core.component import Component, Destination, Source
from trunkline.core.kinds import SourceWork, request
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.rendering import RenderRequest
from trunkline.core.snapshot import FilesSnapshot, Snapshot
from trunkline.core.yaml import documents
from trunkline.edge.render.cache import RenderCache
from trunkline.edge.render.renderer import Renderer

SIDE_BY_SIDE = 2
ROUNDS = 3
TURNS = 10
RELEASES = 5


@dataclass(frozen=True, slots=True)
class Rendering:
    """Seconds for `count` renders, the best of several rounds; `many` Applications of a monorepo,
    cold and again."""

    count: int
    objects: int
    cold: float
    warm: float
    helm: float
    many: int
    many_cold: float
    many_warm: float


async def measure(helm: Path) -> Rendering:
    """Every chart for several releases: what Trunkline and helm make of it must agree."""
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        root = Path(folder)
        snapshot = FilesSnapshot(charts())
        requests = [requested(snapshot, *one) for one in work()]
        objects = await agreed(helm, laid_out(root / "charts"), snapshot)
        cold, programs = [], []
        # By turns: the speed of a machine changes from minute to minute, and concerns both.
        for _ in range(TURNS):
            cold.append(await cold_round(requests, snapshot))
            programs.append(await helm_round(helm, root / "charts"))
        warm = await warm_round(requests, snapshot, root / "cache")
        many = await many_rounds(root / "many")
        return Rendering(len(requests), objects, min(cold), warm, min(programs), *many)


async def many_rounds(folder: Path) -> tuple[int, float, float]:
    """A monorepo's Applications, each with values of its own: all of them, and all again."""
    size = Size()
    snapshot = FilesSnapshot(files(size))
    requests = [application(snapshot, number, size) for number in range(size.applications)]
    renderer = Renderer(RenderCache(folder), workers=SIDE_BY_SIDE)
    try:
        cold = await timed(lambda: rendered(renderer, requests, snapshot))
        warm = [await timed(lambda: rendered(renderer, requests, snapshot)) for _ in range(ROUNDS)]
    finally:
        await renderer.close()
    return len(requests), cold, min(warm)


def application(snapshot: Snapshot, number: int, size: Size) -> RenderRequest:
    name, cluster = named(number, size)
    source = Source(
        repo_url="",
        path=f"charts/{chart_of(number, size)}",
        helm={"valueFiles": [f"/values/{cluster}/{name}.yaml"]},
    )
    component = Component(name, name, destination=Destination(namespace="bench"), sources=(source,))
    return request(component, source, SourceWork(component, source, {"": snapshot}))


def work() -> list[tuple[int, str]]:
    return [(size, f"release-{number}") for number in range(RELEASES) for size in SIZES]


def requested(snapshot: Snapshot, size: int, release: str) -> RenderRequest:
    source = Source(repo_url="", path=f"chart-{size:03}")
    component = Component(
        release, release, destination=Destination(namespace="bench"), sources=(source,)
    )
    return request(component, source, SourceWork(component, source, {"": snapshot}))


async def cold_round(requests: list[RenderRequest], snapshot: Snapshot) -> float:
    """No cache, but workers that stand: one is started once in thousands of renders."""
    renderer = Renderer(None, workers=SIDE_BY_SIDE)
    try:
        await rendered(renderer, requests[:SIDE_BY_SIDE], snapshot)
        return await timed(lambda: rendered(renderer, requests, snapshot))
    finally:
        await renderer.close()


async def warm_round(requests: list[RenderRequest], snapshot: Snapshot, folder: Path) -> float:
    renderer = Renderer(RenderCache(folder), workers=SIDE_BY_SIDE)
    try:
        await rendered(renderer, requests, snapshot)
        rounds = [
            await timed(lambda: rendered(renderer, requests, snapshot)) for _ in range(ROUNDS)
        ]
    finally:
        await renderer.close()
    assert renderer.statistics.hits == ROUNDS * len(requests)
    return min(rounds)


async def rendered(
    renderer: Renderer, requests: list[RenderRequest], snapshot: Snapshot
) -> list[int]:
    """How many objects each request gives. A few wait at a time, so that no worker does."""
    left = iter(requests)

    async def some() -> list[int]:
        return [len((await renderer.render(one, {"": snapshot})).manifests) for one in left]

    counts = await asyncio.gather(*(some() for _ in range(2 * SIDE_BY_SIDE)))
    return [one for each in counts for one in each]


async def helm_round(helm: Path, folder: Path) -> float:
    slots = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(size: int, release: str) -> None:
        async with slots:
            await templated(helm, folder, size, release)

    return await timed(lambda: asyncio.gather(*(one(*each) for each in work())))


async def templated(helm: Path, folder: Path, size: int, release: str) -> bytes:
    chart = folder / f"chart-{size:03}"
    process = await asyncio.create_subprocess_exec(
        *(helm, "template", release, chart, "--namespace", "bench"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"helm template {chart.name} failed: {err.decode()}")
    return out


async def agreed(helm: Path, folder: Path, snapshot: Snapshot) -> int:
    """The number of objects of all charts, after checking that both make the same ones."""
    renderer, total = Renderer(None, workers=1), 0
    try:
        for size in SIZES:
            ours = await renderer.render(requested(snapshot, size, "check"), {"": snapshot})
            theirs = parsed(await templated(helm, folder, size, "check"))
            if by_name(list(ours.manifests)) != by_name(theirs) or len(theirs) != size:
                raise RuntimeError(f"chart-{size:03}: Trunkline and helm template disagree")
            total += size
    finally:
        await renderer.close()
    return total * RELEASES


def parsed(stream: bytes) -> list[Manifest]:
    return [one.value for one in documents(stream) if one.value]


def by_name(manifests: list[Manifest]) -> dict[Ref, Manifest]:
    return {Ref.of(one): one for one in manifests}


def laid_out(folder: Path) -> Path:
    for path, content in charts().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    return folder


async def timed(act: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await act()
    return time.perf_counter() - started
