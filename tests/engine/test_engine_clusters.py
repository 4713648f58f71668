"""Many clusters at once, some of them having a bad day; two syncs at once; app of apps in order."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gitrepo import GitRepo
from kube_objects import config_map, crd, deployment, job, secret, stream
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.event import ClusterDown, Event, StepDone
from trunkline.core.run import ComponentResult, Outcome, Run
from trunkline.engine.sync.component import How
from trunkline.sandbox import Sandbox

NAMES = ("ap", "eu", "us")


@dataclass
class Fleet:
    """A repository, and three practice clusters that its Applications go to."""

    repo: GitRepo
    box: Sandbox
    places: Places
    heard: list[Event]

    async def app(self) -> App:
        return await App.open(str(self.repo.path), self.places, self.heard.append)

    async def sync(self, how: How | None = None, **asked: Any) -> Run:
        async with await self.app() as app:
            return await app.sync(how or How(wave_timeout=60.0), **asked)

    def everywhere(self, name: str, *objects: Any, **spec: Any) -> None:
        """An Application in each cluster, all of one directory."""
        files = {f"{name}/all.yaml": stream(*objects)}
        for cluster in NAMES:
            one = application(f"{name}-{cluster}", name, cluster, **spec)
            files[f"apps/{name}-{cluster}.yaml"] = stream(one)
        self.repo.write(files).commit()


def application(name: str, path: str, cluster: str, wave: str = "0", **spec: Any) -> Any:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": name,
            "namespace": "argocd",
            "annotations": {"argocd.argoproj.io/sync-wave": wave},
        },
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.test/config.git", "path": path},
            "destination": {"name": cluster, "namespace": "default"},
            **spec,
        },
    }


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    async with Sandbox(list(NAMES)) as box:
        kubeconfig = tmp_path / "kubeconfig"
        box.write_kubeconfig(kubeconfig)
        places = Places(tmp_path / "cache", str(tmp_path / "store.db"), str(kubeconfig))
        repo = GitRepo(tmp_path / "repo").write({"trunkline.yaml": LIMITS})
        yield Fleet(repo, box, places, [])


LIMITS = """\
clusters: [{name: ap}, {name: eu}, {name: us}]
limits: {cluster: {timeout: 10}}
"""


def outcomes(run: Run) -> dict[str, Outcome]:
    return {one.id: one.outcome for one in run.components}


def result(run: Run, component: str) -> ComponentResult:
    return next(one for one in run.components if one.id == component)


async def test_all_clusters_are_synced_side_by_side(fleet: Fleet) -> None:
    fleet.everywhere("web", deployment("web"), config_map("settings"))
    run = await fleet.sync(How(wait=True, wave_timeout=60.0))
    assert set(outcomes(run).values()) == {Outcome.SUCCEEDED}, run.as_json()
    assert {one.health for one in run.components} == {"Healthy"}


async def test_a_cluster_that_no_component_goes_to_is_told_when_it_cannot_be_asked(
    fleet: Fleet,
) -> None:
    """What Git holds no more may still be in it."""
    one = application("web", "web", "eu")
    fleet.repo.write({"apps/web.yaml": stream(one), "web/all.yaml": stream(config_map("a"))})
    fleet.repo.commit()
    fleet.box.clusters["ap"].faults.refuse = True
    run = await fleet.sync()
    assert outcomes(run) == {"web": Outcome.SUCCEEDED}
    (told,) = [found for found in run.findings if found.rule == "cluster-unreachable"]
    assert told.cluster == "ap"


REVERSE = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: web, namespace: argocd}
spec:
  goTemplate: true
  generators: [{list: {elements: [{name: first, cluster: eu}, {name: last, cluster: us}]}}]
  strategy:
    deletionOrder: Reverse
    type: RollingSync
    rollingSync:
      steps:
      - matchExpressions: [{key: cluster, operator: In, values: [eu]}]
      - matchExpressions: [{key: cluster, operator: In, values: [us]}]
  template:
    metadata:
      name: '{{.name}}'
      labels: {cluster: '{{.cluster}}'}
      finalizers: [resources-finalizer.argocd.argoproj.io]
    spec:
      project: default
      source: {repoURL: "https://git.test/config.git", path: web}
      destination: {name: '{{.cluster}}', namespace: default}
"""


