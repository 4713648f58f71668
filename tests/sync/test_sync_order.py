"""The pure half of a sync: options, hooks, waves, the order of kinds, and what may be pruned."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.core.component import Component
from trunkline.core.depends import DEPENDS_ON, circles, held_back, left_by
from trunkline.core.hooks import DeletePolicy, Phase, delete_policies, hook_phases, wave_of
from trunkline.core.infra.outputs import VALUES_FROM
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import owner_of
from trunkline.core.options import ObjectOptions, object_options
from trunkline.core.order import FIRST, LAST, ordered, tasks_of
from trunkline.core.prune import why_kept
from trunkline.engine.sync.schedule import awaited, waits_for

WAVE = "argocd.argoproj.io/sync-wave"
HOOK = "argocd.argoproj.io/hook"


def thing(kind: str = "ConfigMap", name: str = "a", **annotations: str) -> Manifest:
    named = {key.replace("__", "/").replace("_", "-"): value for key, value in annotations.items()}
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "db", "annotations": named},
    }


def annotated(annotations: dict[str, str], kind: str = "Job", name: str = "a") -> Manifest:
    one = thing(kind, name)
    one["metadata"]["annotations"] = annotations
    return one


@pytest.mark.parametrize(
    ("annotations", "application", "expected"),
    [
        ({}, {}, ObjectOptions()),
        ({}, {"Prune": "false"}, ObjectOptions(prune="false")),
        (
            {"argocd.argoproj.io/sync-options": "Prune=confirm, Replace=true"},
            {"Prune": "false"},
            ObjectOptions(prune="confirm", replace=True),
        ),
        (
            {"helm.sh/resource-policy": "keep"},
            {},
            ObjectOptions(prune="false", delete="false"),
        ),
        (
            {"kustomize.toolkit.fluxcd.io/prune": "Disabled"},
            {},
            ObjectOptions(prune="false", delete="false"),
        ),
        (
            {
                "kustomize.toolkit.fluxcd.io/force": "enabled",
                "kustomize.toolkit.fluxcd.io/prune": "disabled",
                "argocd.argoproj.io/sync-options": "Force=false,Prune=confirm",
            },
            {"Force": "true"},
            ObjectOptions(prune="confirm", delete="false"),
        ),
        (
            {"kustomize.toolkit.fluxcd.io/force": "Enabled"},
            {},
            ObjectOptions(force=True),
        ),
        (
            {"argocd.argoproj.io/compare-options": "IgnoreExtraneous"},
            {"PrunePropagationPolicy": "background"},
            ObjectOptions(ignore_extraneous=True, propagation="Background"),
        ),
        (
            {"argocd.argoproj.io/sync-options": "Validate=false,Force=true,PruneLast=true"},
            {},
            ObjectOptions(validate=False, force=True, prune_last=True),
        ),
        (
            {"argocd.argoproj.io/sync-options": "ServerSideApply=true"},
            {"ServerSideApply": "false", "ClientSideApplyMigration": "false"},
            ObjectOptions(migrate=False),
        ),
        (
            {"argocd.argoproj.io/client-side-apply-migration-manager": "tool"},
            {"ServerSideApply": "false", "SkipDryRunOnMissingResource": "true"},
            ObjectOptions(client_side=True, migrate_from="tool", skip_dry_run_on_missing=True),
        ),
    ],
    ids=[
        "none",
        "application",
        "own wins",
        "helm keeps",
        "flux keeps",
        "argo's word before flux's",
        "flux makes anew",
        "compare",
        "several",
        "server side after all",
        "client side",
    ],
)
def test_options_of_an_object(
    annotations: dict[str, str], application: dict[str, str], expected: ObjectOptions
) -> None:
    assert object_options(annotated(annotations), application) == expected


@pytest.mark.parametrize(
    ("annotations", "install", "upgrade"),
    [
        ({}, (), ()),
        ({HOOK: "PreSync"}, (Phase.PRE_SYNC,), (Phase.PRE_SYNC,)),
        ({HOOK: "PostSync,SyncFail"}, (Phase.POST_SYNC, Phase.SYNC_FAIL), None),
        ({"helm.sh/hook": "pre-install"}, (Phase.PRE_SYNC,), (Phase.SKIP,)),
        ({"helm.sh/hook": "pre-install,pre-upgrade"}, (Phase.PRE_SYNC,), (Phase.PRE_SYNC,)),
        ({"helm.sh/hook": "post-upgrade"}, (Phase.SKIP,), (Phase.POST_SYNC,)),
        ({"helm.sh/hook": "test"}, (Phase.SKIP,), (Phase.SKIP,)),
        ({"helm.sh/hook": "crd-install"}, (), ()),
        ({"helm.sh/hook": "test", HOOK: "Sync"}, (Phase.SYNC,), (Phase.SYNC,)),
        ({"kustomize.toolkit.fluxcd.io/ssa": "Ignore"}, (Phase.SKIP,), (Phase.SKIP,)),
        ({"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}, (Phase.SKIP,), (Phase.SKIP,)),
        ({"kustomize.toolkit.fluxcd.io/ssa": "Merge"}, (), ()),
    ],
    ids=[
        "plain",
        "argo",
        "two",
        "install",
        "both",
        "upgrade",
        "test",
        "crd",
        "argo wins",
        "flux ignores",
        "flux is switched off",
        "flux merges",
    ],
)
def test_hooks_run_in_their_phases(
    annotations: dict[str, str], install: tuple[Phase, ...], upgrade: tuple[Phase, ...] | None
) -> None:
    hook = annotated(annotations)
    assert hook_phases(hook, first=True) == install
    assert hook_phases(hook, first=False) == (install if upgrade is None else upgrade)


@pytest.mark.parametrize(
    ("annotations", "policies"),
    [
        ({}, {DeletePolicy.BEFORE}),
        ({"argocd.argoproj.io/hook-delete-policy": "HookSucceeded"}, {DeletePolicy.SUCCEEDED}),
        (
            {"helm.sh/hook-delete-policy": "before-hook-creation,hook-failed"},
            {DeletePolicy.BEFORE, DeletePolicy.FAILED},
        ),
        ({"helm.sh/hook-delete-policy": "never-heard-of"}, {DeletePolicy.BEFORE}),
    ],
    ids=["default", "argo", "helm", "unknown"],
)
def test_hooks_are_deleted_as_they_say(
    annotations: dict[str, str], policies: set[DeletePolicy]
) -> None:
    assert delete_policies(annotated(annotations)) == policies


@pytest.mark.parametrize(
    ("annotations", "wave"),
    [
        ({}, 0),
        ({WAVE: "-5"}, -5),
        ({"helm.sh/hook-weight": "3"}, 3),
        ({WAVE: "1", "helm.sh/hook-weight": "3"}, 1),
        ({WAVE: "soon"}, 0),
    ],
    ids=["none", "negative", "weight", "wave wins", "no number"],
)
def test_wave(annotations: dict[str, str], wave: int) -> None:
    assert wave_of(annotated(annotations)) == wave


def test_a_wave_goes_by_kind_and_side_by_side_inside_a_kind() -> None:
    objects = [
        thing("Deployment", "web"),
        thing("ConfigMap", "b"),
        thing("ConfigMap", "a"),
        thing("Namespace", "db"),
        annotated({WAVE: "-1"}, "Widget", "early"),
        thing("Widget", "w"),
        thing("ValidatingWebhookConfiguration", "guard"),
    ]
    waves = ordered(tasks_of(objects, first=True)).of(Phase.SYNC)
    line = [[[f"{t.ref.kind} {t.ref.name}" for t in tier] for tier in one.tiers] for one in waves]
    assert line == [
        [["Widget early"]],
        [
            ["Namespace db"],
            ["ConfigMap a", "ConfigMap b"],
            ["Deployment web"],
            ["Widget w"],
            ["ValidatingWebhookConfiguration guard"],
        ],
    ]


def test_prunes_run_in_the_mirrored_order_of_waves() -> None:
    prunes = [
        annotated({WAVE: "0"}, "ConfigMap", "base"),
        annotated({WAVE: "2"}, "Deployment", "top"),
        annotated({WAVE: "2"}, "Service", "top"),
    ]
    waves = ordered((), prunes).of(Phase.SYNC)
    gone = [
        (one.number, [f"{p['kind']} {p['metadata']['name']}" for p in one.prunes]) for one in waves
    ]
    assert gone == [(0, ["Deployment top", "Service top"]), (2, ["ConfigMap base"])]


@settings(deadline=None)
@given(st.permutations([*FIRST, *LAST, "Widget", "Gadget"]), st.integers(-2, 2))
def test_the_order_is_total_and_does_not_depend_on_the_input(kinds: list[str], wave: int) -> None:
    objects = [annotated({WAVE: str(wave)}, kind, "x") for kind in kinds]
    assert tasks_of(objects, first=True) == tasks_of(sorted(objects, key=str), first=True)


HOOK = "argocd.argoproj.io/hook"
HELM_HOOK = "helm.sh/hook"
ANNOTATIONS = st.fixed_dictionaries(
    {},
    optional={
        WAVE: st.sampled_from(["-3", "0", "1", "12", "none"]),
        "helm.sh/hook-weight": st.sampled_from(["-1", "5"]),
        HOOK: st.sampled_from(["PreSync", "Sync", "PostSync", "SyncFail", "PreSync,PostSync"]),
        HELM_HOOK: st.sampled_from(["pre-install", "post-upgrade,post-install", "test"]),
    },
)
OBJECTS = st.lists(
    st.builds(
        annotated,
        ANNOTATIONS,
        st.sampled_from([*FIRST, *LAST, "Widget"]),
        st.sampled_from(["a", "b", "a-b", "A", "é"]),
    ),
    unique_by=lambda one: (one["kind"], one["metadata"]["name"]),
    max_size=12,
)


@settings(deadline=None)
@given(OBJECTS, st.randoms(use_true_random=False), st.booleans())
def test_whatever_order_objects_come_in_they_go_in_one(
    objects: list[Manifest], chance: Random, first: bool
) -> None:
    """Waves, phases and prunes of any objects; none is lost, and no two are at one place."""
    shuffled = chance.sample(objects, len(objects))
    tasks = tasks_of(objects, first=first)
    assert tasks_of(shuffled, first=first) == tasks
    assert ordered(tasks, shuffled, shuffled) == ordered(tasks, objects, objects)
    assert len({(task.phase, *task.key) for task in tasks}) == len(tasks)
    order = ordered(tasks)
    placed = [task for phase in Phase for wave in order.of(phase) for task in wave.tasks]
    assert sorted(map(repr, placed)) == sorted(map(repr, tasks))


OURS: dict[str, Any] = {
    "annotations": {"trunkline/component": "db"},
    "labels": {"trunkline/managed-by": "trunkline"},
    "managedFields": [
        {
            "manager": "trunkline",
            "operation": "Apply",
            "fieldsV1": {"f:metadata": {"f:annotations": {"f:trunkline/component": {}}}},
        }
    ],
}


def live(**meta: Any) -> Manifest:
    merged = {**OURS, **meta}
    if "also" in meta:
        merged["annotations"] = {**OURS["annotations"], **merged.pop("also")}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", **merged}}


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (live(), ""),
        (live(labels={}), "it does not carry our mark"),
        (live(annotations={"trunkline/component": "web"}), "it belongs to web"),
        (live(managedFields=[]), "its mark was not set by Trunkline: it is a copy"),
        (
            live(ownerReferences=[{"kind": "Cluster", "name": "eu", "controller": True}]),
            "Cluster eu owns it",
        ),
        (
            live(also={"argocd.argoproj.io/sync-options": "Prune=false"}),
            "Prune=false (or helm.sh/resource-policy: keep) says that it stays",
        ),
        (
            live(also={"argocd.argoproj.io/sync-options": "Prune=confirm"}),
            "Prune=confirm: annotate it with trunkline/prune-confirmed=true to let it go",
        ),
        (
            live(
                also={
                    "argocd.argoproj.io/sync-options": "Prune=confirm",
                    "trunkline/prune-confirmed": "true",
                }
            ),
            "",
        ),
        (live(deletionTimestamp="2026-01-01T00:00:00Z"), "it is being deleted already"),
    ],
    ids=[
        "ours",
        "no mark",
        "of another",
        "a copy",
        "owned",
        "never",
        "asks",
        "confirmed",
        "going",
    ],
)
def test_what_may_be_pruned(one: Manifest, reason: str) -> None:
    assert why_kept(one, "db", {}) == reason


def tracked(place: str, **meta: Any) -> Manifest:
    annotations = {"argocd.argoproj.io/tracking-id": place}
    merged = {"name": "a", "namespace": "db", "annotations": annotations, **meta}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": merged}


@pytest.mark.parametrize(
    ("one", "owner"),
    [
        (live(), "db"),
        (tracked("shop:apps/Deployment:db/a"), "shop"),
        (tracked("team_shop:apps/Deployment:db/a"), "team/shop"),
        (tracked("shop:apps/Deployment:db/b"), ""),
        (tracked("shop:/Deployment:db/a"), ""),
        (tracked("shop:apps/Deployment:other/a"), ""),
        (tracked("shop"), ""),
    ],
    ids=["our mark", "argo", "of a namespace", "name", "group", "namespace", "no place"],
)
def test_whose_an_object_is(one: Manifest, owner: str) -> None:
    assert owner_of(one) == owner


def child(name: str, wave: int = 0, parent: str = "root") -> Component:
    return Component(name, name, parent=parent, annotations={WAVE: str(wave)})


def test_sibling_applications_go_wave_by_wave_in_each_cluster() -> None:
    before = waits_for(
        [
            (child("root", parent=""), "meta"),
            (child("operator", 0), "eu"),
            (child("operator-crds", 0, "operator"), "eu"),
            (child("database", 1), "eu"),
            (child("database-us", 1), "us"),
        ]
    )
    assert before == {
        ("root", "meta"): frozenset(),
        ("operator", "eu"): frozenset(),
        ("operator-crds", "eu"): frozenset({("operator", "eu")}),
        ("database", "eu"): frozenset({("operator", "eu"), ("operator-crds", "eu")}),
        ("database-us", "us"): frozenset(),
    }
    assert awaited(before) == {("operator", "eu"), ("operator-crds", "eu")}


def says(name: str, *others: str) -> Component:
    return Component(name, name, annotations={DEPENDS_ON: ", ".join(others)})


def test_who_depends_on_another_waits_for_it_where_it_is() -> None:
    before = waits_for(
        [
            (says("operator"), "eu"),
            (says("operator"), "us"),
            (says("registry"), "meta"),
            (says("shop", "operator", "registry", "infra/live/eu/rds"), "eu"),
        ]
    )
    assert before["shop", "eu"] == {("operator", "eu"), ("registry", "meta")}
    assert all(not before[key] for key in before if key[0] != "shop")


def test_a_circle_is_told_and_nobody_waits_for_ever() -> None:
    many = [says("a", "b"), says("b", "c"), says("c", "a"), says("d", "a"), says("e", "e")]
    assert circles(many) == (("a", "b", "c", "a"), ("e", "e"))
    before = waits_for((one, "eu") for one in many)
    assert before == {
        ("a", "eu"): {("b", "eu")},
        ("b", "eu"): {("c", "eu")},
        ("c", "eu"): frozenset(),
        ("d", "eu"): {("a", "eu")},
        ("e", "eu"): frozenset(),
    }


def test_who_waits_for_a_unit_is_held_until_that_is_applied() -> None:
    reader = Component("reader", "reader", annotations={VALUES_FROM: "infra/rds"})
    many = [says("a", "b", "infra/vpc"), says("b"), reader]
    pending = dict.fromkeys(("infra/vpc", "b", "infra/eks"), "which is planned")
    assert held_back(many, pending) == {"a": "waits for infra/vpc, which is planned"}
    assert set(held_back(many, {"infra/rds": ""})) == {"reader"}
    circle = ("Application a", "infra/vpc", "Application a")
    assert held_back(many, pending, [circle]) == {
        "a": "waits for infra/vpc, which waits for it: Application a → infra/vpc → Application a"
    }


def test_refs_of_tasks_keep_their_namespace() -> None:
    (task,) = tasks_of([thing("Job", "migrate")], first=True)
    assert task.ref == Ref("", "Job", "db", "migrate")


def test_who_needed_a_unit_and_needs_it_no_more() -> None:
    before = [says("a", "b", "infra/vpc"), says("b", "infra/vpc"), says("c", "infra/rds")]
    after = [says("a", "infra/vpc"), says("c")]
    assert left_by(["infra/vpc", "infra/rds", "infra/dns"], before, after) == {
        "infra/vpc": ("b",),
        "infra/rds": ("c",),
        "infra/dns": (),
    }
