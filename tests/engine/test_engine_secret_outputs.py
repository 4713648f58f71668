"""Sensitive outputs of units in a Secret of the Application: written, kept right, never seen."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from msgspec.structs import replace

from engine.conftest import HOW, Ground
from engine.vigil import AUTOMATED, PACE, eventually, vigil
from trunkline.app.clusters import App
from trunkline.app.offline import OfflineApp
from trunkline.app.places import Places
from trunkline.core.infra.outputs import VALUES_FROM, UnitOutputs
from trunkline.core.keys import KeyPlace
from trunkline.core.manifest import Manifest
from trunkline.core.report.plan_text import plan_text
from trunkline.core.run import Outcome
from trunkline.edge.store import Store
from trunkline.engine.infra.kept_outputs import SECRETS

ONE, TWO = "hunter22-never-shown", "correct-horse-never-shown"
SETTINGS = "infra: {units: [{path: infra/rds, secretsFor: [shop]}]}\n"
CHART = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: shop}
data:
  endpoint: {{ .Values.db.endpoint }}
  password: {{ .Values.db.password | toJson | quote }}
"""
WISH = {"unit": "infra/rds", "as": "db", "secret": "shop-db"}


@dataclass
class Shop:
    ground: Ground
    folder: Path

    @property
    def places(self) -> Places:
        return replace(self.ground.places(), keys=KeyPlace(self.folder / "keys"))

    def commit(self, wish: Any = WISH, *, path: str = "chart", settings: str = SETTINGS) -> None:
        annotations = {VALUES_FROM: yaml.safe_dump(wish)}
        shop = self.ground.application(
            "shop", path, meta={"annotations": annotations}, syncPolicy=AUTOMATED
        )
        plain = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata: {a: b}\n"
        self.ground.repo.write(
            {
                "trunkline.yaml": settings,
                "a.yaml": shop,
                "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
                "chart/templates/all.yaml": CHART,
                "chart/values.yaml": "db: {password: none}\n",
                "plain/a.yaml": plain,
            }
        ).commit()

    async def gives(self, password: str | None) -> None:
        """What an apply keeps; None where nobody asked for the password then."""
        known = UnitOutputs("infra/rds", {"endpoint": "db:5432"}, ("password",))
        async with await Store.open(self.places.store, keys=self.places.keys) as store:
            await store.remember_outputs(known)
            if password is not None:
                sealed = orjson.dumps({"password": password})
                await store.vault.keep(SECRETS, "infra/rds", sealed)

    async def secret(self) -> str:
        """The password in the cluster; "" where there is no Secret."""
        found = await self.ground.get("Secret", "shop-db")
        return base64.b64decode(found["data"]["password"]).decode() if found else ""

    async def edit(self, password: str) -> None:
        found = await self.ground.get("Secret", "shop-db")
        assert found is not None
        data = {"password": base64.b64encode(password.encode()).decode()}
        await self.ground.client.replace({**found, "data": data})

    def files(self) -> Iterator[Path]:
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and not path.is_relative_to(self.ground.repo.path):
                yield path


@pytest.fixture
def shop(ground: Ground, tmp_path: Path) -> Shop:
    return Shop(ground, tmp_path)


def clear(*secrets: str) -> list[bytes]:
    plain = [one.encode() for one in secrets]
    return [*plain, *(base64.b64encode(one) for one in plain)]


async def test_a_secret_is_written_healed_and_pruned_and_nobody_sees_it(shop: Shop) -> None:
    shop.commit()
    await shop.gives(ONE)
    said: list[str] = []

    async def synced() -> None:
        async with await App.open(str(shop.ground.repo.path), shop.places) as app:
            plan = await app.plan_live()
            said.extend([plan_text(plan), json.dumps(plan.as_json())])
            run = await app.sync(replace(HOW, prune=True))
            said.append(json.dumps(run.as_json()))
            assert run.outcome is Outcome.SUCCEEDED, run
            assert not (await app.plan_live()).components

    await synced()
    assert await shop.secret() == ONE
    settings = await shop.ground.get("ConfigMap", "shop")
    assert settings is not None
    reference = {"name": "shop-db", "key": "password"}
    assert json.loads(settings["data"]["password"]) == reference
    await shop.edit("somebody else's")
    await synced()
    assert "password: •••••••• (changed)" in said[-3]
    assert await shop.secret() == ONE
    await shop.gives(TWO)
    await synced()
    assert await shop.secret() == TWO
    shop.commit({"unit": "infra/rds", "as": "db", "only": ["endpoint"]}, settings="")
    await synced()
    assert await shop.secret() == ""
    for one in clear(ONE, TWO):
        assert not [text for text in said if one.decode() in text]
        assert not [path for path in shop.files() if one in path.read_bytes()]