async def test_what_goes_in_reverse_waits_for_a_cluster_that_cannot_be_asked(fleet: Fleet) -> None:
    fleet.repo.write({"set.yaml": REVERSE, "web/all.yaml": stream(config_map("a"))}).commit()
    assert set(outcomes(await fleet.sync()).values()) == {Outcome.SUCCEEDED}
    fleet.repo.remove("set.yaml").commit()
    prune, faults = How(wave_timeout=60.0, prune=True), fleet.box.clusters["us"].faults
    faults.refuse = True
    run = await fleet.sync(prune)
    assert outcomes(run) == {"first": Outcome.SKIPPED}
    said = "last may have to go before it, and us cannot be asked"
    assert result(run, "first").message == said
    faults.refuse = False
    run = await fleet.sync(prune)
    assert outcomes(run) == {"first": Outcome.SUCCEEDED, "last": Outcome.SUCCEEDED}


@pytest.mark.parametrize("fault", ["dead", "refuse"])
async def test_a_dead_cluster_is_told_and_delays_nobody(fleet: Fleet, fault: str) -> None:
    fleet.everywhere("web", config_map("settings"))
    setattr(fleet.box.clusters["ap"].faults, fault, True)
    started = time.monotonic()
    run = await fleet.sync()
    assert time.monotonic() - started < 60
    assert outcomes(run) == {
        "web-ap": Outcome.FAILED,
        "web-eu": Outcome.SUCCEEDED,
        "web-us": Outcome.SUCCEEDED,
    }
    assert "ap" in result(run, "web-ap").message
    assert [one.cluster for one in fleet.heard if isinstance(one, ClusterDown)] == ["ap"]


async def test_a_busy_cluster_is_waited_for(fleet: Fleet) -> None:
    fleet.everywhere("web", config_map("settings"))
    fleet.box.clusters["us"].faults.throttle(3, retry_after=0.2)
    fleet.box.clusters["eu"].faults.fail(503, 2, method="PATCH")
    run = await fleet.sync()
    assert set(outcomes(run).values()) == {Outcome.SUCCEEDED}, run.as_json()


async def test_what_we_may_not_do_is_named(fleet: Fleet) -> None:
    fleet.everywhere("web", config_map("settings"))
    said = 'configmaps is forbidden: User "trunkline" cannot patch resource "configmaps"'
    fleet.box.clusters["eu"].faults.fail(403, 9, method="PATCH", message=said)
    fleet.box.clusters["us"].faults.fail(401, 99)
    run = await fleet.sync()
    assert "cannot patch" in result(run, "web-eu").message
    assert "credentials" in result(run, "web-us").message.lower() or "401" in str(run.as_json())
    assert outcomes(run)["web-ap"] is Outcome.SUCCEEDED


async def test_a_webhook_that_refuses_does_not_show_secrets(fleet: Fleet) -> None:
    fleet.everywhere("web", secret("login", {"password": "hunter2-and-more"}))
    said = 'admission webhook "guard" denied the request: password hunter2-and-more is too short'
    fleet.box.clusters["eu"].faults.fail(400, 9, method="PATCH", message=said)
    run = await fleet.sync(clusters=["eu"])
    assert outcomes(run) == {"web-eu": Outcome.FAILED}
    assert "admission webhook" in result(run, "web-eu").message
    assert "hunter2" not in str(run.as_json())


async def test_two_syncs_at_once_share_the_work_without_a_double_run(fleet: Fleet) -> None:
    fleet.everywhere("web", config_map("settings"), job("once", hook="PreSync"))
    one, other = await asyncio.gather(fleet.sync(), fleet.sync())
    done = [result(run, "web-eu") for run in (one, other)]
    hooks = [step.ref.name for each in done for step in each.steps if step.verb == "hook"]
    assert hooks == ["once"]


