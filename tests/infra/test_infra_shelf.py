"""A planned range, as several commands write it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from trunkline.core.infra.plan.values import UnitPlan
from trunkline.core.infra.saved import Entry, Span
from trunkline.core.keys import KeyPlace
from trunkline.edge.store import Store
from trunkline.engine.infra.shelf import APPROVALS, ROOM, SPANS, Shelf, UnknownPlan
from trunkline.engine.infra.unit_plan import Planned


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


async def test_the_beginning_of_several_plans_names_none_of_them(tmp_path: Path) -> None:
    """Who approves means exactly one plan."""
    place = str(tmp_path / "store.db")
    async with await Store.open(place, keys=KeyPlace(tmp_path / "keys")) as store:
        shelf = Shelf(store.vault)
        saved = [
            await shelf.keep(Planned(UnitPlan(unit, "changed"), file), ("b", "h"), "h")
            for unit, file in [("live/net", b"0"), ("live/db", b"53")]
        ]
        assert [one.id[:1] for one in saved] == ["e", "e"]
        with pytest.raises(UnknownPlan, match="'e' begins the names of 2 saved plans") as refused:
            await shelf.named("e")
        assert refused.value.remedy == (
            f"say more of it: {saved[1].id} (live/db), {saved[0].id} (live/net)"
        )
        assert (await shelf.named(saved[0].id[:6])).unit == "live/net"


async def test_what_another_version_kept_is_planned_anew_where_it_cannot_be_read(
    tmp_path: Path,
) -> None:
    place = str(tmp_path / "store.db")
    async with await Store.open(place, keys=KeyPlace(tmp_path / "keys")) as store:
        shelf = Shelf(store.vault)
        saved = await shelf.keep(Planned(UnitPlan("net", "changed"), b"0"), ("b", "h"), "h")
        said = json.loads(saved.packed())
        newer = json.dumps({**said, "added": [1]}).encode()
        await store.vault.keep(ROOM, f"{saved.id} h net", newer)
        assert await shelf.plan(saved.id, "h", "net") == saved
        del said["shapes"]
        await store.vault.keep(ROOM, f"{saved.id} h net", json.dumps(said).encode())
        assert await shelf.plan(saved.id, "h", "net") is None
        with pytest.raises(UnknownPlan, match=f"another version of Trunkline saved .*{saved.id}"):
            await shelf.named(saved.id)
        await store.vault.keep(SPANS, "h", b"{}")
        await store.vault.keep(APPROVALS, saved.id, b"{}")
        assert (await shelf.span("h"), await shelf.approval(saved.id)) == (None, None)
        begun = Span("b", "h", (Entry("net", "changed", "planned", "1"),))
        assert await shelf.keep_beside(begun) == begun


async def test_of_ranges_and_approvals_the_newest_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(tmp_path / "store.db")
    async with await Store.open(place, keys=KeyPlace(tmp_path / "keys")) as store:
        shelf = Shelf(store.vault)
        for head in "abcd":
            await shelf.keep_span(Span("b", head, ()))
        for plan in "xyz":
            await store.vault.keep(APPROVALS, plan, b"{}")
        monkeypatch.setattr("trunkline.engine.infra.shelf.KEPT", {ROOM: 9, APPROVALS: 2, SPANS: 3})
        await shelf.trim("d")
        assert await shelf.heads() == ("b", "c", "d")
        assert await store.vault.names(APPROVALS) == ("y", "z")


async def test_of_plans_the_newest_are_kept_and_all_that_were_just_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = str(tmp_path / "store.db")
    monkeypatch.setattr("trunkline.engine.infra.shelf.KEPT", {ROOM: 2, APPROVALS: 9, SPANS: 9})
    async with await Store.open(place, keys=KeyPlace(tmp_path / "keys")) as store:
        shelf = Shelf(store.vault)
        saved = [
            await shelf.keep(Planned(UnitPlan(unit, "changed"), b"file"), ("b", head), head)
            for head in ("g", "h")
            for unit in ("a", "b", "c")
        ]
        shown = tuple(replace(entry(one.unit), plan=one.id) for one in saved[3:])
        await shelf.keep_span(Span("b", "h", shown))
        await shelf.trim("h")
        left = [await shelf.plan(one.id, one.head, one.unit) for one in saved]
        assert [one and one.unit for one in left] == [None, None, None, "a", "b", "c"]
        await shelf.trim("another")
        left = [await shelf.plan(one.id, one.head, one.unit) for one in saved]
        assert [one and one.unit for one in left] == [None, None, None, None, "b", "c"]


def entry(unit: str, **said: object) -> Entry:
    return Entry(unit, "changed", "planned", "1", **said)  # type: ignore[arg-type]


@pytest.fixture
async def two(store_place: str, tmp_path: Path) -> AsyncIterator[tuple[Shelf, Shelf]]:
    """One store, opened by two commands."""
    keys = KeyPlace(tmp_path / "keys")
    async with (
        await Store.open(store_place, keys=keys) as one,
        await Store.open(store_place, keys=keys) as other,
    ):
        yield Shelf(one.vault), Shelf(other.vault)


async def test_of_applies_and_plans_that_write_at_once_nothing_is_lost(
    two: tuple[Shelf, Shelf],
) -> None:
    todo = tuple(entry(f"unit-{at}") for at in range(12))
    begun = Span("b", "h", todo)
    await two[0].keep_span(begun)
    done = [replace(one, done=True) for one in todo]
    more = [entry(f"more-{at}") for at in range(12)]
    notes = [two[at % 2].noted(begun, one) for at, one in enumerate(done)]
    plans = [two[at % 2].keep_beside(Span("b", "h", (one,))) for at, one in enumerate(more)]
    await asyncio.gather(*(work for pair in zip(notes, plans, strict=True) for work in pair))
    found = await two[1].span("h")
    assert found is not None
    assert found.entries[:12] == tuple(done)
    assert sorted(found.entries[12:], key=lambda one: one.unit) == sorted(
        more, key=lambda one: one.unit
    )


async def test_of_two_who_plan_the_first_units_at_once_both_are_there(
    two: tuple[Shelf, Shelf],
) -> None:
    spans = [Span("b", "h", (entry("net"),)), Span("b", "h", (entry("db"),))]
    await asyncio.gather(*(one.keep_beside(span) for one, span in zip(two, spans, strict=True)))
    found = await two[0].span("h")
    assert found is not None
    assert {one.unit for one in found.entries} == {"net", "db"}


def test_a_heal_takes_no_place_of_a_change_of_code() -> None:
    known = Span("b", "h", (entry("net"), entry("db", done=True), entry("edge", heals=True)))
    heal = tuple(replace(entry(one, heals=True), plan="2") for one in ("net", "db", "edge"))
    assert Span("b", "h", heal).beside(known).entries == (known.entries[0], *heal[1:])
