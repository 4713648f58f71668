"""A source that takes too much is ended, with an error that names it; no other notices."""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from render_oracle import Files, asked, laid, ours

from trunkline.core.rendering import RenderError
from trunkline.core.snapshot import FilesSnapshot
from trunkline.edge.render.limits import MIB, Limits
from trunkline.edge.render.renderer import Renderer

GOOD = {"chart/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"}


@pytest.fixture
async def narrow() -> AsyncIterator[Renderer]:
    async with limited(2.0) as made:
        yield made


@asynccontextmanager
async def limited(seconds: float) -> AsyncIterator[Renderer]:
    limits = Limits(memory=384 * MIB, output=2 * MIB, inputs=2 * MIB, seconds=seconds)
    made = Renderer(None, workers=2, limits=limits)
    try:
        yield made
    finally:
        await made.close()


def chart(text: str) -> dict[str, str]:
    return {
        "bad/Chart.yaml": "{apiVersion: v2, name: bad, version: 1.0.0}",
        "bad/templates/x": text,
    }


def jsonnet(text: str) -> dict[str, str]:
    return {"bad/x.jsonnet": text}


FOREVER = "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"
RECURSION = '{{ define "f" }}{{ include "f" . }}{{ end }}{{ include "f" . }}'
HOARDING = """
    {{ $all := list }}
    {{ range until 99999 }}{{ $all = append $all (repeat 99999 "x") }}{{ end }}
"""
GROWING = """
    local grow(a) = grow(a + a) tailstrict;
    grow([1, 2, 3, 4])
"""

DOUBLING = """
    local doubled(n) = if n == 0 then 'x' else local half = doubled(n - 1); half + half;
    {kind: 'x', a: doubled(22)}
"""

# Eight aliases of eight aliases of …: a few lines that stand for billions of values.
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]\n" for n in range(1, 12)
)
HEAD = "{apiVersion: v2, name: bad, version: 1.0.0}"

TIME, MEMORY, OUTPUT = "took longer than 2 s", "more than 384 MiB of memory", "larger than 2 MiB"

CASES: dict[str, tuple[Files, str]] = {
    "a chart that never ends": (chart(FOREVER), TIME),
    "a chart that calls itself": (chart(RECURSION), "rendering template has a nested reference"),
    "a chart that eats memory": (chart('{{ repeat 2000000000 "x" }}'), f"{MEMORY}|{TIME}"),
    "a chart that keeps memory": (
        chart(HOARDING),
        f"{MEMORY}|{TIME}",
    ),
    "a chart that prints without end": (
        chart('a: "{{ range until 90 }}{{ repeat 100000 "x" }}{{ end }}"'),
        OUTPUT,
    ),
    "Jsonnet that never ends": (jsonnet("local f(x) = f(x + 1) tailstrict; f(0)"), TIME),
    "Jsonnet that calls itself": (jsonnet("local f(x) = 1 + f(x); f(0)"), "max stack frames"),
    "Jsonnet that eats memory": (jsonnet(GROWING), f"{MEMORY}|{TIME}"),
    "Jsonnet that prints without end": (jsonnet(DOUBLING), OUTPUT),
    "a template that prints an alias bomb": (chart(BOMB), "aliases make more than"),
    "a chart's values": (
        {"bad/Chart.yaml": HEAD, "bad/values.yaml": BOMB}, "excessive aliasing",
    ),
    "a Chart.yaml": ({"bad/Chart.yaml": HEAD + "\n---\n" + BOMB}, "more than one document|aliases"),
    "a kustomization": ({"bad/kustomization.yaml": BOMB}, "aliases make more than"),
    "a file that is too large": ({"bad/a.yaml": "# " + "x" * (3 * MIB)}, "larger than 2 MiB"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "said"), CASES.values(), ids=CASES)
async def test_is_ended(files: Files, said: str) -> None:
    """Only what is to take too long has little time: a busy machine is slow with all the rest."""
    async with limited(2.0 if TIME in said else 60.0) as narrow:
        with pytest.raises(RenderError, match=f"(?s)bad.*({said})"):
            await ours(narrow, files, path="bad")
        assert len(await ours(narrow, GOOD)) == 1


async def test_an_archive_that_grows(narrow: Renderer) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        member = tarfile.TarInfo("db/zeros")
        member.size = 150 * MIB
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    snapshot = FilesSnapshot({"bad/Chart.yaml": HEAD, "bad/charts/db.tgz": packed.getvalue()})
    with pytest.raises(RenderError, match="bad: .*maximum"):
        await narrow.render(asked(snapshot, path="bad"), {"": snapshot})


async def test_no_other_render_notices(narrow: Renderer) -> None:
    done = []

    async def bad() -> None:
        with pytest.raises(RenderError, match=TIME):
            await ours(narrow, chart(FOREVER), path="bad")
        done.append("bad")

    async def good() -> None:
        for number in range(20):
            assert len(await ours(narrow, GOOD, name=f"app-{number}")) == 1
            done.append("good")

    await asyncio.gather(bad(), good())
    assert done[:1] == ["good"]
    assert done.count("good") == 20


def children() -> set[str]:
    """The processes that this one has started and that still are."""
    return set(Path("/proc/thread-self/children").read_text().split())


async def are_gone(before: set[str]) -> None:
    """Wait until every process that was started since has ended."""
    async with asyncio.timeout(60):
        while not children() <= before:  # noqa: ASYNC110 - of other processes
            await asyncio.sleep(0.05)


async def test_a_killed_worker_leaves_no_process() -> None:
    before = children()
    renderer = Renderer(None, workers=1, limits=Limits(seconds=0.5))
    with pytest.raises(RenderError, match="took longer than 0.5 s"):
        await ours(renderer, chart(FOREVER), path="bad")
    await are_gone(before)
    await renderer.close()


@pytest.mark.parametrize("wait", [0.02, 1.0], ids=["a worker that starts", "a worker that runs"])
async def test_closing_ends_what_runs(wait: float) -> None:
    before = children()
    renderer = Renderer(None, workers=1)
    running = asyncio.create_task(ours(renderer, chart(FOREVER), path="bad"))
    await asyncio.sleep(wait)
    await asyncio.wait_for(renderer.close(), 60.0)
    await are_gone(before)
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_caller_that_leaves_takes_no_render_from_others(narrow: Renderer) -> None:
    snapshot = FilesSnapshot(laid(GOOD))
    request = asked(snapshot)
    one = asyncio.create_task(narrow.render(request, {"": snapshot}))
    two = asyncio.create_task(narrow.render(request, {"": snapshot}))
    await asyncio.sleep(0)
    one.cancel()
    assert len((await two).manifests) == 1
    assert narrow.statistics.shared == 1
