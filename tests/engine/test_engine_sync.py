"""Making a cluster equal to a commit, seen from outside: commits go in, live objects come out."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kube_objects import config_map, crd, deployment, job, secret, stream
from trunkline.core.manifest import Ref
from trunkline.core.run import ComponentResult, Outcome, Run
from trunkline.engine.sync.component import How

HOW = How(wave_timeout=60.0)


def only(run: Run) -> ComponentResult:
    (result,) = run.components
    return result


def done(run: Run) -> list[str]:
    """`verb Kind name` of each step, in the order in which they were done."""
    return [f"{one.verb} {one.ref.kind} {one.ref.name}" for one in only(run).steps]


async def test_a_first_sync_creates_and_a_second_does_nothing(ground) -> None:
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(deployment("web"), config_map("settings")),
        }
    ).commit()
    first = await ground.sync()
    assert first.outcome is Outcome.SUCCEEDED, first.as_json()
    assert done(first) == ["apply ConfigMap settings", "apply Deployment web"]
    live = await ground.get("ConfigMap", "settings")
    assert live["metadata"]["annotations"]["trunkline/component"] == "web"
    second = await ground.sync()
    assert (only(second).outcome, done(second), only(second).unchanged) == (
        Outcome.SUCCEEDED,
        [],
        2,
    )


async def test_a_change_by_hand_is_drift_and_is_healed(ground) -> None:
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(deployment("web", replicas=2), config_map("settings")),
        }
    ).commit()
    await ground.sync()
    live = await ground.get("ConfigMap", "settings")
    await ground.client.replace({**live, "data": {"key": "tampered"}})
    plan = await ground.plan()
    assert [(str(c.ref.kind), c.action) for c in plan.components[0].changes] == [
        ("ConfigMap", "update")
    ]
    healed = await ground.sync()
    assert done(healed) == ["apply ConfigMap settings"]
    assert (await ground.get("ConfigMap", "settings"))["data"] == {"key": "value"}


async def test_a_field_that_git_drops_goes_away_and_others_fields_stay(ground) -> None:
    app = ground.application("web", "web")
    two = config_map("settings", {"a": "1", "b": "2"})
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": stream(two)}).commit()
    await ground.sync()
    live = await ground.get("ConfigMap", "settings")
    live["data"]["by-hand"] = "kept"
    await ground.client.replace(live)
    ground.repo.write({"web/all.yaml": stream(config_map("settings", {"a": "1"}))}).commit()
    await ground.sync()
    assert (await ground.get("ConfigMap", "settings"))["data"] == {"a": "1", "by-hand": "kept"}


async def test_what_git_drops_is_pruned_only_when_asked(ground) -> None:
    app = ground.application("web", "web")
    both = stream(config_map("one"), config_map("two"))
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": both}).commit()
    await ground.sync()
    ground.repo.write({"web/all.yaml": stream(config_map("one"))}).commit()
    assert done(await ground.sync()) == []
    assert await ground.get("ConfigMap", "two") is not None
    assert done(await ground.sync(replace(HOW, prune=True))) == ["prune ConfigMap two"]
    assert await ground.get("ConfigMap", "two") is None


async def test_an_empty_render_prunes_nothing(ground) -> None:
    app = ground.application("web", "web")
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": stream(config_map("one"))}).commit()
    await ground.sync()
    ground.repo.write({"web/all.yaml": "# nothing left\n"}).commit()
    run = await ground.sync(replace(HOW, prune=True))
    assert run.outcome is Outcome.SUCCEEDED
    assert await ground.get("ConfigMap", "one") is not None
    assert "allowEmpty" in str([finding.message for finding in run.findings])


async def test_hooks_run_in_their_phases_and_waves_in_order(ground) -> None:
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(
                deployment("web", wave="1"),
                config_map("last", wave="2"),
                config_map("first", wave="-1"),
                job("migrate", hook="PreSync"),
                job("smoke-test", hook="PostSync"),
            ),
        }
    ).commit()
    run = await ground.sync()
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert done(run) == [
        "hook Job migrate",
        "apply ConfigMap first",
        "apply Deployment web",
        "apply ConfigMap last",
        "hook Job smoke-test",
    ]
    assert done(await ground.sync()) == [], "nothing to do runs no hooks"


async def test_a_failed_hook_stops_the_sync_and_runs_syncfail(ground) -> None:
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(
                config_map("settings"),
                config_map("told", hook="SyncFail"),
                {
                    "apiVersion": "batch/v1",
                    "kind": "Job",
                    "metadata": {
                        "name": "migrate",
                        "annotations": {"argocd.argoproj.io/hook": "PreSync"},
                    },
                    # A deadline that has passed before any pod can start.
                    "spec": {
                        "activeDeadlineSeconds": 1,
                        "backoffLimit": 0,
                        "template": {
                            "metadata": {"annotations": {"sandbox.trunkline/fail": "Error"}},
                            "spec": {
                                "restartPolicy": "Never",
                                "nodeSelector": {"nowhere": "at-all"},
                                "containers": [{"name": "task", "image": "registry.test/t:1"}],
                            },
                        },
                    },
                },
            ),
        }
    ).commit()
    run = await ground.sync()
    assert run.outcome is Outcome.FAILED
    assert "Job" in only(run).message and "migrate" in only(run).message
    assert await ground.get("ConfigMap", "settings") is None
    assert await ground.get("ConfigMap", "told") is not None


async def test_hooks_are_deleted_as_their_policy_says(ground) -> None:
    gone = {"argocd.argoproj.io/hook-delete-policy": "HookSucceeded"}
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(
                config_map("settings"),
                job("once", hook="PreSync", **gone),
                job("kept", hook="PreSync"),
            ),
        }
    ).commit()
    run = await ground.sync()
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    await ground.client.wait_gone(Ref("batch", "Job", ground.namespace, "once"), timeout=60)
    assert await ground.get("Job", "kept", "batch") is not None


async def test_a_crd_and_its_object_arrive_in_one_sync(ground) -> None:
    group = f"{ground.namespace}.example.test"
    widget = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "w"}}
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(widget, crd("widgets", "Widget", group)),
        }
    ).commit()
    run = await ground.sync()
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    await ground.client.rediscover()
    assert await ground.get("Widget", "w", group) is not None
    assert done(await ground.sync()) == []


async def test_a_refused_object_stops_the_component_before_anything_is_written(ground) -> None:
    app = {"apps/web.yaml": ground.application("web", "web")}
    ground.repo.write(app | {"web/all.yaml": stream(config_map("there"))}).commit()
    await ground.sync()
    objects = stream(config_map("there"), config_map("good"), config_map("Not_A_Name"))
    ground.repo.write({"web/all.yaml": objects}).commit()
    run = await ground.sync()
    assert run.outcome is Outcome.FAILED
    assert "Not_A_Name" in only(run).message
    assert await ground.get("ConfigMap", "good") is None


async def test_a_first_installation_is_not_asked_for_beforehand(ground) -> None:
    """Half of it harms nobody, and the next attempt knows what is refused."""
    name = f"{ground.namespace}-first"  # Other tests' objects of a `web` may live in the cluster.
    ground.repo.write(
        {
            f"apps/{name}.yaml": ground.application(name, "web"),
            "web/all.yaml": stream(config_map("good"), config_map("Not_A_Name")),
        }
    ).commit()
    run = await ground.sync()
    assert run.outcome is Outcome.FAILED
    assert "Not_A_Name" in only(run).message
    assert await ground.get("ConfigMap", "good") is not None


async def test_an_immutable_field_names_its_remedy_and_the_remedy_works(ground) -> None:
    app = ground.application("web", "web")
    one, other = deployment("web"), deployment("web")
    other["spec"]["selector"]["matchLabels"] = {"app": "other"}
    other["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": stream(one)}).commit()
    await ground.sync()
    ground.repo.write({"web/all.yaml": stream(other)}).commit()
    run = await ground.sync()
    assert run.outcome is Outcome.FAILED
    assert "immutable" in only(run).message and "Replace=true" in only(run).message
    other["metadata"]["annotations"] = {
        "argocd.argoproj.io/sync-options": "Replace=true,Force=true"
    }
    ground.repo.write({"web/all.yaml": stream(other)}).commit()
    run = await ground.sync()
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    live = await ground.get("Deployment", "web", "apps")
    assert live["spec"]["selector"]["matchLabels"] == {"app": "other"}


async def test_a_dry_run_changes_nothing(ground) -> None:
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(config_map("settings"), job("migrate", hook="PreSync")),
        }
    ).commit()
    run = await ground.sync(replace(HOW, dry_run=True))
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert run.dry_run and done(run) == ["hook Job migrate", "apply ConfigMap settings"]
    assert await ground.get("ConfigMap", "settings") is None
    assert await ground.get("Job", "migrate", "batch") is None


async def test_only_the_named_resource_is_touched(ground) -> None:
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(
                config_map("one"), config_map("two"), job("migrate", hook="PreSync")
            ),
        }
    ).commit()
    chosen = frozenset({Ref("", "ConfigMap", ground.namespace, "two")})
    run = await ground.sync(replace(HOW, only=chosen))
    assert done(run) == ["apply ConfigMap two"]
    assert await ground.get("ConfigMap", "one") is None


async def test_a_missing_namespace_is_created_when_asked(ground) -> None:
    name = f"{ground.namespace}-new"
    spec = {
        "destination": {"name": ground.cluster, "namespace": name},
        "syncPolicy": {
            "syncOptions": ["CreateNamespace=true"],
            "managedNamespaceMetadata": {"labels": {"team": "db"}},
        },
    }
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web", **spec),
            "web/all.yaml": stream(config_map("settings")),
        }
    ).commit()
    run = await ground.sync()
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    live = await ground.client.get(Ref("", "Namespace", "", name))
    assert live["metadata"]["labels"]["team"] == "db"
    assert "trunkline/component" not in live["metadata"].get("annotations", {})
    assert done(await ground.sync()) == []
    await ground.client.delete(Ref("", "Namespace", "", name))


async def test_a_removed_application_takes_its_objects_only_with_its_finalizer(ground) -> None:
    finalizer = {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}
    ground.repo.write(
        {
            "apps/with.yaml": ground.application("with", "with", meta=finalizer),
            "apps/without.yaml": ground.application("without", "without"),
            "with/all.yaml": stream(config_map("with")),
            "without/all.yaml": stream(config_map("without")),
        }
    ).commit()
    await ground.sync()
    ground.repo.remove("apps").write({"apps/none.yaml": "# none\n"}).commit()
    assert await ground.get("ConfigMap", "with") is not None
    run = await ground.sync(replace(HOW, prune=True))
    assert await ground.get("ConfigMap", "with") is None, run.as_json()
    assert await ground.get("ConfigMap", "without") is not None
    assert any("finalizer" in finding.message for finding in run.findings)


async def test_secrets_do_not_show_in_plans_and_runs(ground) -> None:
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(secret("login", {"password": "hunter2-and-more"})),
        }
    ).commit()
    assert "hunter2" not in str((await ground.plan()).as_json())
    await ground.sync()
    ground.repo.write(
        {"web/all.yaml": stream(secret("login", {"password": "correct-horse"}))}
    ).commit()
    plan = await ground.plan()
    text = str(plan.as_json())
    assert plan.counts["update"] == 1
    assert "hunter2" not in text and "correct-horse" not in text


async def test_the_store_may_be_lost(ground) -> None:
    app = ground.application("web", "web")
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": stream(config_map("one"))}).commit()
    await ground.sync()
    for file in ground.repo.path.parent.glob("store.db*"):
        file.unlink()
    run = await ground.sync()
    assert (run.outcome, done(run)) == (Outcome.SUCCEEDED, [])


async def test_the_status_names_what_is_wrong(ground) -> None:
    app = ground.application("web", "web")
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": stream(deployment("web"))}).commit()
    (before,) = await ground.statuses()
    assert (before.sync, before.health) == ("OutOfSync", "Missing")
    await ground.sync(replace(HOW, wait=True))
    (after,) = await ground.statuses()
    assert (after.sync, after.health, after.message) == ("Synced", "Healthy", "")


IGNORE = {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}


async def test_ignored_differences_are_no_drift_but_are_applied_with_others(ground) -> None:
    app = ground.application("web", "web", ignoreDifferences=[IGNORE])
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": stream(deployment("web"))}).commit()
    await ground.sync()
    await scaled(ground, 3)
    assert done(await ground.sync()) == []
    changed = deployment("web", image="registry.test/web:2")
    ground.repo.write({"web/all.yaml": stream(changed)}).commit()
    assert done(await ground.sync()) == ["apply Deployment web"]
    assert (await ground.get("Deployment", "web", "apps"))["spec"]["replicas"] == 1


async def scaled(ground, replicas: int) -> None:
    """What an autoscaler does."""
    ref = Ref("apps", "Deployment", ground.namespace, "web")
    content_type = "application/merge-patch+json"
    patch = {"spec": {"replicas": replicas}}
    await ground.client.patch(ref, patch, content_type=content_type)


async def test_a_kind_that_the_cluster_does_not_serve_is_named(ground) -> None:
    unknown = {"apiVersion": "no.such/v1", "kind": "Gadget", "metadata": {"name": "g"}}
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "apps/good.yaml": ground.application("good", "good"),
            "web/all.yaml": stream(unknown),
            "good/all.yaml": stream(config_map("good")),
        }
    ).commit()
    run = await ground.sync()
    told = {one.id: one for one in run.components}
    assert told["web"].outcome is Outcome.FAILED
    assert "Gadget" in told["web"].message and "CustomResourceDefinition" in told["web"].message
    assert told["good"].outcome is Outcome.SUCCEEDED


async def test_only_what_a_commit_touches_is_rendered_for_its_plan(ground) -> None:
    files = {}
    for at in range(10):
        files[f"apps/a{at}.yaml"] = ground.application(f"a{at}", f"a{at}")
        files[f"a{at}/all.yaml"] = stream(config_map(f"a{at}"))
    base = ground.repo.write(files).commit()
    head = ground.repo.write({"a3/all.yaml": stream(config_map("a3", {"k": "new"}))}).commit()
    async with await ground.app() as app:
        plan = await app.plan_range(base, head)
        assert [one.id for one in plan.components] == ["a3"]
        assert plan.considered == 10
        assert app.renderer.statistics.misses == 2


async def test_delete_hooks_run_around_a_removal(ground) -> None:
    finalizer = {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}
    ground.repo.write(
        {
            "apps/db.yaml": ground.application("db", "db", meta=finalizer),
            "db/all.yaml": stream(
                config_map("kept-to-the-end"),
                job("backup", hook="PreDelete"),
                job("tell", hook="PostDelete"),
            ),
        }
    ).commit()
    assert done(await ground.sync()) == ["apply ConfigMap kept-to-the-end"]
    ground.repo.remove("apps").write({"apps/none.yaml": "# none\n"}).commit()
    run = await ground.sync(replace(HOW, prune=True))
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert done(run) == ["hook Job backup", "delete ConfigMap kept-to-the-end", "hook Job tell"]
    again = await ground.sync(replace(HOW, prune=True))
    assert again.components == (), "delete hooks run once"


ON_A_REAL_ONE = pytest.mark.parametrize(
    "ground", [pytest.param("real", marks=pytest.mark.real)], indirect=True
)


@ON_A_REAL_ONE
async def test_an_object_of_an_older_version_of_its_kind_is_no_drift(ground) -> None:
    """It is written in that version and read in the preferred one, which has other fields. (The
    practice cluster converts nothing.)"""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    spec = {"scaleTargetRef": target, "maxReplicas": 3, "targetCPUUtilizationPercentage": 50}
    scaler = {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": spec,
    }
    ground.repo.write({"apps/web.yaml": ground.application("web", "web")})
    ground.repo.write({"web/all.yaml": stream(scaler)}).commit()
    await ground.sync()
    assert (await ground.plan()).components == ()
    ground.repo.write({"web/all.yaml": stream({**scaler, "spec": {**spec, "maxReplicas": 4}})})
    ground.repo.commit()
    (component,) = (await ground.plan()).components
    (change,) = component.changes
    assert [one.path for one in change.fields] == ["spec.maxReplicas"]