@pytest.mark.parametrize("ground", ["sandbox"], indirect=True)
async def test_a_watch_heals_it_and_follows_a_new_one(shop: Shop) -> None:
    shop.commit()
    await shop.gives(ONE)
    pace = replace(PACE, outside=0.2)
    async with vigil(str(shop.ground.repo.path), shop.places, pace=pace) as watch:
        await watch.synced("shop")
        await shop.edit("somebody else's")
        await eventually(shop.secret, lambda found: found == ONE, "it is put back")
        await shop.gives(TWO)
        await eventually(shop.secret, lambda found: found == TWO, "the new one is there")
        assert not [one for one in watch.heard if ONE in repr(one) or TWO in repr(one)]


@pytest.mark.parametrize("ground", ["sandbox"], indirect=True)
async def test_manifests_without_a_chart_may_name_it(shop: Shop) -> None:
    shop.commit({**WISH, "only": ["password"]}, path="plain")
    await shop.gives(ONE)
    async with await App.open(str(shop.ground.repo.path), shop.places) as app:
        assert (await app.sync(HOW)).outcome is Outcome.SUCCEEDED
    assert await shop.secret() == ONE


@pytest.mark.parametrize("ground", ["sandbox"], indirect=True)
@pytest.mark.parametrize(
    ("settings", "kept", "message"),
    [
        pytest.param("", ONE, "nothing lets it have the sensitive outputs of infra/rds", id="ask"),
        pytest.param(
            SETTINGS.replace("shop", "blog"),
            ONE,
            "nothing lets it have the sensitive outputs of infra/rds",
            id="another may",
        ),
        pytest.param(
            SETTINGS, None, "the sensitive output password of infra/rds is not kept", id="not kept"
        ),
    ],
)
async def test_who_may_not_or_cannot_have_it_gets_nothing(
    shop: Shop, settings: str, kept: str | None, message: str
) -> None:
    shop.commit(settings=settings)
    await shop.gives(kept)
    async with await App.open(str(shop.ground.repo.path), shop.places) as app:
        (result,) = (await app.sync(HOW)).components
    assert (result.outcome, message in result.message) == (Outcome.FAILED, True)
    assert await shop.secret() == ""


@pytest.mark.parametrize("ground", ["sandbox"], indirect=True)
async def test_without_the_key_only_who_asks_for_it_is_not_delivered(shop: Shop) -> None:
    shop.commit()
    other = shop.ground.application(
        "other", "chart", meta={"annotations": {VALUES_FROM: "{unit: infra/rds, as: db}"}}
    )
    shop.ground.repo.write({"b.yaml": other.replace("path: chart", "path: other")})
    text = CHART.replace("{name: shop}", "{name: other}")
    shop.ground.repo.write({"other/Chart.yaml": "apiVersion: v2\nname: o\nversion: 1.0.0\n"})
    shop.ground.repo.write({"other/templates/all.yaml": text}).commit()
    await shop.gives(ONE)
    places = replace(shop.places, keys=KeyPlace(shop.folder / "other keys"))
    async with await App.open(str(shop.ground.repo.path), places) as app:
        results = {one.id: one for one in (await app.sync(HOW)).components}
    assert results["other"].outcome is Outcome.SUCCEEDED
    assert results["shop"].outcome is Outcome.FAILED
    assert "the sensitive output password of infra/rds cannot be read" in results["shop"].message
    assert ONE not in results["shop"].message


@pytest.mark.parametrize("ground", ["sandbox"], indirect=True)
async def test_without_a_cluster_it_is_only_known_that_there_is_one(shop: Shop) -> None:
    shop.commit({"unit": "infra/rds", "as": "db", "only": ["endpoint"]})
    shop.commit()
    await shop.gives(ONE)
    async with await OfflineApp.open(str(shop.ground.repo.path), shop.places) as app:
        (found,) = await app.render(())
        plan = await app.plan_range("HEAD~1", "HEAD")
    secret: Manifest = next(one for one in found.manifests if one["kind"] == "Secret")
    assert secret["data"] == {"password": "(sensitive)"}
    refs = {one.ref.name: one.action.value for part in plan.components for one in part.changes}
    assert refs == {"shop": "update", "shop-db": "create"}


@pytest.mark.parametrize("ground", ["sandbox"], indirect=True)
async def test_what_goes_with_the_line_that_let_it_have_them_is_planned(shop: Shop) -> None:
    shop.commit()
    await shop.gives(ONE)
    file = shop.ground.repo.path / "a.yaml"
    whole = yaml.safe_load(file.read_text())
    whole["metadata"]["finalizers"] = ["resources-finalizer.argocd.argoproj.io"]
    shop.ground.repo.write({"a.yaml": yaml.safe_dump(whole)}).commit()
    shop.ground.repo.remove("a.yaml").write({"trunkline.yaml": "infra: {}\n"}).commit()
    async with await OfflineApp.open(str(shop.ground.repo.path), shop.places) as app:
        plan = await app.plan_range("HEAD~1", "HEAD")
    gone = [(one.action.value, one.ref.kind) for part in plan.components for one in part.changes]
    assert sorted(gone) == [("delete", "ConfigMap"), ("delete", "Secret")]
