"""The cache of renders: what is done once is not done again, and nothing broken is believed."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from render_oracle import asked, laid

from trunkline.core.rendering import Rendered, RenderError
from trunkline.core.snapshot import FilesSnapshot
from trunkline.edge.render.cache import RenderCache
from trunkline.edge.render.renderer import Renderer

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"
GOOD = FilesSnapshot(laid({"chart/templates/a.yaml": MAP}))
KEY = "ab" + "0" * 62


def entries(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("renders/*/*")) if path.is_file()]


async def rendered(renderer: Renderer, name: str = "app") -> Rendered:
    return await renderer.render(asked(GOOD, name=name), {"": GOOD})


async def test_the_second_time_no_tool_is_run(tmp_path: Path) -> None:
    renderer = Renderer(RenderCache(tmp_path), workers=1)
    one = await rendered(renderer)
    two = await rendered(renderer)
    await renderer.close()
    assert one == two
    assert (renderer.statistics.misses, renderer.statistics.hits) == (1, 1)


async def test_another_process_finds_it(tmp_path: Path) -> None:
    one, other = (Renderer(RenderCache(tmp_path), workers=1) for _ in range(2))
    await rendered(one)
    await rendered(other)
    await asyncio.gather(one.close(), other.close())
    assert other.statistics.hits == 1


async def test_asked_for_at_once_it_is_done_once(tmp_path: Path) -> None:
    renderer = Renderer(RenderCache(tmp_path), workers=2)
    made = await asyncio.gather(*(rendered(renderer) for _ in range(10)))
    await renderer.close()
    assert (renderer.statistics.misses, renderer.statistics.shared) == (1, 9)
    made[0].manifests[0]["metadata"]["name"] = "changed"
    assert made[1].manifests[0]["metadata"]["name"] == "one"


async def test_errors_are_not_kept(tmp_path: Path) -> None:
    snapshot = FilesSnapshot(laid({"chart/templates/a.yaml": "{{ fail `no` }}"}))
    renderer = Renderer(RenderCache(tmp_path), workers=1)
    for _ in range(2):
        with pytest.raises(RenderError):
            await renderer.render(asked(snapshot), {"": snapshot})
    await renderer.close()
    assert renderer.statistics.misses == 2
    assert entries(tmp_path) == []


DAMAGE = {
    "cut short": lambda data: data[: len(data) // 2],
    "emptied": lambda data: b"",
    "overwritten": lambda data: b"x" * len(data),
    "one bit": lambda data: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:],
}


@pytest.mark.parametrize("damaged", DAMAGE.values(), ids=DAMAGE)
async def test_a_damaged_entry_is_a_miss(tmp_path: Path, damaged: object) -> None:
    assert callable(damaged)
    renderer = Renderer(RenderCache(tmp_path), workers=1)
    good = await rendered(renderer)
    [entry] = entries(tmp_path)
    entry.write_bytes(damaged(entry.read_bytes()))
    assert await rendered(renderer) == good
    assert await rendered(renderer) == good
    await renderer.close()
    assert (renderer.statistics.misses, renderer.statistics.hits) == (2, 1)


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        RenderCache(tmp_path / "cache").put(KEY, b"secret")
    finally:
        os.umask(before)
    for path in (tmp_path / "cache").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "renders").write_text("a file stands in the way")
    cache = RenderCache(tmp_path)
    cache.put(KEY, b"x")
    assert cache.get(KEY) is None


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path, bound=50_000)
    keys = [f"{number:02x}" + "0" * 62 for number in range(20)]
    for age, key in enumerate(keys):
        cache.put(key, os.urandom(5_000))
        os.utime(next(tmp_path.rglob(key)), (age, age))
    assert cache.get(keys[0]) is not None
    cache.trim()
    assert sum(path.stat().st_size for path in entries(tmp_path)) <= 50_000
    assert cache.get(keys[0]) is not None
    assert cache.get(keys[1]) is None
    assert cache.get(keys[19]) is not None


def test_it_is_bounded_without_being_asked(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path, bound=100_000)
    for number in range(1_000):
        cache.put(f"{number:064x}", os.urandom(1_000))
    assert sum(path.stat().st_size for path in entries(tmp_path)) <= 300_000


def test_processes_of_few_writes_keep_it_bounded_too(tmp_path: Path) -> None:
    stamp = tmp_path / "renders/trimmed"
    for number in range(100):
        if stamp.exists():
            os.utime(stamp, (0, 0))
        RenderCache(tmp_path, bound=20_000).put(f"{number:064x}", os.urandom(1_000))
    assert sum(path.stat().st_size for path in entries(tmp_path)) <= 21_000


def test_what_a_dead_process_left_is_cleared_away(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path)
    cache.put(KEY, b"x")
    left = next(tmp_path.rglob(KEY)).parent / "tmpabc.part"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    cache.trim()
    assert not left.exists()
    assert cache.get(KEY) == b"x"


WRITER = """
import sys
from pathlib import Path
from trunkline.edge.render.cache import RenderCache
cache = RenderCache(Path(sys.argv[1]), bound=20_000)
for number in range(400):
    key = f"{number % 40:064x}"
    found = cache.get(key)
    assert found is None or found == key.encode() * 50, "another's bytes"
    cache.put(key, key.encode() * 50)
"""


def test_several_processes_share_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    running = [subprocess.Popen(command) for _ in range(3)]
    assert [one.wait() for one in running] == [0, 0, 0]
    assert all(not path.name.endswith(".part") for path in entries(tmp_path))
