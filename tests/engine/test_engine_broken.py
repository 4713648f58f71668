"""A sync that ends in the middle: the run says what was done until then, and what is not known."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from engine.conftest import application
from engine.fronts import BOTH, Eu, eu_of
from engine.vigil import AUTOMATED, PACE, eventually, vigil
from gitrepo import GitRepo
from kube_objects import config_map, deployment, stream
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.event import Event, Listener, RunEnded, StepDone
from trunkline.core.manifest import Manifest
from trunkline.core.run import Outcome, Run
from trunkline.engine.sync.component import How
from trunkline.engine.sync.trace import CUT

FINALIZER = {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}
HOW = How(prune=True, wave_timeout=60.0)
# By its waves one object is written after the other.
FIRST, SECOND, THIRD = (config_map(f"m-{at}", {"v": "1"}, wave=str(at)) for at in range(3))


@dataclass
class Place:
    """A repository of one Application, `web`, and the cluster that it goes to."""

    repo: GitRepo
    cluster: Eu
    places: Places
    breaks_at: str = "m-0"
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, one: Event) -> None:
        if isinstance(one, StepDone) and one.step.ref.name == self.breaks_at:
            self.told.set()

    def breaks(self, one: Event) -> None:
        """The cluster dies when the first object has been written."""
        self.heard(one)
        self.cluster.faults.refuse = self.told.is_set()

    async def sync(self, listener: Listener | None = None) -> Run:
        opening = await App.open(str(self.repo.path), self.places, listener or self.heard)
        async with opening as app:
            return await app.sync(HOW)

    async def kept(self) -> Run | None:
        """The newest run, as another process would read it."""
        async with await App.open(str(self.repo.path), self.places) as app:
            runs = await (await app.store()).runs(limit=1)
            return runs[0] if runs else None


@pytest.fixture(params=BOTH)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    repo = GitRepo(tmp_path / "repo")
    app = application("web", "web", "eu", "default", meta=FINALIZER, syncPolicy=AUTOMATED)
    files = {"apps/web.yaml": app, "web/all.yaml": stream(FIRST, SECOND, THIRD)}
    limits = "clusters: [{name: eu}]\nlimits: {cluster: {timeout: 15}}\n"
    repo.write({**files, "trunkline.yaml": limits}).commit()
    kubeconfig = tmp_path / "kubeconfig"
    places = Places(tmp_path / "cache", str(tmp_path / "store.db"), str(kubeconfig))
    async with eu_of(request, kubeconfig) as found:
        yield Place(repo, found["eu"], places)


def picture(run: Run) -> list[str]:
    """The steps of its one component, and how that ended."""
    (web,) = run.components
    steps = [f"{one.verb} {one.ref.name}: {one.message or 'done'}" for one in web.steps]
    return [*steps, web.outcome.value]


LOST = "no answer came: it may be done, or not"


async def test_a_cluster_that_dies_in_the_middle(place: Place) -> None:
    run = await place.sync(place.breaks)
    assert picture(run) == ["apply m-0: done", f"apply m-1: {LOST}", "failed"]
    assert "closed the connection without an answer" in run.components[0].message
    assert await place.kept() == run


async def test_a_cluster_that_dies_while_a_component_is_deleted(place: Place) -> None:
    place.breaks_at = "m-2"
    await place.sync()
    place.told.clear()
    place.repo.remove("apps/web.yaml").commit()
    run = await place.sync(place.breaks)
    assert picture(run) == ["delete m-2: done", "failed"]


async def test_a_cluster_that_dies_under_a_watch(place: Place) -> None:
    quick = replace(PACE, pulse=0.2, patience=1.5)
    repo = str(place.repo.path)
    async with vigil(repo, place.places, pace=quick, also=place.breaks) as watch:
        await watch.until(lambda: watch.told(RunEnded), "the run ended")
        (ended,) = watch.told(RunEnded)
        assert picture(ended.run) == ["apply m-0: done", f"apply m-1: {LOST}", "failed"]
        place.breaks_at = ""
        place.told.clear()
        place.cluster.faults.clear()
        await watch.synced("web")


async def test_a_sync_that_is_interrupted(place: Place) -> None:
    place.cluster.faults.latency = 0.05
    syncing = asyncio.create_task(place.sync())
    await place.told.wait()
    syncing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await syncing
    run = await place.kept()
    assert (run.outcome, run.components[0].message) == (Outcome.CANCELLED, CUT)
    assert picture(run)[0] == "apply m-0: done"
    there = {step.ref.name for step in run.components[0].steps}
    place.cluster.faults.clear()
    again = await place.sync()
    assert {step.ref.name for step in again.components[0].steps} == {"m-0", "m-1", "m-2"} - there


async def test_what_is_done_is_in_the_store_while_the_sync_goes_on(place: Place) -> None:
    """It is all that is left of it where the process is killed."""
    place.repo.write({"web/all.yaml": stream(FIRST, held(deployment("slow")), SECOND)}).commit()
    syncing = asyncio.create_task(place.sync())
    first = ["apply m-0: done", "apply slow: done", "running"]
    await eventually(
        place.kept,
        lambda one: one and one.components and sorted(picture(one)) == first,
        "the steps of the first wave",
    )
    syncing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await syncing


def held(deployment: Manifest) -> Manifest:
    """One that never becomes healthy."""
    pod = deployment["spec"]["template"]
    pod["metadata"]["annotations"] = {"sandbox.trunkline/fail": "Pending"}
    pod["spec"]["nodeSelector"] = {"nowhere": "at-all"}
    return deployment
