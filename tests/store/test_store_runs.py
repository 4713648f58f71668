"""Runs come back as they were saved, by steps or whole, newest first."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from msgspec.structs import replace
from store_values import ROLE, SETTINGS, WEB, WHOLE, result, run, step

from trunkline.core.run import ComponentResult, Outcome, Run
from trunkline.edge.store import Store
from trunkline.edge.store import runs as kept


@pytest.fixture
async def store(store_place: str):
    async with await Store.open(store_place) as opened:
        yield opened


@pytest.mark.parametrize("saved", [WHOLE, run()], ids=["whole", "just begun"])
async def test_a_run_comes_back_as_it_was(store: Store, saved: Run) -> None:
    await store.save_run(saved)
    assert await store.run(saved.id) == saved
    assert await store.runs() == (saved,)


async def test_saving_again_replaces(store: Store) -> None:
    await store.save_run(WHOLE)
    newer = replace(WHOLE, outcome=Outcome.SUCCEEDED, components=(result("other", "us"),))
    await store.save_run(newer)
    assert await store.runs() == (newer,)


async def test_a_run_that_goes_on(store: Store) -> None:
    begun = run()
    await store.save_run(begun)
    await store.add_steps(begun.id, [step(WEB), step(ROLE, cluster="us")])
    await store.add_steps(begun.id, [step(SETTINGS)])
    await store.add_steps(begun.id, [])
    going = await store.run(begun.id)
    assert going is not None
    assert going.components == (
        ComponentResult("shop", "eu", Outcome.RUNNING, steps=(step(WEB), step(SETTINGS))),
        ComponentResult("shop", "us", Outcome.RUNNING, steps=(step(ROLE, cluster="us"),)),
    )


async def test_a_run_that_ends_with_its_steps(store: Store) -> None:
    await store.save_run(run())
    await store.add_steps("7f3a", [step(SETTINGS)])
    await store.save_run(WHOLE)
    ended = await store.run("7f3a")
    assert ended is not None and ended.components == WHOLE.components


async def test_the_newest_first_and_no_more_than_asked(store: Store) -> None:
    for number in (1, 3, 2):
        await store.save_run(run(f"run-{number}", float(number)))
    assert [one.id for one in await store.runs()] == ["run-3", "run-2", "run-1"]
    assert [one.id for one in await store.runs(limit=2)] == ["run-3", "run-2"]


FILTERS = {
    ("shop", ""): ["c", "a"],
    ("", "us"): ["c", "b"],
    ("shop", "us"): ["c"],
    ("blog", "eu"): [],
    ("nothing", ""): [],
}


@pytest.mark.parametrize("wanted", FILTERS, ids=lambda pair: "-".join(pair))
async def test_runs_of_a_component_or_a_cluster(store: Store, wanted: tuple[str, str]) -> None:
    await store.save_run(run("a", 1.0, components=(result("shop", "eu"),)))
    await store.save_run(run("b", 2.0, components=(result("blog", "us"),)))
    await store.save_run(run("c", 3.0))
    await store.add_steps("c", [step(cluster="us")])
    component, cluster = wanted
    found = await store.runs(component=component, cluster=cluster)
    assert [one.id for one in found] == FILTERS[wanted]


PREFIXES = {"ab": "ab", "a": "abc", "abc": "abc", "x": None, "A": None, "a%": None, "_b": None}


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_a_run_by_the_beginning_of_its_id(store: Store, prefix: str) -> None:
    await store.save_run(run("ab", 1.0))
    await store.save_run(run("abc", 2.0))
    found = await store.run(prefix)
    assert (found.id if found else None) == PREFIXES[prefix]


async def test_a_run_whose_process_died_is_cancelled(store_place: str) -> None:
    script = (
        "import asyncio, os, signal; from trunkline.core.run import Run, Step\n"
        "from trunkline.core.manifest import Ref\n"
        "from trunkline.edge.store import Store\n"
        "async def main():\n"
        f"    store = await Store.open({store_place!r})\n"
        "    await store.save_run(Run('dead', 'sync', 'c0ffee', 1.0))\n"
        "    done = Step('shop', 'eu', Ref('', 'ConfigMap', 'a', 'b'), 'apply', 'Sync')\n"
        "    await store.add_steps('dead', [done])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    killed = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script])
    assert killed.returncode == -9
    async with await Store.open(store_place) as store:
        await store.save_run(run("alive", 2.0))
        alive, dead = await store.runs()
    assert (alive.outcome, dead.outcome) == (Outcome.RUNNING, Outcome.CANCELLED)
    assert [(one.outcome, one.message) for one in dead.components] == [
        (Outcome.CANCELLED, kept.DIED)
    ]
    assert [step.verb for step in dead.components[0].steps] == ["apply"]


async def test_old_runs_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT", 2)
    for number in range(4):
        await store.save_run(replace(WHOLE, id=f"run-{number}", started=float(number)))
    assert [one.id for one in await store.runs()] == ["run-3", "run-2"]
    assert await store.run("run-0") is None
