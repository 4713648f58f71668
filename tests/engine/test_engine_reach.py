"""A cluster that infrastructure made is reached by the outputs of its unit, and not before."""

from __future__ import annotations

from pathlib import Path

import orjson

from engine.conftest import HOW, application
from gitrepo import GitRepo
from kube_objects import config_map, stream
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.keys import KeyPlace
from trunkline.core.run import Outcome
from trunkline.engine.infra.reach import REACH
from trunkline.sandbox import Sandbox

UNIT = "infra/live/jp/cluster"


async def test_it_is_synced_once_its_outputs_are_known(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo").write(
        {
            "trunkline.yaml": "clusters: [{name: jp, unit: infra/live/jp/cluster/}]\n"
            "repository: {urls: ['https://git.example.test/config.git']}\n",
            "web.yaml": application("web", "web", "jp", "default"),
            "web/all.yaml": stream(config_map("settings")),
        }
    )
    repo.commit()
    keys = KeyPlace(tmp_path / "keys")
    places = Places(tmp_path / "cache", str(tmp_path / "store.db"), keys=keys)
    async with Sandbox(["jp"]) as box, await App.open(str(repo.path), places) as app:
        before = await app.sync(HOW)
        assert before.outcome is Outcome.FAILED
        assert before.components[0].message == (
            f"jp: the outputs of {UNIT} are not known: apply the unit, or read them: "
            f"trunkline infra outputs {UNIT}"
        )
        jp = box.clusters["jp"]
        outputs = {"endpoint": {"value": jp.url}, "token": {"value": jp.token, "sensitive": True}}
        await (await app.store()).vault.keep(REACH, UNIT, orjson.dumps(outputs))
        after = await app.sync(HOW)
        assert after.outcome is Outcome.SUCCEEDED, after.as_json()
    assert jp.token.encode() not in (tmp_path / "store.db").read_bytes()
