"""Objects that move from one component to another, and objects that two of them hold."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from engine.conftest import HOW
from kube_objects import config_map, crd, stream
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.run import Outcome, Run
from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.client import connect
from trunkline.edge.cluster.errors import Unreachable
from trunkline.engine.connect import Connection
from trunkline.engine.live import Live
from trunkline.engine.wants import Wants

PRUNE = replace(HOW, prune=True)
FINALIZER = {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}


def files(ground, app: str, *objects: Manifest, **spec) -> dict[str, str]:
    """An Application called like its folder, and its objects."""
    return {
        f"apps/{app}.yaml": ground.application(app, app, **spec),
        f"{app}/all.yaml": stream(*objects),
    }


def messages(run: Run) -> list[str]:
    return [one.message for one in run.findings]


async def uid(ground, name: str) -> str:
    return str((await ground.get("ConfigMap", name))["metadata"]["uid"])


async def test_what_moves_to_another_component_is_not_deleted_by_the_first(ground) -> None:
    data, left = config_map("data"), config_map("left")
    ground.repo.write(files(ground, "old", data, left) | files(ground, "new", config_map("x")))
    ground.repo.commit()
    await ground.sync()
    before = await uid(ground, "data")
    ground.repo.write(files(ground, "old", left) | files(ground, "new", config_map("x"), data))
    ground.repo.commit()
    # The first alone: the second has not taken it over yet.
    run = await ground.sync(PRUNE, "old")
    assert messages(run) == [f"ConfigMap {ground.namespace}/data stays: new wants it now"]
    run = await ground.sync(PRUNE)
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    live = await ground.get("ConfigMap", "data")
    assert live["metadata"]["annotations"]["trunkline/component"] == "new"
    assert live["metadata"]["uid"] == before


async def test_what_moves_out_of_a_removed_component_is_not_deleted(ground) -> None:
    data = config_map("data")
    ground.repo.write(files(ground, "old", data, config_map("gone"), meta=FINALIZER)).commit()
    await ground.sync()
    before = await uid(ground, "data")
    ground.repo.remove("apps", "old").write(files(ground, "new", data)).commit()
    plan = await ground.plan()
    assert {
        (one.id, str(c.ref.name), c.action) for one in plan.components for c in one.changes
    } == {
        ("old", "gone", "delete"),
        ("new", "data", "no-op"),
    }
    await ground.sync(PRUNE)
    assert await uid(ground, "data") == before
    assert await ground.get("ConfigMap", "gone") is None


UNREADABLE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: named, labels: [never ended\n"
BROKEN = {"new/all.yaml": UNREADABLE}
MAY_WANT = "new cannot be rendered, and may want it now: it changed when this went"


async def test_what_moves_to_one_that_cannot_be_rendered_waits_for_it(ground) -> None:
    data, left = config_map("data"), config_map("left")
    ground.repo.write(files(ground, "old", data, left) | files(ground, "new", config_map("x")))
    ground.repo.commit()
    await ground.sync()
    before = await uid(ground, "data")
    ground.repo.write(files(ground, "old", left) | BROKEN).commit()
    for asked in ((), ("old",)):
        run = await ground.sync(PRUNE, *asked)
        assert f"ConfigMap {ground.namespace}/data stays: {MAY_WANT}" in messages(run)
    ground.repo.write(files(ground, "new", config_map("x"), data)).commit()
    run = await ground.sync(PRUNE)
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    live = await ground.get("ConfigMap", "data")
    assert live["metadata"]["annotations"]["trunkline/component"] == "new"
    assert live["metadata"]["uid"] == before


async def test_what_moves_out_of_a_removed_component_waits_too(ground) -> None:
    data = config_map("data")
    ground.repo.write(files(ground, "old", data, config_map("gone"), meta=FINALIZER)).commit()
    await ground.sync()
    new = files(ground, "new", data)
    ground.repo.remove("apps", "old").write(new | BROKEN).commit()
    said = messages(await ground.sync(PRUNE))
    assert f"ConfigMap {ground.namespace}/data stays: {MAY_WANT}" in said
    assert await ground.get("ConfigMap", "gone") is not None, "it may have moved as well"
    ground.repo.write(new).commit()
    assert (await ground.sync(PRUNE)).outcome is Outcome.SUCCEEDED
    assert await ground.get("ConfigMap", "data") is not None
    assert await ground.get("ConfigMap", "gone") is None


async def test_what_has_been_broken_for_long_keeps_nothing_else(ground) -> None:
    """It stayed as it was when the object went; what it names all the same stays."""
    went, named = config_map("went"), config_map("named")
    ground.repo.write(files(ground, "old", went, named, config_map("left")))
    ground.repo.write(files(ground, "new") | BROKEN).commit()
    await ground.sync(HOW, "old")
    ground.repo.write(files(ground, "old", config_map("left"))).commit()
    said = messages(await ground.sync(PRUNE, "old"))
    why = "new cannot be rendered, and names it in its files"
    assert f"ConfigMap {ground.namespace}/named stays: {why}" in said
    assert await ground.get("ConfigMap", "went") is None


async def test_what_a_broken_component_had_last_is_its_own(ground) -> None:
    both = config_map("both")
    ground.repo.write(files(ground, "old", both, config_map("left")) | files(ground, "new", both))
    ground.repo.commit()
    await ground.sync(HOW, "new")
    await ground.sync(HOW, "old")
    ground.repo.write(BROKEN).commit()
    await ground.sync(HOW, "old")
    ground.repo.write(files(ground, "old", config_map("left"))).commit()
    said = messages(await ground.sync(PRUNE, "old"))
    why = "new cannot be rendered, and had it after its last sync"
    assert f"ConfigMap {ground.namespace}/both stays: {why}" in said


async def test_what_moves_to_one_that_cannot_be_found_waits_for_it(ground) -> None:
    data, left = config_map("data"), config_map("left")
    ground.repo.write(files(ground, "old", data, left)).commit()
    await ground.sync()
    unread = {"apps/new.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: [\n"}
    ground.repo.write(files(ground, "old", left) | unread).commit()
    said = messages(await ground.sync(PRUNE, "old"))
    why = "discovery is incomplete: apps/new.yaml:4"
    assert f"ConfigMap {ground.namespace}/data stays: {why}" in said
    assert await ground.get("ConfigMap", "data") is not None


async def test_an_object_that_two_components_render_is_told_or_refused(ground) -> None:
    both = config_map("both")
    refuse = {"syncPolicy": {"syncOptions": ["FailOnSharedResource=true"]}}
    ground.repo.write(files(ground, "one", both) | files(ground, "two", both, **refuse)).commit()
    said = f"ConfigMap {ground.namespace}/both"
    first = await ground.plan()
    assert f"{said} is rendered by one and by two; the last that syncs wins" in [
        one.message for one in first.findings
    ]
    assert (await ground.sync(HOW, "one")).outcome is Outcome.SUCCEEDED
    run = await ground.sync(HOW, "two")
    assert run.components[0].message == f"{said} belongs to one (FailOnSharedResource=true)"
    ground.repo.write(files(ground, "one", config_map("other"))).commit()
    assert (await ground.sync(PRUNE)).outcome is Outcome.SUCCEEDED, "one wants it no more"
    assert await ground.get("ConfigMap", "both") is not None


async def test_what_argo_cd_tracks_for_another_application_is_told(ground) -> None:
    place = f"{ground.namespace}/mine"
    for name in ("mine", "copy"):
        tracked = {"argocd.argoproj.io/tracking-id": f"web:/ConfigMap:{place}"}
        await ground.create(config_map(name, **tracked))
    ground.repo.write(files(ground, "other", config_map("mine"), config_map("copy"))).commit()
    plan = await ground.plan()
    assert [one.message for one in plan.findings] == [f"ConfigMap {place} is also applied by web"]


async def test_what_is_wanted_is_asked_again_where_a_cluster_did_not_answer(ground) -> None:
    """A watch asks by the same commit for as long as no other comes."""
    ground.repo.write(files(ground, "web", config_map("data"))).commit()
    async with await ground.app() as app:
        scene = await app.scene("")
        ((_, cluster),) = scene.placed()
        wants = Wants(scene, app.desires)
        nowhere = connect(cluster.name, Access("http://127.0.0.1:1"))
        with pytest.raises(Unreachable):
            await wants.of(cluster, Connection(nowhere, Live(nowhere)))
        await nowhere.close()
        found = await wants.of(cluster, Connection(ground.client, Live(ground.client)))
        assert found[Ref("", "ConfigMap", ground.namespace, "data")] == ("web",)


def namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


async def test_a_namespace_in_which_others_live_does_not_go(ground) -> None:
    """With it would go what no commit took away."""
    more = f"{ground.namespace}-more"
    guest = config_map("guest")
    guest["metadata"]["namespace"] = more
    ground.repo.write(files(ground, "host", namespace(more), config_map("left"), meta=FINALIZER))
    ground.repo.write(files(ground, "guest", guest)).commit()
    await ground.sync()
    ground.repo.write(files(ground, "host", config_map("left"), meta=FINALIZER)).commit()
    stays = f"Namespace {more} stays: guest has objects in it"
    assert stays in messages(await ground.sync(PRUNE))
    ground.repo.remove("apps/host.yaml").commit()
    assert stays in messages(await ground.sync(PRUNE))
    assert await ground.client.get(Ref.of(guest)) is not None
    await ground.client.delete(Ref.of(namespace(more)))


async def test_a_namespace_in_which_its_component_lives_on_does_not_go(ground) -> None:
    """As when namespace.yaml gives way to CreateNamespace."""
    more = f"{ground.namespace}-more"
    place = {"destination": {"name": ground.cluster, "namespace": more}}
    ground.repo.write(files(ground, "web", namespace(more), config_map("left"), **place)).commit()
    await ground.sync()
    ground.repo.write(files(ground, "web", config_map("left"), **place)).commit()
    assert f"Namespace {more} stays: its component has objects in it" in messages(
        await ground.sync(PRUNE)
    )
    creates = {"syncPolicy": {"syncOptions": ["CreateNamespace=true"]}, **place}
    ground.repo.write(files(ground, "web", config_map("left"), **creates)).commit()
    assert f"Namespace {more} stays: CreateNamespace=true of web asks for it" in messages(
        await ground.sync(PRUNE)
    )
    await ground.client.delete(Ref.of(namespace(more)))


@pytest.mark.parametrize("gone", [False, True], ids=["dropped", "with its Application"])
async def test_a_namespace_stays_with_what_is_to_stay_in_it(ground, gone: bool) -> None:
    more = f"{ground.namespace}-more"
    option = "Delete=false" if gone else "Prune=false"
    data = config_map("data", options=option)
    data["metadata"]["namespace"] = more
    host = {"meta": FINALIZER}
    objects = (config_map("left"), namespace(more), data)
    ground.repo.write(files(ground, "host", *objects, **host)).commit()
    await ground.sync()
    ground.repo.write(files(ground, "host", config_map("left"), **host))
    if gone:
        ground.repo.remove("apps/host.yaml")
    ground.repo.commit()
    run = await ground.sync(PRUNE)
    assert f"Namespace {more} stays: its component has objects in it" in messages(run)
    assert await ground.client.get(Ref.of(data)) is not None
    await ground.client.delete(Ref.of(namespace(more)))


async def test_a_kind_of_which_others_have_objects_does_not_go(ground) -> None:
    group = f"{ground.namespace}.example.test"
    kind = crd("widgets", "Widget", group)
    widget = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "w"}}
    ground.repo.write(files(ground, "operator", kind, config_map("left")))
    ground.repo.write(files(ground, "web", widget)).commit()
    await ground.sync()
    ground.repo.write(files(ground, "operator", config_map("left"))).commit()
    said = "CustomResourceDefinition.apiextensions.k8s.io widgets"
    assert f"{said}.{group} stays: web has objects of its kind" in messages(
        await ground.sync(PRUNE)
    )
    ground.repo.remove("apps/web.yaml").commit()
    assert f"{said}.{group} stays: web has objects of its kind" in messages(
        await ground.sync(PRUNE)
    ), "without a finalizer its objects stay"
    await ground.client.rediscover()
    await ground.client.delete(Ref(group, "Widget", ground.namespace, "w"))
    await ground.sync(PRUNE)
    assert await ground.client.get(Ref.of(kind)) is None
