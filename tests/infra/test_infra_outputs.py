"""Outputs of units as Helm values: what Applications may ask for, and what they get."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.region import VPC, Region
from trunkline.core.desired import Desired
from trunkline.core.infra.applying import Ended
from trunkline.core.infra.outputs import (
    VALUES_FROM,
    Handed,
    OutputsError,
    UnitOutputs,
    Wish,
    handed,
    merged,
    parse_outputs,
    wishes_of,
)
from trunkline.core.infra.secret_outputs import Allowed, encoded
from trunkline.edge.store import Store
from trunkline.engine.fleet import capabilities_of
from trunkline.engine.infra.kept_outputs import whole_outputs

WISHES = {
    "infra/eu/rds": (Wish("infra/eu/rds"),),
    "/infra/eu/rds/": (Wish("infra/eu/rds"),),
    "[infra/a, infra/b]": (Wish("infra/a"), Wish("infra/b")),
    "{unit: infra/a, as: global.db, only: [id]}": (Wish("infra/a", ("global", "db"), ("id",)),),
    "- infra/a\n- unit: infra/b\n  as: b\n": (Wish("infra/a"), Wish("infra/b", ("b",))),
    "{unit: infra/a, secret: shop-db}": (Wish("infra/a", secret="shop-db"),),
    "": (),
}


@pytest.mark.parametrize("text", WISHES)
def test_what_an_application_asks(text: str) -> None:
    assert wishes_of({VALUES_FROM: text}) == WISHES[text]


MISTAKES = {
    "7": "a unit's path, or a list of them, is expected",
    "{as: x}": "a unit's path, or a list of them, is expected",
    "{unit: a, for: x}": "for is not known: unit, as, only, secret are",
    "{unit: a, secret: Shop_DB}": "secret is the name of a Secret such as shop-database",
    "{unit: a, only: id}": "only is a list of names of outputs",
    "{unit: a, as: a..b}": "as is a path of values such as global.database",
    "{unit: [": "trunkline/values-from: ",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes(text: str) -> None:
    with pytest.raises(OutputsError, match=MISTAKES[text]):
        wishes_of({VALUES_FROM: text})


RDS = UnitOutputs(
    "rds",
    {"endpoint": "db:5432", "tags": {"a": 1}},
    ("password",),
    secrets={"password": encoded("hunter2")},
)
EKS = UnitOutputs("eks", {}, ("token",), secrets={"token": encoded("t")})
VPC_OUT = UnitOutputs("vpc", {"id": "vpc-1", "tags": {"b": 2}})
KNOWN = {"rds": RDS, "vpc": VPC_OUT, "eks": EKS}

HANDED: dict[str, tuple[tuple[Wish, ...], Handed]] = {
    "at the root": ((Wish("vpc"),), Handed({"id": "vpc-1", "tags": {"b": 2}})),
    "below a path": (
        (Wish("rds", ("global", "db"), ("endpoint",)),),
        Handed({"global": {"db": {"endpoint": "db:5432"}}}),
    ),
    "sensitive ones are held back": (
        (Wish("rds"),),
        Handed({"endpoint": "db:5432", "tags": {"a": 1}}, ("rds: password",)),
    ),
    "asked for by name, held back all the same": (
        (Wish("rds", (), ("password",)),),
        Handed({}, ("rds: password",)),
    ),
    "in a Secret, and the values say where": (
        (Wish("rds", ("db",), (), "shop"),),
        Handed(
            {
                "db": {
                    "endpoint": "db:5432",
                    "tags": {"a": 1},
                    "password": {"name": "shop", "key": "password"},
                }
            },
            secrets={"shop": {"password": "aHVudGVyMg=="}},
        ),
    ),
    "in a Secret alone": (
        (Wish("rds", (), ("password",), "shop"),),
        Handed(
            {"password": {"name": "shop", "key": "password"}},
            secrets={"shop": {"password": "aHVudGVyMg=="}},
        ),
    ),
    "two units share a Secret": (
        (Wish("rds", (), ("password",), "shop"), Wish("eks", ("k8s",), ("token",), "shop")),
        Handed(
            {
                "password": {"name": "shop", "key": "password"},
                "k8s": {"token": {"name": "shop", "key": "token"}},
            },
            secrets={"shop": {"password": "aHVudGVyMg==", "token": "dA=="}},
        ),
    ),
    "two units are merged": (
        (Wish("vpc"), Wish("rds", (), ("tags",))),
        Handed({"id": "vpc-1", "tags": {"a": 1, "b": 2}}),
    ),
}


@pytest.mark.parametrize("what", HANDED)
def test_what_it_gets(what: str) -> None:
    wishes, expected = HANDED[what]
    assert handed(wishes, KNOWN) == expected


def test_nothing_is_made_up() -> None:
    with pytest.raises(OutputsError, match="the outputs of dns are not known") as caught:
        handed([Wish("dns")], KNOWN)
    assert caught.value.remedy.endswith("trunkline infra outputs dns")
    with pytest.raises(OutputsError, match="vpc has no output name; it has id, tags"):
        handed([Wish("vpc", (), ("name",))], KNOWN)


def test_of_secrets_nothing_is_made_up_and_nothing_is_printed() -> None:
    wish = Wish("rds", (), ("password",), "shop")
    lost = replace(RDS, secrets={})
    with pytest.raises(OutputsError, match="output password of rds is not kept") as caught:
        handed([wish], {"rds": lost})
    assert caught.value.remedy.endswith("trunkline infra outputs rds")
    # Nothing reaches a cluster from there, and no API server would take it for a value.
    there = handed([wish], {"rds": replace(RDS, secrets=None)})
    assert there.secrets == {"shop": {"password": "(sensitive)"}}
    odd = replace(RDS, sensitive=("größe",), secrets={"größe": "eA=="})
    with pytest.raises(OutputsError, match="rds: größe can be no key of a Secret"):
        handed([Wish("rds", secret="shop")], {"rds": odd})
    for said in (repr(RDS), str(handed([wish], KNOWN)), json.dumps(RDS.as_json())):
        assert encoded("hunter2") not in said


@pytest.mark.parametrize(
    ("value", "text"),
    [("a\nb", "a\nb"), (5432, "5432"), (True, "true"), ({"a": [1]}, '{"a":[1]}'), (None, "null")],
)
def test_a_secret_holds_text_as_it_is_and_all_else_as_json(value: Any, text: str) -> None:
    assert base64.b64decode(encoded(value)).decode() == text


@pytest.mark.parametrize(
    ("unit", "component", "allowed"),
    [
        ("infra/eu/rds", "shop", True),
        ("infra/eu/rds@prod", "shop", True),
        ("infra/eu/rds", "team/shop", False),
        ("infra/eu/rds", "blog", False),
        ("infra/eu/vpc", "shop", False),
        ("infra/eu/vpc", "network-eu", True),
    ],
)
def test_who_may_have_what_is_sensitive(unit: str, component: str, allowed: bool) -> None:
    rules = Allowed((("infra/*/rds", ("shop",)), ("infra/**", ("network-*",))))
    assert rules.allows(unit, component) is allowed
    assert not Allowed().allows(unit, component)


def test_values_are_merged_as_helm_merges_them() -> None:
    assert merged({"a": {"x": 1, "y": [1]}, "b": 1}, {"a": {"y": [2]}, "b": {"c": 2}}) == {
        "a": {"x": 1, "y": [2]},
        "b": {"c": 2},
    }


def test_of_sensitive_outputs_the_names_alone_are_kept() -> None:
    said = {"id": {"value": "x", "type": "string"}, "key": {"value": "hunter2", "sensitive": True}}
    found = parse_outputs("rds", json.dumps(said))
    assert (found.values, found.sensitive) == ({"id": "x"}, ("key",))
    assert "hunter2" not in repr(found)
    assert parse_outputs("rds", "{}").values == {}
    with pytest.raises(OutputsError):
        parse_outputs("rds", "[]")


async def test_they_are_remembered_by_unit(store_place: str) -> None:
    async with await Store.open(store_place) as store:
        for one in (VPC_OUT, RDS, UnitOutputs("vpc", {"id": "vpc-2"}, (), "c0ffee", 7.0)):
            await store.remember_outputs(one)
        known = await store.outputs()
        assert list(known) == ["rds", "vpc"]
        assert known["vpc"] == UnitOutputs("vpc", {"id": "vpc-2"}, (), "c0ffee", 7.0)
        assert (known["vpc"].commit, known["vpc"].read) == ("c0ffee", 7.0)
        await store.forget_outputs("vpc")
        assert list(await store.outputs()) == ["rds"]


CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "chart/values.yaml": "network: {id: none}\ncolour: red\n",
    "chart/templates/all.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
        "data: {network: {{ .Values.network.id | quote }}, colour: {{ .Values.colour }}}\n"
    ),
}
MODULE = """\
variable "cidr" {}
resource "terraform_data" "network" { input = var.cidr }
output "id" { value = "vpc-${terraform_data.network.output}" }
output "key" {
  value     = "hunter22-never-shown"
  sensitive = true
}
"""


def application(name: str, wish: Any = None, **helm: Any) -> str:
    annotations = {VALUES_FROM: yaml.safe_dump(wish)} if wish else {}
    return yaml.safe_dump(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": name, "namespace": "argocd", "annotations": annotations},
            "spec": {
                "project": "default",
                "source": {"repoURL": "https://git.test/x.git", "path": "chart", "helm": helm},
                "destination": {"name": "eu", "namespace": "shop"},
            },
        }
    )


@pytest.fixture
def shop(region: Region) -> Region:
    """The region's network, an Application that reads it, and one that does not."""
    region.repo.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
    (region.repo.path / "live/rds/terragrunt.hcl").unlink()
    region.repo.write(
        {
            **CHART,
            "modules/vpc/main.tf": MODULE,
            "apps/reader.yaml": application("reader", {"unit": "live/vpc", "as": "network"}),
            "apps/other.yaml": application("other"),
            "trunkline.yaml": "infra: {policy: [{apply: auto}]}\nclusters: [{name: eu}]\n",
        }
    )
    region.repo.commit("a shop")
    return region


