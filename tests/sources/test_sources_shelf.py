"""Charts on disk: bounded, shared, and never a reason to fail."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from pathlib import Path

from sources.served import ChartServer, sha256
from trunkline.core.sources.chart import Wanted
from trunkline.edge.bounded import TRIM_AFTER
from trunkline.edge.charts.charts import Charts
from trunkline.edge.charts.shelf import Shelf
from trunkline.settings.sources import load_keyring


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    digest = shelf.keep_blob(b"chart")
    shelf.note(["1.0.0"], "pins", "a", "b")
    shelf.keep_text(b"index" * 1000, "key")
    again = Shelf(tmp_path / "shelf")
    assert again.blob(digest) == b"chart"
    assert again.text("key") == b"index" * 1000
    fact = again.fact("pins", "a", "b")
    assert fact and fact.value == ["1.0.0"] and fact.age < 60
    assert again.fact("pins", "a") is None and again.blob(sha256(b"other")) is None


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.keep_blob(b"chart")
    modes = {stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "shelf").rglob("*")}
    assert modes <= {0o700, 0o600}


def test_what_was_used_last_goes_last(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf", bound=10_000)
    digests = [shelf.keep_blob(bytes([n]) * 2_000) for n in range(6)]
    now = time.time()
    for age, digest in enumerate(reversed(digests)):
        os.utime(tmp_path / "shelf/blobs" / digest[:2] / digest, (now - age, now - age))
    shelf.trim()
    assert [digest for digest in digests if shelf.blob(digest)] == digests[2:]


def test_what_a_dead_writer_left_is_removed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    digest = shelf.keep_blob(b"chart")
    folder = tmp_path / "shelf/blobs" / digest[:2]
    old, new = folder / "old.part", folder / "new.part"
    for one in (old, new):
        one.write_bytes(b"half")
    os.utime(old, (0, time.time() - 2 * TRIM_AFTER))
    shelf.trim()
    assert (old.exists(), new.exists()) == (False, True)


def test_a_disk_that_takes_nothing_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "shelf").write_text("a file where the folder should be")
    shelf = Shelf(tmp_path / "shelf")
    digest = shelf.keep_blob(b"chart")
    shelf.note(1, "pins", "a")
    shelf.trim()
    assert (shelf.blob(digest), shelf.fact("pins", "a"), shelf.text("a")) == (None, None, None)


async def test_two_runs_at_once_share_it(repository: ChartServer, tmp_path: Path) -> None:
    data = [repository.publish("shop", f"1.{n}.0") for n in range(5)]
    text = f"repositories: [{{url: '{repository.url}'}}]".encode()
    runs = [Charts(load_keyring(text, "sources.yaml"), tmp_path) for _ in range(2)]
    wanted = [Wanted(repository.url, "shop", f"1.{n}.0") for n in range(5)]
    found = await asyncio.gather(*(run.found(one) for run in runs for one in wanted))
    assert [one.data for one in found] == data * 2
    for run in runs:
        await run.close()
    assert not list((tmp_path / "charts").rglob("*.part"))
