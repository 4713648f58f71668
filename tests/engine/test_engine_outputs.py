"""Outputs of infrastructure in plans, syncs and watches of the Applications that read them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.conftest import HOW, Ground
from engine.vigil import AUTOMATED, PACE, eventually, vigil
from trunkline.core.infra.outputs import VALUES_FROM, UnitOutputs
from trunkline.core.run import Outcome
from trunkline.edge.store import Store

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
