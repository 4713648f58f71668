"""A watch and infrastructure: who needs what a commit changes of a unit waits for the apply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from engine.conftest import Ground
from engine.vigil import AUTOMATED, PACE, Vigil, eventually, vigil
from kube_objects import config_map, stream
from trunkline.app.places import Places
from trunkline.core.depends import DEPENDS_ON
from trunkline.core.event import CommitSeen, HeldBack, LetGo
from trunkline.core.infra.outputs import VALUES_FROM, UnitOutputs
from trunkline.core.infra.saved import Entry, Span
from trunkline.core.keys import KeyPlace
from trunkline.core.report.events import event_json, event_text
from trunkline.core.report.paint import painter
from trunkline.edge.store import Store
from trunkline.engine.infra.shelf import Shelf

UNIT = 'terraform {\n  backend "local" {}\n}\n# %s\n'
CHART = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\n"
    "data: {endpoint: {{ .Values.endpoint | quote }}, colour: %s}\n"
)
ENTRY = Entry("rds", "changed", "planned", "7f3a")
PLANNED, NOT_PLANNED = (
    "which was planned and is not applied yet: trunkline infra apply",
    "which changed and is not planned yet: trunkline infra plan ",
)


@dataclass
class Shop:
    """Three Applications: one reads the unit's outputs, one waits for that one, one for nobody."""

    ground: Ground
    keys: Path

    def commit(self, text: str) -> str:
        """Everything says this text from now on."""
        plain = {
            f"{one}/a.yaml": stream(config_map(one, {"colour": text})) for one in ("after", "free")
        }
        self.ground.repo.write(
            {
                "a.yaml": "---\n".join([*self._applications()]),
                "rds/main.tf": UNIT % text,
                "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
                "chart/templates/all.yaml": CHART % text,
                **plain,
            }
        )
        return self.ground.repo.commit(text)

    def _applications(self) -> Iterator[str]:
        for name, path, said in (
            ("shop", "chart", {VALUES_FROM: "rds"}),
            ("after", "after", {DEPENDS_ON: "shop"}),
            ("free", "free", {}),
        ):
            yield self.ground.application(
                name, path, meta={"annotations": said}, syncPolicy=AUTOMATED
            )

    @property
    def places(self) -> Places:
        return replace(self.ground.places(), keys=KeyPlace(self.keys))

    async def record(self, base: str, head: str, endpoint: str = "", **entry: Any) -> None:
        """What a plan or, with what the unit gives, an apply leaves in the store."""
        async with await Store.open(self.places.store, keys=self.places.keys) as store:
            if endpoint:
                await store.remember_outputs(UnitOutputs("rds", {"endpoint": endpoint}))
            await Shelf(store.vault).keep_span(Span(base, head, (replace(ENTRY, **entry),)))

    async def live(self) -> dict[str, dict[str, str]]:
        found = {one: await self.ground.get("ConfigMap", one) for one in ("shop", "after", "free")}
        return {name: dict(one["data"]) for name, one in found.items() if one}


@pytest.fixture
def shop(ground: Ground, tmp_path: Path) -> Shop:
    return Shop(ground, tmp_path / "keys")


def reasons(watch: Vigil) -> list[tuple[tuple[str, ...], str]]:
    return [(one.components, one.reason) for one in watch.told(HeldBack)]


@pytest.mark.parametrize("ground", ["sandbox"], indirect=True)
async def test_who_needs_the_infrastructure_waits_for_it(shop: Shop) -> None:
    nothing = shop.ground.repo.write({"README.md": ""}).commit()
    one = shop.commit("one")
    await shop.record(nothing, one, "db:1", done=True)
    pace = replace(PACE, poll=0.1)
    async with vigil(str(shop.ground.repo.path), shop.places, pace=pace) as watch:
        await watch.synced("shop", "after", "free")
        two = shop.commit("two")
        await watch.until(lambda: watch.told(HeldBack), "who needs the unit is held")
        assert reasons(watch) == [
            (("after",), f"waits for shop, which waits for rds, {NOT_PLANNED}{one[:8]}..{two[:8]}"),
            (("shop",), f"waits for rds, {NOT_PLANNED}{one[:8]}..{two[:8]}"),
        ]
        await shop.record(one, two)
        await watch.until(lambda: len(reasons(watch)) == 4, "the plan is seen")
        assert reasons(watch)[3] == (("shop",), f"waits for rds, {PLANNED}")
        await watch.until(lambda: says(watch, "free", two), "who needs no unit goes on")
        await watch.until(lambda: says(watch, "shop", two, "OutOfSync"), "who does waits")
        colours = {name: data["colour"] for name, data in (await shop.live()).items()}
        assert colours == {"shop": "one", "after": "one", "free": "two"}
        await shop.record(one, two, "db:2", done=True)
        await watch.until(lambda: watch.told(LetGo), "the apply is seen")
        assert [one.components for one in watch.told(LetGo)] == [("after", "shop")]
        await watch.until(lambda: says(watch, "shop", two), "shop is delivered")
        await watch.until(lambda: says(watch, "after", two), "and who waits for it")
        assert (await shop.live())["shop"] == {"endpoint": "db:2", "colour": "two"}


