"""What may go and what stays: the options of single objects, of Applications and of projects."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kube_objects import config_map, deployment, job, stream
from trunkline.core.change import Plan
from trunkline.core.finding import Finding
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.run import Outcome, Run
from trunkline.engine.sync.component import How

HOW = How(wave_timeout=60.0)
PRUNE = replace(HOW, prune=True)
FINALIZER = "resources-finalizer.argocd.argoproj.io"


def commit(ground, *objects: Manifest, options: tuple[str, ...] = (), **spec) -> None:
    policy = {"syncPolicy": {"syncOptions": list(options)}} | spec
    app = ground.application("web", "web", **policy)
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": stream(*objects)}).commit()


async def synced(ground, *objects: Manifest, how: How = PRUNE, **said) -> Run:
    commit(ground, *objects, **said)
    return await ground.sync(how)


def steps(run: Run) -> list[str]:
    return [f"{s.verb} {s.ref.name}" for one in run.components for s in one.steps]


async def annotate(ground, kind: str, name: str, **annotations: str) -> None:
    ref = Ref("", kind, ground.namespace, name)
    await ground.client.patch(ref, {"metadata": {"annotations": annotations}})


async def test_single_objects_stay_or_ask_first(ground) -> None:
    left = config_map("left")
    await synced(
        ground,
        left,
        config_map("never", options="Prune=false"),
        config_map("helm", **{"helm.sh/resource-policy": "keep"}),
        config_map("asks", options="Prune=confirm"),
        config_map("goes"),
    )
    run = await synced(ground, left)
    place = f"ConfigMap {ground.namespace}"
    said = "Prune=false (or helm.sh/resource-policy: keep) says that it stays"
    asks = "Prune=confirm: annotate it with trunkline/prune-confirmed=true to let it go"
    assert sorted(one.message for one in run.findings if one.rule == "kept") == [
        f"{place}/asks stays: {asks}",
        f"{place}/helm stays: {said}",
        f"{place}/never stays: {said}",
    ]
    assert steps(run) == ["prune goes"]
    await annotate(ground, "ConfigMap", "asks", **{"trunkline/prune-confirmed": "true"})
    assert steps(await ground.sync(PRUNE)) == ["prune asks"]


async def test_an_application_asks_for_all_of_its_objects_and_one_says_otherwise(ground) -> None:
    every = ("Prune=false",)
    one, other = config_map("one"), config_map("other", options="Prune=true")
    await synced(ground, one, other, config_map("left"), options=every)
    assert steps(await synced(ground, config_map("left"), options=every)) == ["prune other"]


async def test_prune_last_waits_until_all_else_is_there(ground) -> None:
    early, late = config_map("early"), config_map("late", options="PruneLast=true")
    await synced(ground, early, late, config_map("left"))
    run = await synced(ground, config_map("left"), deployment("web", wave="1"))
    assert steps(run) == ["prune early", "apply web", "prune late"]
    await synced(ground, early, config_map("left"), deployment("web", wave="1"))
    again = config_map("left", {"new": "1"}, wave="2")
    run = await synced(ground, again, deployment("web", wave="1"), options=("PruneLast=true",))
    assert steps(run) == ["apply left", "prune early"]


@pytest.mark.parametrize("policy", ["foreground", "background", "orphan"])
async def test_what_belongs_to_a_pruned_object_goes_as_asked(ground, policy: str) -> None:
    options = (f"PrunePropagationPolicy={policy}",)
    await synced(ground, deployment("web"), config_map("left"), options=options, how=HOW)
    await ground.sync(replace(HOW, wait=True))
    (owned,) = await replica_sets(ground)
    run = await synced(ground, config_map("left"), options=options)
    assert steps(run) == ["prune web"], run.as_json()
    if policy == "orphan":
        (still,) = await replica_sets(ground)
        assert still["metadata"]["uid"] == owned["metadata"]["uid"]
        assert not still["metadata"].get("ownerReferences")
        await ground.client.delete(Ref.of(still))
    else:
        await ground.client.wait_gone(Ref.of(owned), timeout=60)


async def replica_sets(ground) -> list[Manifest]:
    kind = (await ground.client.discovery()).find("apps", "ReplicaSet")
    return [one async for one in ground.client.list(kind, namespace=ground.namespace)]


@pytest.mark.parametrize("how", ["", "/foreground", "/background"])
async def test_a_removed_application_leaves_what_is_not_to_be_deleted(ground, how: str) -> None:
    meta = {"finalizers": [f"{FINALIZER}{how}"]}
    await synced(
        ground,
        config_map("never", options="Delete=false"),
        config_map("asks", options="Delete=confirm"),
        config_map("goes", options="Prune=false"),
        deployment("web"),
        meta=meta,
    )
    ground.repo.remove("apps").write({"apps/none.yaml": "# none\n"}).commit()
    run = await ground.sync(PRUNE)
    assert steps(run) == ["delete web", "delete goes"], run.as_json()
    kept = [one.ref for one in run.findings if one.rule == "kept"]
    assert {one.name for one in kept if one.namespace == ground.namespace} == {"never", "asks"}
    assert await ground.get("ConfigMap", "never") and await ground.get("ConfigMap", "asks")
    await annotate(ground, "ConfigMap", "asks", **{"trunkline/prune-confirmed": "true"})
    assert steps(await ground.sync(PRUNE)) == ["delete asks"]


async def test_what_is_extraneous_by_intention_is_no_difference(ground) -> None:
    compare = {"argocd.argoproj.io/compare-options": "IgnoreExtraneous"}
    await synced(ground, config_map("left"), config_map("extra", **compare))
    commit(ground, config_map("left"))
    (status,) = await ground.statuses()
    assert status.sync == "Synced"
    assert steps(await ground.sync(PRUNE)) == ["prune extra"], "it is pruned all the same"


async def test_hooks_alone_are_an_empty_application(ground) -> None:
    await synced(ground, config_map("one"), job("told", hook="PostSync"))
    run = await synced(ground, job("told", hook="PostSync"))
    assert await ground.get("ConfigMap", "one") is not None
    assert "allowEmpty" in str([one.message for one in run.findings])
    allowed = {"syncPolicy": {"automated": {"prune": True, "allowEmpty": True}}}
    assert "prune one" in steps(await synced(ground, job("told", hook="PostSync"), **allowed))


PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: strict, namespace: argocd}
spec:
  sourceRepos: ['*']
  destinations: [{name: '*', namespace: '*'}]
  orphanedResources:
    warn: %s
    ignore: [{group: apps, kind: Deployment}, {kind: ConfigMap, name: "known-*"}]
"""


