"""`trunkline infra outputs` and the Applications that read them, as a user types it."""

from __future__ import annotations

import asyncio

import pytest
import yaml

from cli.conftest import Typed
from gitrepo import GitRepo
from trunkline.app.places import Places
from trunkline.core.infra.outputs import VALUES_FROM, UnitOutputs
from trunkline.edge.store import Store


@pytest.fixture
def shop(repo: GitRepo) -> GitRepo:
    application = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": "shop",
            "namespace": "argocd",
            "annotations": {VALUES_FROM: "infra/eu/rds"},
        },
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.test/x.git", "path": "chart"},
            "destination": {"name": "eu", "namespace": "shop"},
        },
    }
    repo.write(
        {
            "trunkline.yaml": "clusters: [{name: eu}]\n",
            "a.yaml": yaml.safe_dump(application),
            "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
            "chart/templates/a.yaml": (
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
                "data: {at: {{ .Values.endpoint | quote }}}\n"
            ),
        }
    ).commit()
    return repo


def remember(*found: UnitOutputs) -> None:
    async def kept() -> None:
        places = Places.of_environment()
        async with await Store.open(places.store) as store:
            for one in found:
                await store.remember_outputs(one)

    asyncio.run(kept())


def test_what_is_not_known_is_said_with_its_remedy(typed: Typed, shop: GitRepo) -> None:
    said = typed("render")
    assert said.code == 1
    assert "shop: the outputs of infra/eu/rds are not known" in said.err
    assert "apply the unit, or read them: trunkline infra outputs infra/eu/rds" in said.err
    assert "no outputs are known" in typed("infra", "outputs").err


def test_what_is_known_is_shown_and_rendered(typed: Typed, shop: GitRepo) -> None:
    remember(UnitOutputs("infra/eu/rds", {"endpoint": "db:5432"}, ("password",), "c0ffee00", 0.0))
    assert (
        typed("infra", "outputs").out
        == """\
infra/eu/rds  read – at c0ffee00
  endpoint = db:5432
  password = •••••••• (sensitive: for a Secret)
"""
    )
    said = typed("render")
    assert said.code == 0
    assert "at: db:5432" in said.out
    assert "infra/eu/rds: password is sensitive, so it is not handed to values" in said.err


def test_a_unit_that_is_none(typed: Typed, shop: GitRepo) -> None:
    said = typed("infra", "outputs", "infra/eu/rds")
    assert (said.code, "no unit is called 'infra/eu/rds'" in said.err) == (1, True)