async def test_children_of_an_application_go_wave_by_wave(fleet: Fleet) -> None:
    children = [
        application("second", "second", "eu", "1"),
        application("first", "first", "eu", "0"),
        application("elsewhere", "second", "us", "1"),
    ]
    fleet.repo.write(
        {
            "root.yaml": stream(application("root", "children", "eu")),
            "children/all.yaml": stream(*children),
            "first/all.yaml": stream(deployment("first")),
            "second/all.yaml": stream(config_map("second")),
        }
    ).commit()
    run = await fleet.sync()
    assert set(outcomes(run).values()) == {Outcome.SUCCEEDED}, run.as_json()
    first, second = (result(run, one).steps[0] for one in ("first", "second"))
    assert second.started > first.started + first.seconds
    assert result(run, "first").health == "Healthy"


async def test_what_waits_for_a_failure_is_skipped_and_the_rest_goes_on(fleet: Fleet) -> None:
    broken = deployment("first", image="registry.test/web:broken")
    broken["spec"]["template"]["metadata"]["annotations"] = {
        "sandbox.trunkline/fail": "CrashLoopBackOff"
    }
    fleet.repo.write(
        {
            "root.yaml": stream(application("root", "children", "eu")),
            "children/all.yaml": stream(
                application("first", "first", "eu", "0"),
                application("second", "second", "eu", "1"),
                application("other", "second", "us", "1"),
            ),
            "first/all.yaml": stream(broken),
            "second/all.yaml": stream(config_map("second")),
        }
    ).commit()
    run = await fleet.sync(How(wave_timeout=2.0))
    assert outcomes(run) == {
        "root": Outcome.SUCCEEDED,
        "first": Outcome.FAILED,
        "second": Outcome.SKIPPED,
        "other": Outcome.SUCCEEDED,
    }
    assert result(run, "second").message == "waits for first, which failed"


async def test_nobody_knows_the_health_of_what_cannot_be_rendered(fleet: Fleet) -> None:
    fleet.repo.write(
        {
            "a.yaml": stream(application("broken", "broken", "eu")),
            "broken/a.yaml": "kind: Nameless\n",
        }
    )
    fleet.repo.commit()
    broken = result(await fleet.sync(How()), "broken")
    assert (broken.outcome, broken.health) == (Outcome.FAILED, "Unknown")


async def test_a_forbidden_object_is_a_finding_and_is_not_applied(fleet: Fleet) -> None:
    project = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "narrow", "namespace": "argocd"},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"name": "*", "namespace": "default"}],
            "namespaceResourceBlacklist": [{"group": "batch", "kind": "Job"}],
        },
    }
    fleet.repo.write({"project.yaml": stream(project)})
    fleet.everywhere("web", config_map("settings"), job("hooked", hook="PreSync"), project="narrow")
    run = await fleet.sync(clusters=["eu"])
    assert outcomes(run) == {"web-eu": Outcome.SUCCEEDED}
    assert [str(step.ref) for step in result(run, "web-eu").steps] == ["ConfigMap default/settings"]
    forbidden = [one for one in run.findings if one.rule == "forbidden-object"]
    assert [one.ref.kind for one in forbidden if one.ref] == ["Job"]


async def test_a_component_that_cannot_be_rendered_stops_only_itself(fleet: Fleet) -> None:
    fleet.repo.write(
        {
            "apps/good.yaml": stream(application("good", "good", "eu")),
            "apps/bad.yaml": stream(application("bad", "bad", "eu")),
            "good/all.yaml": stream(config_map("good")),
            "bad/Chart.yaml": "apiVersion: v2\nname: bad\nversion: 1.0.0\n",
            "bad/templates/x.yaml": "kind: {{ .Values.a.b.c }}\n",
        }
    ).commit()
    run = await fleet.sync()
    assert outcomes(run) == {"bad": Outcome.FAILED, "good": Outcome.SUCCEEDED}
    assert "templates/x.yaml" in result(run, "bad").message