async def rendered(region: Region) -> dict[str, Desired]:
    async with await region.app() as app:
        return {one.component.id: one for one in await app.render(())}


def network(one: Desired) -> str:
    return str(one.manifests[0]["data"]["network"])


async def keys(region: Region) -> dict[str, str]:
    async with await region.app() as app:
        scene = await app.scene()
        capabilities = capabilities_of(scene.discovered.fleet.clusters[0])
        found = {}
        for one in scene.discovered.components:
            requests = await app.desires.requests(one, scene.world, capabilities)
            found[one.id] = requests[0][0].key
        return found


async def test_an_apply_gives_values_to_those_who_ask(shop: Region) -> None:
    before = await rendered(shop)
    assert "reader: the outputs of live/vpc are not known" in before["reader"].error
    assert network(before["other"]) == "none"
    await shop.plan()
    assert not (await shop.apply()).failed
    first = await rendered(shop)
    assert (network(first["reader"]), network(first["other"])) == ("vpc-10.0.0.0/16", "none")
    (finding,) = first["reader"].findings
    assert (finding.rule, finding.message) == (
        "sensitive-output",
        "live/vpc: key is sensitive, so it is not handed to values",
    )
    old = await keys(shop)
    shop.repo.write({"live/vpc/terragrunt.hcl": VPC.replace("10.0", "10.9")})
    shop.repo.commit("another network")
    await shop.plan()
    assert not (await shop.apply()).failed
    assert network((await rendered(shop))["reader"]) == "vpc-10.9.0.0/16"
    new = await keys(shop)
    assert [name for name in old if old[name] != new[name]] == ["reader"]
    for path in (shop.places.cache, Path(shop.places.store).parent):
        kept = [one for one in path.rglob("*") if one.is_file() and "states" not in one.parts]
        assert not [one for one in kept if is_ours(one) and b"hunter22" in one.read_bytes()]