def says(watch: Vigil, component: str, commit: str, sync: str = "Synced") -> bool:
    status = watch.status(component)
    return status is not None and (status.commit, status.sync) == (commit, sync)


def test_how_it_is_told() -> None:
    held = HeldBack(tuple("abcdefg"), f"waits for rds, {PLANNED}")
    assert event_text(held, painter(False)) == (
        "‖ a, b, c, d, e and 2 more: waits for rds, which was planned and is not applied yet: "
        "trunkline infra apply"
    )
    assert event_json(held)["components"] == list("abcdefg")
    gone = LetGo(("shop",))
    assert event_text(gone, painter(False)) == "● shop may go on: what was waited for is applied"
    assert event_json(gone) == {"event": "let-go", "components": ["shop"]}


@pytest.mark.parametrize("ground", ["sandbox"], indirect=True)
async def test_a_wait_for_nobody_is_told_once(shop: Shop) -> None:
    nobody = {"annotations": {DEPENDS_ON: "nobody"}}
    waiter = shop.ground.application("waiter", "free", meta=nobody)
    commits = [{"README.md": ""}, {"b.yaml": waiter}, {"README.md": "more"}]
    shop.ground.repo.write(commits[0]).commit()
    async with vigil(str(shop.ground.repo.path), shop.places) as watch:
        for number, files in enumerate(commits, 1):
            shop.ground.repo.write(files).commit()
            watch.watch.bell.ring()
            await watch.until(
                lambda number=number: len(watch.told(CommitSeen)) >= number, "the commit is seen"
            )
        *_, second, third = watch.told(CommitSeen)
    told = "trunkline/depends-on names nobody, which is no Application and no unit of this commit"
    assert told in event_text(second, painter(False))
    assert told not in event_text(third, painter(False))
    rules = [one["rule"] for one in event_json(third)["findings"]]
    assert rules.count("dependency-unknown") == 1


@pytest.mark.parametrize("ground", ["sandbox"], indirect=True)
async def test_what_a_unit_needs_stays_until_that_is_gone(shop: Shop) -> None:
    ground, policy = shop.ground, {"automated": {"prune": True}}
    finalizer = {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}
    first = ground.repo.write({"README.md": ""}).commit()
    ground.repo.write(
        {
            "trunkline.yaml": "infra: {units: [{path: rds, dependsOn: [free]}]}\n",
            "rds/main.tf": UNIT % "one",
            "free.yaml": ground.application("free", "free", meta=finalizer, syncPolicy=policy),
            "free/a.yaml": stream(config_map("free", {"colour": "one"})),
        }
    )
    one = ground.repo.commit()
    await shop.record(first, one, done=True)
    pace = replace(PACE, poll=0.1)
    async with vigil(str(ground.repo.path), shop.places, pace=pace) as watch:
        await watch.synced("free")
        ground.repo.remove("trunkline.yaml", "rds/main.tf", "free.yaml")
        two = ground.repo.commit()
        await watch.until(lambda: watch.told(HeldBack), "the Application is held")
        said = f"waits for the end of rds, {NOT_PLANNED}{one[:8]}..{two[:8]}"
        assert reasons(watch) == [(("free",), said)]
        assert await ground.get("ConfigMap", "free")
        await shop.record(one, two, how="removed", done=True)
        await watch.until(lambda: watch.told(LetGo), "it is let go")
        await eventually(
            lambda: ground.get("ConfigMap", "free"), lambda found: found is None, "gone"
        )
