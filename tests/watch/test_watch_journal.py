"""The runs of a watch in the store: each is ended there, however the syncs in it end."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from trunkline.core.event import Event, RunEnded
from trunkline.core.run import ComponentResult, Outcome
from trunkline.edge.cluster.errors import Unreachable
from trunkline.edge.store.store import Store
from trunkline.engine.records import Records
from trunkline.engine.watch import journal as journals
from trunkline.engine.watch.journal import Entry, Journal

DONE = ComponentResult("shop", "eu", Outcome.SUCCEEDED)
PATIENCE = 60.0


class Kept:
    """A journal over a store on disk, which another process may hold for a while."""

    def __init__(self, path: Path, store: Store) -> None:
        self._path = path
        self._store = store
        self._ended = asyncio.Event()
        self.journal = Journal(Records(store, "me"), self._hear)

    def _hear(self, one: Event) -> None:
        if isinstance(one, RunEnded):
            self._ended.set()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        with contextlib.closing(sqlite3.connect(self._path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    async def outcomes(self) -> list[Outcome]:
        return [one.outcome for one in await self._store.runs()]

    async def ended(self) -> None:
        """Wait until a run has ended."""
        async with asyncio.timeout(PATIENCE):
            await self._ended.wait()


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    path = tmp_path / "store.db"
    store = await Store.open(path, busy_seconds=PATIENCE)
    try:
        yield Kept(path, store)
    finally:
        await store.close()


async def test_syncs_of_a_commit_are_one_run(kept: Kept) -> None:
    first, second = [await kept.journal.begin("c1", "Ann") for _ in range(2)]

    kept.journal.end(first, DONE, [])
    kept.journal.end(second, DONE, [])

    await kept.ended()
    assert await kept.outcomes() == [Outcome.SUCCEEDED]


async def test_who_is_cancelled_before_its_run_is_stored_keeps_it_from_ending_no_longer(
    kept: Kept,
) -> None:
    with kept.held():
        waiting = asyncio.create_task(kept.journal.begin("c1", "Ann"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])

    await kept.ended()
    assert await kept.outcomes() == [Outcome.CANCELLED]


async def test_a_sync_that_its_cluster_cuts_off_ends_with_what_it_says(kept: Kept) -> None:
    entry = Entry(kept.journal, "c1", "Ann")

    with pytest.raises(Unreachable), entry.of("shop", "eu"):
        await entry.begin()
        raise Unreachable("eu does not answer", cluster="eu")

    await kept.ended()
    assert await kept.outcomes() == [Outcome.FAILED]


async def test_what_comes_after_the_end_of_a_sync_is_no_second_end_of_it(kept: Kept) -> None:
    entry = Entry(kept.journal, "c1", "Ann")

    with pytest.raises(Unreachable), entry.of("shop", "eu"):
        await entry.begin()
        await entry.end(DONE, [], again=False)
        raise Unreachable("eu does not answer", cluster="eu")

    await kept.ended()
    assert await kept.outcomes() == [Outcome.SUCCEEDED]


async def test_a_run_that_is_being_ended_is_ended_when_the_watch_stops(kept: Kept) -> None:
    burst = await kept.journal.begin("c1", "Ann")
    with kept.held():
        kept.journal.end(burst, DONE, [])
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait([burst.writing])
        await asyncio.sleep(0)  # Its end waits for the store now.
        closing = asyncio.create_task(kept.journal.close())
        await asyncio.sleep(0)

    await closing
    assert await kept.outcomes() == [Outcome.SUCCEEDED]


async def test_a_long_sync_ends_its_run_though_a_newer_one_was_begun(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "JOINED", -1.0)
    long = await kept.journal.begin("c1", "Ann")
    await kept.journal.begin("c1", "Ann")

    kept.journal.end(long, DONE, [])
    await kept.journal.close()

    assert sorted(await kept.outcomes()) == [Outcome.CANCELLED, Outcome.SUCCEEDED]