def is_ours(file: Path) -> bool:
    """What Trunkline keeps; the code itself, and what a program works with, hold it in clear."""
    return "renders" in file.parts or file.name.startswith("store.db")


async def test_an_apply_that_was_killed_at_its_very_end_gives_values_at_the_next(
    shop: Region, tmp_path: Path
) -> None:
    await shop.plan()
    assert not (await shop.apply()).failed
    shop.repo.write({"live/vpc/terragrunt.hcl": VPC.replace("10.0", "10.9")})
    shop.repo.commit("another network")
    (planned,) = (await shop.plan()).units
    async with await shop.app() as app, await app.site() as site:
        # Its program ended well, and nobody was there any more to read what it gives.
        saved = await app.saved_plan(planned.plan)
        file = tmp_path / "plan"
        file.write_bytes(saved.file)
        unit = (await app.units().at(shop.head))["live/vpc"]
        await (await site.program(unit, shop.head)).apply(file)
    (vpc,) = (await shop.apply()).units
    assert vpc.ended is Ended.UNCHANGED
    assert network((await rendered(shop))["reader"]) == "vpc-10.9.0.0/16"


async def test_what_is_sensitive_is_kept_sealed_while_somebody_may_have_it(shop: Region) -> None:
    wish = {"unit": "live/vpc", "as": "network", "secret": "net"}
    allowed = "infra: {policy: [{apply: auto}], units: [{path: live/vpc, secretsFor: [reader]}]}\n"
    clusters = "clusters: [{name: eu}]\n"
    shop.repo.write(
        {"apps/reader.yaml": application("reader", wish), "trunkline.yaml": allowed + clusters}
    ).commit()
    await shop.plan("HEAD~2")
    assert not (await shop.apply()).failed

    async def kept() -> Any:
        keys = shop.places.keys
        async with await Store.open(shop.places.store, keys=keys) as store:
            return (await whole_outputs(store))["live/vpc"].secrets

    assert await kept() == {"key": encoded("hunter22-never-shown")}
    for path in (shop.places.cache, Path(shop.places.store).parent):
        files = [one for one in path.rglob("*") if one.is_file() and is_ours(one)]
        assert not [one for one in files if b"hunter22" in one.read_bytes()]
    shop.repo.write({"apps/reader.yaml": application("reader", "live/vpc")}).commit()
    async with await shop.app() as app:
        await app.read_outputs(["live/vpc"], "HEAD")
    assert await kept() == {}


