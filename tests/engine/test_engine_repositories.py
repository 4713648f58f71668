"""What real repositories hold, on its way into a cluster and found unchanged there."""

from __future__ import annotations

import json
import uuid

import yaml

from kube_objects import HOOK, config_map, job, stream
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome, Run
from trunkline.engine.sync.component import How

HOW = How(wave_timeout=60.0)


def crd(group: str) -> dict[str, object]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": "Thing", "plural": "things", "singular": "thing", "listKind": "ThingList"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"things.{group}"},
        "spec": {"group": group, "scope": "Cluster", "names": names, "versions": [version]},
    }


def thing(group: str, name: str) -> str:
    return f"""
apiVersion: {group}/v1
kind: Thing
metadata: {{name: {name}, namespace: stray}}
spec: &spec
  mode: 0644
  million: 1e6
  yes: yes
  date: 2024-02-30
  big: 9007199254740993
  huge: 18446744073709551616
  tiny: 1.5e-7
copy:
  <<: *spec
  mode: 1_000
"""


def odd_files() -> dict[str, str | bytes]:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: windows}\n"
    lines = head + "data:\n  a: |\n    one\n    two\n"
    twice = stream(config_map("twice", {"n": "1"}), config_map("twice", {"n": "2"}))
    return {
        "app/bom.yaml": b"\xef\xbb\xbf" + lines.replace("\n", "\r\n").encode(),
        "app/comments.yaml": "# nothing here\n---\n# nor here\n---\n",
        "app/list.yaml": json.dumps(
            {"apiVersion": "v1", "kind": "List", "items": [config_map("listed")]}
        ),
        "app/long.yaml": stream(config_map("l" * 253)),
        "app/twice.yaml": twice,
        "app/values.yaml": "replicas: 2\nimage: {tag: '1'}\n",
        "app/role.yaml": "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, "
        "metadata: {name: %s, namespace: stray}, rules: []}",
    }


def verbs(run: Run) -> list[str]:
    return [f"{one.verb} {one.ref.kind} {one.ref.name[:20]}" for one in run.components[0].steps]


async def test_odd_files_arrive_and_stay(ground) -> None:
    group = f"g{uuid.uuid4().hex[:8]}.example.com"
    role = f"role-{group}"
    files = odd_files()
    files["app/role.yaml"] = str(files["app/role.yaml"]) % role
    files["app/thing.yaml"] = json.dumps(crd(group)) + "\n---" + thing(group, "one")
    ground.repo.write({"apps/app.yaml": ground.application("app", "app"), **files}).commit()
    run = await ground.sync(HOW)
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert (await ground.get("ConfigMap", "windows"))["data"] == {"a": "one\ntwo\n"}
    assert (await ground.get("ConfigMap", "twice"))["data"] == {"n": "2"}
    assert await ground.get("ConfigMap", "l" * 253) and await ground.get("ConfigMap", "listed")
    await ground.client.rediscover()
    live = await ground.client.get(Ref(group, "Thing", "", "one"))
    assert live["copy"] == {**live["spec"], "mode": 1000}
    assert live["spec"] == {
        "mode": 420, "million": 1000000, "true": True, "date": "2024-02-30",
        "big": 9007199254740993, "huge": 1.8446744073709552e19, "tiny": 1.5e-07,
    }  # fmt: skip
    assert verbs(await ground.sync(HOW)) == []
    plan = await ground.plan()
    assert plan.components == ()
    assert [one.rule for one in plan.findings] == ["duplicate-object"]

    # The CRD stands in the cluster now: another component need not bring it to be understood.
    ground.repo.write(
        {"apps/more.yaml": ground.application("more", "more"), "more/t.yaml": thing(group, "two")}
    ).commit()
    await ground.sync(HOW, "more")
    assert await ground.client.get(Ref(group, "Thing", "", "two"))
    assert (await ground.plan("more")).components == ()
    await ground.client.delete(
        Ref("apiextensions.k8s.io", "CustomResourceDefinition", "", f"things.{group}")
    )
    await ground.client.delete(Ref("rbac.authorization.k8s.io", "ClusterRole", "", role))


async def test_hooks_with_generated_names_run_each_time_and_are_no_drift(ground) -> None:
    hook = job("x", **{HOOK: "PreSync"})
    hook["metadata"] = {"generateName": "run-", "annotations": {HOOK: "PreSync"}}
    ground.repo.write(
        {
            "apps/app.yaml": ground.application("app", "app"),
            "app/all.yaml": stream(hook, hook, config_map("a", {"n": "1"})),
        }
    ).commit()
    run = await ground.sync(HOW)
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    names = [one.ref.name for one in run.components[0].steps if one.ref.kind == "Job"]
    assert len(set(names)) == 2 and all(one.startswith("run-") for one in names)
    assert (await ground.plan()).components == ()


async def test_a_destination_namespace_that_does_not_exist_yet(ground) -> None:
    name = f"{ground.namespace}-new"
    app = yaml.safe_load(ground.application("app", "app"))
    app["spec"]["destination"]["namespace"] = name
    ground.repo.write(
        {"apps/app.yaml": json.dumps(app), "app/all.yaml": stream(config_map("a"))}
    ).commit()
    (part,) = (await ground.plan()).components
    assert [(one.ref.name, one.action) for one in part.changes] == [("a", "create")]
    run = await ground.sync(HOW)
    assert run.outcome is Outcome.FAILED
    said = run.components[0].message
    assert name in said and "CreateNamespace=true" in said

    app["spec"]["syncPolicy"] = {"syncOptions": ["CreateNamespace=true"]}
    ground.repo.write({"apps/app.yaml": json.dumps(app)}).commit()
    assert (await ground.sync(HOW)).outcome is Outcome.SUCCEEDED
    assert await ground.client.get(Ref("", "ConfigMap", name, "a"))
    await ground.client.delete(Ref("", "Namespace", "", name))


async def test_a_template_asks_which_kinds_the_cluster_serves(ground) -> None:
    """The definition comes with another component; once it stands, the chart renders more."""
    group = f"g{uuid.uuid4().hex[:8]}.example.com"
    template = f"""
{{{{- if .Capabilities.APIVersions.Has "{group}/v1/Thing" }}}}
apiVersion: {group}/v1
kind: Thing
metadata: {{name: asked-for}}
{{{{- end }}}}
"""
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "chart"),
            "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "chart/templates/thing.yaml": template,
            "chart/templates/map.yaml": stream(config_map("a")),
        }
    ).commit()
    assert verbs(await ground.sync(HOW)) == ["apply ConfigMap a"]
    ground.repo.write(
        {
            "apps/kinds.yaml": ground.application("kinds", "kinds"),
            "kinds/crd.yaml": stream(crd(group)),
        }
    ).commit()
    await ground.sync(HOW, "kinds")
    assert verbs(await ground.sync(HOW, "web")) == ["apply Thing asked-for"]
    await ground.client.rediscover()
    await ground.client.delete(
        Ref("apiextensions.k8s.io", "CustomResourceDefinition", "", f"things.{group}")
    )


async def test_an_application_with_a_name_at_its_limit(ground) -> None:
    name = "n" * 253
    files = {
        "apps/app.yaml": ground.application(name, "app"),
        "app/a.yaml": stream(config_map("a")),
    }
    ground.repo.write(files).commit()
    assert verbs(await ground.sync(HOW)) == ["apply ConfigMap a"]
    assert (await ground.plan(name)).components == ()
    ground.repo.remove("apps/app.yaml").commit()
    assert (await ground.sync(How(prune=True, wave_timeout=60.0))).outcome is Outcome.SUCCEEDED