@pytest.mark.parametrize(("warn", "severity"), [("true", "warning"), ("false", "note")])
async def test_objects_that_no_component_has_are_told(ground, warn: str, severity: str) -> None:
    for one in (deployment("by-hand"), config_map("known-x"), config_map("lost"), job("old")):
        await ground.create(one)
    ground.repo.write({"project.yaml": PROJECT % warn})
    commit(ground, config_map("mine"), project="strict")
    expected = (
        f"namespace {ground.namespace} of {ground.cluster} holds what no component has: "
        "ConfigMap lost, Job old"
    )
    (told,) = orphaned(await ground.plan())
    assert (told.message, told.severity, told.file) == (expected, severity, "project.yaml")
    assert [one.message for one in orphaned(await ground.sync())] == [expected]


def orphaned(told: Plan | Run) -> list[Finding]:
    return [one for one in told.findings if one.rule == "orphaned-resources"]


def shared(ground, app: str, labels: dict[str, str]) -> dict[str, str]:
    spec = {
        "destination": {"name": ground.cluster, "namespace": f"{ground.namespace}-new"},
        "syncPolicy": {
            "syncOptions": ["CreateNamespace=true"],
            "managedNamespaceMetadata": {"labels": labels},
        },
    }
    files = {f"apps/{app}.yaml": ground.application(app, app, **spec)}
    return files | {f"{app}/all.yaml": stream(config_map(app))}


async def test_components_that_share_a_namespace_keep_their_labels_apart(ground) -> None:
    ref = Ref("", "Namespace", "", f"{ground.namespace}-new")
    ground.repo.write(
        shared(ground, "one", {"a": "1", "b": "1"}) | shared(ground, "two", {"c": "1"})
    )
    ground.repo.commit()
    assert (await ground.sync()).outcome is Outcome.SUCCEEDED
    assert steps(await ground.sync()) == []
    ground.repo.write(shared(ground, "one", {"a": "2"})).commit()
    (change,) = [one for part in (await ground.plan()).components for one in part.changes]
    assert (change.ref, change.action) == (ref, "update")
    assert steps(await ground.sync()) == [f"apply {ref.name}"]
    labels = (await ground.client.get(ref))["metadata"]["labels"]
    assert {key: labels.get(key) for key in "abc"} == {"a": "2", "b": None, "c": "1"}
    await ground.client.delete(ref)


async def test_a_rendered_namespace_is_created_in_time_and_says_itself_what_it_is(ground) -> None:
    name = f"{ground.namespace}-own"
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    namespace["metadata"]["labels"] = {"from": "git"}
    spec = {
        "destination": {"name": ground.cluster, "namespace": name},
        "syncPolicy": {
            "syncOptions": ["CreateNamespace=true"],
            "managedNamespaceMetadata": {"labels": {"from": "application"}},
        },
    }
    run = await synced(ground, namespace, job("first", hook="PreSync"), **spec)
    assert steps(run) == [f"apply {name}", "hook first", f"apply {name}"], run.as_json()
    live = await ground.client.get(Ref("", "Namespace", "", name))
    assert live["metadata"]["labels"]["from"] == "git"
    assert steps(await ground.sync()) == []
    await ground.client.delete(Ref("", "Namespace", "", name))


async def test_an_object_that_lost_its_kind_by_a_slip_is_not_pruned(ground) -> None:
    await synced(ground, config_map("left"), config_map("slip"))
    slip = config_map("slip")
    del slip["apiVersion"]
    run = await synced(ground, config_map("left", {"new": "1"}), slip)
    (result,) = run.components
    assert result.outcome is Outcome.FAILED and not result.steps
    assert result.message == "web: apiVersion is missing (ConfigMap slip)"


FORBIDS = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: narrow, namespace: argocd}
spec:
  sourceRepos: ["*"]
  destinations: [{server: "*", name: "*", namespace: "*"}]
  namespaceResourceBlacklist: [{group: "", kind: ServiceAccount}]
"""


async def test_what_the_project_forbids_by_now_is_not_deleted(ground) -> None:
    """Neither while it is rendered still, nor with its Application: a project that forbids it has
    no word on it."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web"}}
    meta = {"finalizers": [FINALIZER]}
    await synced(ground, config_map("left"), account, meta=meta)
    ground.repo.write({"project.yaml": FORBIDS})
    run = await synced(ground, config_map("left"), account, meta=meta, project="narrow")
    said = "project narrow does not allow the namespaced kind ServiceAccount"
    stays = f"ServiceAccount {ground.namespace}/web stays: {said}"
    assert steps(run) == []
    assert stays in [one.message for one in run.findings]
    ground.repo.remove("apps").write({"apps/none.yaml": "# none\n"}).commit()
    run = await ground.sync(PRUNE)
    assert steps(run) == ["delete left"]
    assert stays in [one.message for one in run.findings]
    assert await ground.get("ServiceAccount", "web") is not None
