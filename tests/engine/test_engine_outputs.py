"""Outputs of infrastructure in plans, syncs and watches of the Applications that read them."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from engine.conftest import HOW, Ground
from engine.vigil import AUTOMATED, PACE, eventually, vigil
from kube_objects import config_map, stream
from trunkline.app.clusters import App
from trunkline.core.depends import DEPENDS_ON
from trunkline.core.infra.outputs import VALUES_FROM, UnitOutputs
from trunkline.core.infra.saved import Entry, Span
from trunkline.core.keys import KeyPlace
from trunkline.core.run import ComponentResult, Outcome
from trunkline.edge.store import Store
from trunkline.engine.infra.shelf import Shelf

CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "chart/templates/all.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
        "data: {endpoint: {{ .Values.database.endpoint | quote }}}\n"
    ),
}


@pytest.fixture
def shop(ground: Ground) -> Ground:
    wish = {VALUES_FROM: "{unit: infra/eu/rds, as: database}"}
    reader = ground.application("shop", "chart", meta={"annotations": wish}, syncPolicy=AUTOMATED)
    ground.repo.write({**CHART, "a.yaml": reader}).commit()
    return ground


async def gives(ground: Ground, endpoint: str) -> None:
    async with await Store.open(ground.places().store) as store:
        await store.remember_outputs(UnitOutputs("infra/eu/rds", {"endpoint": endpoint}))


async def endpoint(ground: Ground) -> str:
    found = await ground.get("ConfigMap", "settings")
    return found["data"]["endpoint"] if found else ""


async def test_a_sync_and_a_plan_see_the_same(shop: Ground) -> None:
    run = await shop.sync()
    assert "the outputs of infra/eu/rds are not known" in run.components[0].message
    await gives(shop, "one:5432")
    assert (await shop.sync()).outcome is Outcome.SUCCEEDED
    assert await endpoint(shop) == "one:5432"
    assert not (await shop.plan()).components
    await gives(shop, "two:5432")
    ((changed,),) = (one.changes for one in (await shop.plan()).components)
    assert "-  endpoint: one:5432" in changed.diff
    assert "+  endpoint: two:5432" in changed.diff
    await shop.sync(HOW)
    assert await endpoint(shop) == "two:5432"


async def test_a_watch_follows_the_outputs(shop: Ground) -> None:
    await gives(shop, "one:5432")
    pace = replace(PACE, outside=0.2)
    async with vigil(str(shop.repo.path), shop.places(), pace=pace) as watch:
        await watch.synced("shop")
        await gives(shop, "two:5432")
        new = lambda found: found == "two:5432"  # noqa: E731
        await eventually(lambda: endpoint(shop), new, "the new endpoint is there")


async def test_an_application_waits_for_a_unit_that_is_planned(
    shop: Ground, tmp_path: Path
) -> None:
    await gives(shop, "one:5432")
    places = replace(shop.places(), keys=KeyPlace(tmp_path / "keys"))
    base, head = shop.repo.git("rev-parse", "HEAD"), shop.repo.git("rev-parse", "HEAD")
    entry = Entry("infra/eu/rds", "changed", "planned", "7f3a")

    async def synced(span: Span) -> ComponentResult:
        async with await App.open(str(shop.repo.path), places) as app:
            store = await app.store()
            await Shelf(store.vault).keep_span(span)
            (result,) = (await app.sync(HOW)).components
            return result

    waits = await synced(Span(base, head, (entry,)))
    assert (waits.outcome, waits.message) == (
        Outcome.SKIPPED,
        "waits for infra/eu/rds, which was planned and is not applied yet: trunkline infra apply",
    )
    done = await synced(Span(base, head, (replace(entry, done=True),)))
    assert done.outcome is Outcome.SUCCEEDED


async def test_a_circle_is_told(ground: Ground) -> None:
    one = ground.application("one", "one", meta={"annotations": {DEPENDS_ON: "two"}})
    two = ground.application("two", "two", meta={"annotations": {DEPENDS_ON: "one"}})
    files = {f"{name}/a.yaml": stream(config_map(name)) for name in ("one", "two")}
    ground.repo.write({"a.yaml": f"{one}---\n{two}", **files}).commit()
    run = await ground.sync()
    assert run.outcome is Outcome.SUCCEEDED
    (finding,) = run.findings
    assert finding.message == "trunkline/depends-on leads in a circle: one → two → one"


@pytest.mark.parametrize("ground", ["sandbox"], indirect=True)
async def test_who_waits_for_nobody_that_there_is_is_told(ground: Ground) -> None:
    one = ground.application("one", "one", meta={"annotations": {DEPENDS_ON: "net, infra/rdz"}})
    unit = 'terraform {\n  backend "local" {}\n}\n'
    files = {"a.yaml": one, "one/a.yaml": stream(config_map("one")), "net/main.tf": unit}
    ground.repo.write(files).commit()
    run = await ground.sync()
    assert run.outcome is Outcome.SUCCEEDED
    assert [finding.message for finding in run.findings] == [
        "trunkline/depends-on names infra/rdz, which is no Application and no unit of this commit"
    ]


async def test_what_another_depends_on_comes_first(ground: Ground) -> None:
    first = ground.application("z-first", "z")
    then = ground.application("a-then", "a", meta={"annotations": {DEPENDS_ON: "z-first"}})
    bad = {**config_map("x"), "kind": "Nothing"}
    files = {"z/a.yaml": stream(bad), "a/a.yaml": stream(config_map("a"))}
    ground.repo.write({"a.yaml": f"{first}---\n{then}", **files}).commit()
    run = await ground.sync()
    found = {one.id: (one.outcome, one.message) for one in run.components}
    assert found["z-first"][0] is Outcome.FAILED
    assert found["a-then"] == (Outcome.SKIPPED, "waits for z-first, which failed")
