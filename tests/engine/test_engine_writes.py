"""How an object is written: what its sync options ask for, on the sandbox and on the real API."""

from __future__ import annotations

from typing import Any

import pytest

from kube_objects import config_map, crd, deployment, job, secret, service, stream
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.run import Outcome, Run
from trunkline.engine.sync.component import How

HOW = How(wave_timeout=60.0)
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


async def synced(ground, *objects: Manifest, options: tuple[str, ...] = ()) -> Run:
    """A commit with these objects, made so."""
    policy = {"syncPolicy": {"syncOptions": list(options)}}
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web", **policy),
            "web/all.yaml": stream(*objects),
        }
    ).commit()
    return await ground.sync()


def steps(run: Run) -> list[str]:
    """`verb Kind name`, and what went wrong."""
    (only,) = run.components
    found = [f"{one.verb} {one.ref.kind} {one.ref.name}" for one in only.steps]
    return found + ([only.message] if run.outcome is not Outcome.SUCCEEDED else [])


async def edit(ground, kind: str, name: str, group: str = "", **fields: Any) -> None:
    """As somebody else, who owns what they write from then on."""
    live = await ground.get(kind, name, group)
    await ground.client.replace({**live, **fields})


async def test_replace_takes_away_what_others_added(ground) -> None:
    one = config_map("settings", {"a": "1"}, options="Replace=true")
    assert steps(await synced(ground, one)) == ["replace ConfigMap settings"]
    await edit(ground, "ConfigMap", "settings", data={"a": "2", "by-hand": "x"})
    assert steps(await synced(ground, one)) == ["replace ConfigMap settings"]
    assert (await ground.get("ConfigMap", "settings"))["data"] == {"a": "1"}
    assert steps(await synced(ground, one)) == []


async def test_force_makes_a_new_object_where_a_change_is_refused(ground) -> None:
    await synced(ground, job("task"))
    changed = job("task", image="registry.test/task:2")
    (said,) = steps(await synced(ground, changed))
    assert "immutable" in said and "Force=true" in said
    for options in ("Replace=true", "Replace=true,Force=false"):
        run = await synced(ground, job("task", image="registry.test/task:2", options=options))
        assert "immutable" in steps(run)[-1], "kubectl replace does not delete either"
    before = (await ground.get("Job", "task", "batch"))["metadata"]["uid"]
    run = await synced(ground, changed, options=("Replace=true", "Force=true"))
    assert steps(run) == ["replace Job task"]
    assert (await ground.get("Job", "task", "batch"))["metadata"]["uid"] != before


async def test_force_never_deletes_a_crd_or_a_namespace(ground) -> None:
    group = f"{ground.namespace}.example.test"
    one = crd("widgets", "Widget", group)
    force = ("Replace=true", "Force=true")
    await synced(ground, one, options=force)
    before = (await ground.client.get(Ref.of(one)))["metadata"]["uid"]
    run = await synced(ground, crd("widgets", "Widget", group, scope="Cluster"), options=force)
    assert run.outcome is Outcome.FAILED and "immutable" in steps(run)[-1]
    assert (await ground.client.get(Ref.of(one)))["metadata"]["uid"] == before
    await ground.client.delete(Ref.of(one))


async def test_validate_false_drops_a_field_that_the_server_does_not_know(ground) -> None:
    wrong = deployment("web")
    wrong["spec"]["replicaz"] = 3
    *_, said = steps(await synced(ground, wrong))
    assert "replicaz" in said
    assert steps(await synced(ground, wrong, options=("Validate=false",))) == [
        "apply Deployment web"
    ]


THREE_WAY = ("ServerSideApply=false",)


async def test_without_server_side_apply_it_is_kubectls_three_way_merge(ground) -> None:
    web = deployment("web")
    container = web["spec"]["template"]["spec"]["containers"][0]
    container["env"] = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    container["ports"] = [
        {"containerPort": 53, "protocol": "TCP"},
        {"containerPort": 53, "protocol": "UDP"},
    ]
    settings = config_map("settings", {"a": "1", "b": "2"})
    login = secret("login", {"password": "hunter2"})
    run = await synced(ground, web, settings, login, options=THREE_WAY)
    assert steps(run) == ["apply Secret login", "apply ConfigMap settings", "apply Deployment web"]
    live = await ground.get("Deployment", "web", "apps")
    assert LAST_APPLIED in live["metadata"]["annotations"]
    assert LAST_APPLIED not in (await ground.get("Secret", "login"))["metadata"]["annotations"]
    assert steps(await synced(ground, web, settings, login, options=THREE_WAY)) == []

    spec = (await ground.get("Deployment", "web", "apps"))["spec"]
    spec["template"]["spec"]["containers"][0]["env"].append({"name": "HAND", "value": "3"})
    await edit(ground, "Deployment", "web", "apps", spec=spec)
    await edit(ground, "ConfigMap", "settings", data={"a": "9", "b": "2", "by-hand": "x"})
    container["env"] = [{"name": "B", "value": "5"}]
    settings["data"] = {"a": "1"}
    plan = await ground.plan()
    assert {str(one.ref.name) for one in plan.components[0].changes} == {"settings"}
    await synced(ground, web, settings, login, options=THREE_WAY)
    live = await ground.get("Deployment", "web", "apps")
    assert live["spec"]["template"]["spec"]["containers"][0]["env"] == [
        {"name": "B", "value": "5"},
        {"name": "HAND", "value": "3"},
    ]
    assert (await ground.get("ConfigMap", "settings"))["data"] == {"a": "1", "by-hand": "x"}
    ground.repo.write({"web/all.yaml": stream(web, login)}).commit()
    run = await ground.sync(How(wave_timeout=60.0, prune=True))
    assert steps(run) == ["prune ConfigMap settings"], (
        "what was not server-side applied is ours too"
    )