async def test_an_output_that_a_credential_of_the_environment_is_stays_itself(
    shop: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a program prints is masked by such a value, but an output is no talk."""
    monkeypatch.setenv("TF_VAR_db_password", "correct-horse-battery")
    module = MODULE.replace('"hunter22-never-shown"', "var.db_password")
    shop.repo.write(
        {
            "modules/vpc/main.tf": f'variable "db_password" {{}}\n{module}',
            "apps/reader.yaml": application(
                "reader", {"unit": "live/vpc", "as": "network", "secret": "net"}
            ),
            "trunkline.yaml": (
                "infra: {policy: [{apply: auto}], units: [{path: live/vpc, secretsFor: [reader]}]}"
                "\nclusters: [{name: eu}]\n"
            ),
        }
    ).commit()
    await shop.plan("HEAD~2")
    assert not (await shop.apply()).failed
    async with await Store.open(shop.places.store, keys=shop.places.keys) as store:
        kept = (await whole_outputs(store))["live/vpc"].secrets
    assert kept == {"key": encoded("correct-horse-battery")}


async def test_what_the_application_says_wins(shop: Region) -> None:
    wish = {"unit": "live/vpc", "as": "network"}
    mine = application("reader", wish, valuesObject={"network": {"id": "mine"}, "colour": "blue"})
    shop.repo.write({"apps/reader.yaml": mine}).commit("mine")
    async with await Store.open(shop.places.store) as store:
        await store.remember_outputs(UnitOutputs("live/vpc", {"id": "theirs"}))
    found = (await rendered(shop))["reader"]
    assert found.manifests[0]["data"] == {"network": "mine", "colour": "blue"}


async def test_outputs_are_read_for_any_backend(shop: Region) -> None:
    await shop.plan()
    await shop.apply()
    async with await Store.open(shop.places.store) as store:
        await store.forget_outputs("live/vpc")
    async with await shop.app() as app:
        (found,) = await app.read_outputs(["live/vpc"], "HEAD")
    assert (dict(found.values), found.sensitive) == ({"id": "vpc-10.0.0.0/16"}, ("key",))
    assert network((await rendered(shop))["reader"]) == "vpc-10.0.0.0/16"


async def test_outputs_go_with_their_unit(shop: Region) -> None:
    await shop.plan()
    await shop.apply()
    (shop.repo.path / "live/vpc/terragrunt.hcl").unlink()
    shop.repo.commit("no network")
    await shop.plan()
    assert not (await shop.apply()).failed
    assert "are not known" in (await rendered(shop))["reader"].error


async def test_values_are_for_charts(shop: Region) -> None:
    plain = application("reader", "live/vpc").replace("path: chart", "path: plain-files")
    plain = plain.replace("helm: {}", "directory: {}")
    files = {"apps/reader.yaml": plain, "plain-files/a.yaml": "kind: ConfigMap\napiVersion: v1\n"}
    shop.repo.write(files).commit("plain")
    async with await Store.open(shop.places.store) as store:
        await store.remember_outputs(UnitOutputs("live/vpc", {"id": "x"}))
    error = (await rendered(shop))["reader"].error
    assert "gives values to Helm charts, and there is none here" in error