async def test_runs_are_recorded(fleet: Fleet) -> None:
    fleet.everywhere("web", config_map("settings"))
    run = await fleet.sync()
    async with await fleet.app() as app:
        store = await app.store()
        kept = await store.run(run.id)
        assert kept is not None and kept.as_json() == run.as_json()
        assert [one.id for one in await store.runs(component="web-eu")] == [run.id]


async def test_what_another_component_brings_is_waited_for(fleet: Fleet) -> None:
    """The namespace and the kind come from components that are later in the alphabet."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "later"}}
    gadget = {"apiVersion": "x.test/v1", "kind": "Gadget", "metadata": {"name": "g"}}
    in_later = {"destination": {"name": "eu", "namespace": "later"}}
    users = {f"apps/a{at}.yaml": application(f"a{at}", "a", "eu", **in_later) for at in range(12)}
    fleet.repo.write(
        {
            **{path: stream(one) for path, one in users.items()},
            "apps/b.yaml": stream(application("b", "b", "eu", **in_later)),
            "apps/x.yaml": stream(application("x", "x", "eu")),
            "apps/z.yaml": stream(application("z", "z", "eu")),
            "a/all.yaml": stream(config_map("a")),
            "b/all.yaml": stream(gadget),
            "x/all.yaml": stream(crd("gadgets", "Gadget", "x.test")),
            "z/all.yaml": stream(namespace),
        }
    ).commit()
    started = time.monotonic()
    run = await fleet.sync()
    assert set(outcomes(run).values()) == {Outcome.SUCCEEDED}, run.as_json()
    assert time.monotonic() - started < 60


async def test_what_nobody_brings_is_missing(fleet: Fleet) -> None:
    fleet.repo.write(
        {
            "apps/a.yaml": stream(
                application("a", "a", "eu", destination={"name": "eu", "namespace": "nowhere"})
            ),
            "apps/b.yaml": stream(application("b", "a", "eu")),
            "a/all.yaml": stream(config_map("a")),
        }
    ).commit()
    run = await fleet.sync()
    assert outcomes(run) == {"a": Outcome.FAILED, "b": Outcome.SUCCEEDED}
    assert 'namespaces "nowhere" not found' in result(run, "a").message


async def test_two_hundred_that_miss_the_same_do_not_wake_each_other(fleet: Fleet) -> None:
    """Each asks once, and not again whenever another one of them gives up."""
    nowhere = {"destination": {"name": "eu", "namespace": "nowhere"}}
    names = [f"a{at:03}" for at in range(200)]
    files = {f"apps/{one}.yaml": stream(application(one, "a", "eu", **nowhere)) for one in names}
    fleet.repo.write({**files, "a/all.yaml": stream(config_map("a"))}).commit()
    run = await fleet.sync()
    assert set(outcomes(run).values()) == {Outcome.FAILED}
    assert sum(isinstance(one, StepDone) for one in fleet.heard) == len(names)


async def test_a_closed_sync_window_holds_a_sync_back(fleet: Fleet) -> None:
    always = {"kind": "deny", "schedule": "* * * * *", "duration": "24h", "clusters": ["eu"]}
    project = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "frozen", "namespace": "argocd"},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"name": "*", "namespace": "*"}],
            "syncWindows": [always],
        },
    }
    fleet.repo.write({"project.yaml": stream(project)})
    fleet.everywhere("web", config_map("settings"), project="frozen")
    run = await fleet.sync()
    assert outcomes(run) == {
        "web-ap": Outcome.SUCCEEDED,
        "web-eu": Outcome.SKIPPED,
        "web-us": Outcome.SUCCEEDED,
    }
    assert "denies syncs until" in result(run, "web-eu").message


def cluster_secret(config: dict[str, Any]) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "moon",
            "namespace": "argocd",
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
        },
        "stringData": {
            "name": "moon",
            "server": "https://127.0.0.1:1",
            "config": json.dumps(config),
        },
    }


async def test_a_pull_request_cannot_make_us_start_a_program(fleet: Fleet, tmp_path: Path) -> None:
    """By the Secret of a cluster, or by a kubeconfig beside the manifests, alone or as one of
    several, or in a checkout of them whose place everybody knows."""
    trace = tmp_path / "started"
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "touch"}
    kubeconfig = {
        "clusters": [{"name": "mars", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"exec": {**plugin, "args": [str(trace)]}}}],
        "contexts": [{"name": "mars", "context": {"cluster": "mars", "user": "u"}}],
    }
    checkout = fleet.places.cache / "infra/checkouts/0123456789ab/head-0/tree"
    checkout.mkdir(parents=True)
    (checkout / "mars.yaml").write_text(json.dumps(kubeconfig))
    beside = f"{fleet.repo.path}/mars.yaml"
    mars = "".join(
        f'  - {{name: {name}, context: mars, kubeconfig: "{place}"}}\n'
        for name, place in [
            ("mars", beside),
            ("venus", f"/nowhere.yaml:{beside}"),
            ("pluto", checkout / "mars.yaml"),
        ]
    )
    fleet.repo.write(
        {
            "trunkline.yaml": f"clusters:\n{mars}",
            "moon.yaml": stream(
                cluster_secret({"execProviderConfig": {**plugin, "args": [str(trace)]}})
            ),
            "mars.yaml": json.dumps(kubeconfig),
            "apps/a.yaml": stream(application("a", "a", "moon")),
            "apps/b.yaml": stream(application("b", "a", "mars")),
            "apps/c.yaml": stream(application("c", "a", "venus")),
            "apps/d.yaml": stream(application("d", "a", "pluto")),
            "a/all.yaml": stream(config_map("a")),
        }
    ).commit()
    run = await fleet.sync()
    assert set(outcomes(run).values()) == {Outcome.FAILED}
    assert "may not name a program to run" in result(run, "a").message
    for one in "bcd":
        assert "lies in the repository, or in a checkout of it" in result(run, one).message
    assert not trace.exists()


async def test_a_kind_whose_own_server_is_down_fails_only_who_has_it(fleet: Fleet) -> None:
    """As of an aggregated API (`v1beta1.metrics.k8s.io`) whose pods are gone."""
    finalizer = "resources-finalizer.argocd.argoproj.io"
    gone = application("gone", "gone", "eu")
    gone["metadata"]["finalizers"] = [finalizer]
    widget = {"apiVersion": "test.dev/v1", "kind": "Widget", "metadata": {"name": "one"}}
    files = {f"apps/{one}.yaml": stream(application(one, one, "eu")) for one in ("kinds", "web")}
    files["apps/kinds.yaml"] = stream(application("kinds", "kinds", "eu"))
    files |= {"apps/gone.yaml": stream(gone), "gone/all.yaml": stream(config_map("gone"))}
    files["kinds/all.yaml"] = stream(crd("widgets", "Widget", "test.dev"), widget)
    fleet.repo.write({**files, "web/all.yaml": stream(config_map("web"))}).commit()
    assert (await fleet.sync()).outcome is Outcome.SUCCEEDED
    eu = fleet.box.clusters["eu"]
    eu.faults.fail(503, times=10_000, path="/apis/test.dev/", message="the pods are gone")
    fleet.repo.remove("apps/gone.yaml").write({"web/all.yaml": stream(config_map("new"))}).commit()
    run = await fleet.sync(How(prune=True, wave_timeout=60.0))
    assert outcomes(run) == {"kinds": Outcome.FAILED, "web": Outcome.SUCCEEDED}, run.as_json()
    assert result(run, "kinds").message.endswith("the pods are gone")
    said = "not all of it can be seen: eu does not list Widget.test.dev"
    assert [one.message for one in run.findings if said in one.message] != []
    eu.faults.clear()
    run = await fleet.sync(How(prune=True, wave_timeout=60.0))
    assert outcomes(run)["gone"] is Outcome.SUCCEEDED