SERVICE_TYPES = [
    ({}, {"type": "NodePort"}),
    ({"type": "NodePort"}, {"type": "LoadBalancer"}),
    ({"type": "LoadBalancer"}, {"type": "ClusterIP"}),
    ({}, {"type": "ExternalName", "externalName": "db.example.test"}),
]


@pytest.mark.parametrize("options", ["", "Replace=true", "ServerSideApply=false"])
async def test_a_service_changes_its_type(ground, options: str) -> None:
    said = {"options": options} if options else {}
    befores = [service(f"s{at}", before, **said) for at, (before, _) in enumerate(SERVICE_TYPES)]
    afters = [service(f"s{at}", after, **said) for at, (_, after) in enumerate(SERVICE_TYPES)]
    assert (await synced(ground, *befores)).outcome is Outcome.SUCCEEDED
    run = await synced(ground, *afters)
    assert run.outcome is Outcome.SUCCEEDED, steps(run)
    for at, (_, after) in enumerate(SERVICE_TYPES):
        assert (await ground.get("Service", f"s{at}"))["spec"]["type"] == after["type"]
    assert steps(await synced(ground, *afters)) == []


async def test_a_service_that_becomes_headless_needs_a_new_one(ground) -> None:
    headless = {"clusterIP": "None"}
    await synced(ground, service("db", {}))
    (said,) = steps(await synced(ground, service("db", headless)))
    assert "clusterIP" in said and "Force=true" in said
    run = await synced(ground, service("db", headless, options="Force=true"))
    assert steps(run) == ["apply Service db"]
    assert (await ground.get("Service", "db"))["spec"]["clusterIP"] == "None"


async def test_a_claim_that_shrinks_is_refused_before_anything_is_written(ground) -> None:
    def claim(size: str) -> Manifest:
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data"},
            "spec": spec,
        }

    await synced(ground, claim("2Gi"))
    run = await synced(ground, claim("1Gi"), config_map("other"))
    assert run.outcome is Outcome.FAILED and "data" in steps(run)[-1]
    assert await ground.get("ConfigMap", "other") is None


async def test_a_crd_and_objects_of_its_new_version_arrive_in_one_sync(ground) -> None:
    group = f"{ground.namespace}.example.test"
    old, new = crd("widgets", "Widget", group), crd("widgets", "Widget", group)
    second = {**new["spec"]["versions"][0], "name": "v2", "storage": False}
    new["spec"]["versions"].append(second)

    def widget(version: str) -> Manifest:
        kind = {"apiVersion": f"{group}/{version}", "kind": "Widget"}
        return {**kind, "metadata": {"name": "w"}, "spec": {"of": version}}

    assert (await synced(ground, old, widget("v1"))).outcome is Outcome.SUCCEEDED
    await ground.client.rediscover()
    before = (await ground.get("Widget", "w", group))["metadata"]["uid"]
    ground.repo.write({"web/all.yaml": stream(new, widget("v2"))}).commit()
    plan = await ground.plan()
    assert [(one.ref.kind, one.action) for one in plan.components[0].changes] == [
        ("CustomResourceDefinition", "update"),
        ("Widget", "update"),
    ]
    run = await synced(ground, new, widget("v2"))
    assert steps(run) == [f"apply CustomResourceDefinition widgets.{group}", "apply Widget w"]
    live = await ground.get("Widget", "w", group)
    assert (live["metadata"]["uid"], live["spec"]) == (before, {"of": "v2"})
    await ground.client.delete(Ref.of(old))


async def test_a_plain_object_needs_a_name(ground) -> None:
    nameless = config_map("x")
    nameless["metadata"] = {"generateName": "x-"}
    (said,) = steps(await synced(ground, nameless))
    assert "generateName" in said and "hook" in said
