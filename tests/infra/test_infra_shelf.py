"""A planned range, as several commands write it."""

from __future__ import annotations

from pathlib import Path

from trunkline.core.keys import KeyPlace
from trunkline.edge.store import Store
from trunkline.engine.infra.shelf import Entry, Shelf, Span


async def test_what_an_apply_notes_loses_nothing_that_was_planned_meanwhile(tmp_path: Path) -> None:
    place = str(tmp_path / "store.db")
    async with await Store.open(place, keys=KeyPlace(tmp_path / "keys")) as store:
        shelf = Shelf(store.vault)
        begun = Span("b", "h", (Entry("net", "changed", "planned", "1"),))
        await shelf.keep_span(begun)
        drifted = Entry("db", "changed", "planned", "2", heals=True)
        await shelf.keep_span(Span("b", "h", (*begun.entries, drifted)))
        done = Entry("net", "changed", "planned", "1", done=True)
        assert (await shelf.noted(begun, done)).entries == (done, drifted)
        assert await shelf.span("h") == Span("b", "h", (done, drifted))


async def test_a_range_that_was_planned_anew_from_elsewhere_is_another(tmp_path: Path) -> None:
    place = str(tmp_path / "store.db")
    async with await Store.open(place, keys=KeyPlace(tmp_path / "keys")) as store:
        shelf = Shelf(store.vault)
        begun = Span("b", "h", (Entry("net", "changed", "planned", "1"),))
        await shelf.keep_span(Span("other", "h", ()))
        done = Entry("net", "changed", "planned", "1", done=True)
        assert await shelf.noted(begun, done) == Span("b", "h", (done,))
