"""ApplicationSets in steps: RollingSync, and what becomes of what a set generates no more."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from engine.vigil import vigil
from kube_objects import config_map, deployment, stream
from trunkline.core.event import ComponentDone, ComponentStarted
from trunkline.core.run import Run
from trunkline.engine.sync.component import How
from trunkline.engine.sync.rollouts import Gate, Rollouts
from trunkline.engine.sync.schedule import Key
from trunkline.engine.watch.steps import Steps

HOW = How(wave_timeout=60.0)

SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: fleet, namespace: argocd}}
spec:
  goTemplate: true
  generators:
  - list:
      elements: [{elements}]
  strategy:
    type: RollingSync
    rollingSync:
      steps:
      - {{matchExpressions: [{{key: tier, operator: In, values: [test]}}]}}
      - {{matchExpressions: [{{key: tier, operator: In, values: [prod]}}], maxUpdate: {most}}}
      - {{matchExpressions: [{{key: tier, operator: In, values: [held]}}], maxUpdate: 0}}
  template:
    metadata: {{name: '{{{{.name}}}}', labels: {{tier: '{{{{.tier}}}}'}}}}
    spec:
      project: default
      source: {{repoURL: "https://git.example.test/config.git", path: '{{{{.name}}}}'}}
      destination: {{name: {cluster}, namespace: {namespace}}}
"""


def fleet(ground, *members: str, most: str = "50%") -> dict[str, str]:
    """The set with members such as `a:test`."""
    elements = ", ".join("{{name: {}, tier: {}}}".format(*one.split(":")) for one in members)
    place = {"cluster": ground.cluster, "namespace": ground.namespace}
    return {"set.yaml": SET.format(elements=elements, most=most, **place)}


def outcomes(run: Run) -> dict[str, str]:
    return {one.id: f"{one.outcome.value} {one.message}".strip() for one in run.components}


async def test_a_step_waits_until_the_one_before_is_healthy(ground) -> None:
    members = ("c:prod", "b:prod", "a:test", "held:held", "other:none")
    folders = {name: name.partition(":")[0] for name in members}
    ground.repo.write(fleet(ground, *members))
    ground.repo.write({f"{one}/all.yaml": stream(deployment(one)) for one in folders.values()})
    ground.repo.commit()
    run = await ground.sync(HOW)
    assert outcomes(run) == {"a": "succeeded", "b": "succeeded", "c": "succeeded"}, run.as_json()
    assert {one.health for one in run.components} == {"Healthy"}
    told = [
        (type(one).__name__, one.id if isinstance(one, ComponentStarted) else one.result.id)
        for one in ground.heard
        if isinstance(one, ComponentStarted | ComponentDone)
    ]
    assert told == [
        (what, name) for name in "abc" for what in ("ComponentStarted", "ComponentDone")
    ], "a before the others, and of the others one at a time: half of two"
    assert sorted(one.message for one in run.findings) == [
        "held is left as it is: step 3 of ApplicationSet fleet has maxUpdate 0",
        "other is left as it is: no step of ApplicationSet fleet picks it",
    ]
    by_name = await ground.sync(HOW, "held", "other")
    assert outcomes(by_name) == {"held": "succeeded", "other": "succeeded"}


async def test_what_goes_wrong_in_a_step_goes_no_further(ground) -> None:
    ground.repo.write(fleet(ground, "a:test", "b:prod", "c:prod", "d:prod", most="1"))
    files = {f"{one}/all.yaml": stream(config_map(one)) for one in "acd"}
    ground.repo.write(files | {"b/all.yaml": stream(config_map("Not_A_Name"))}).commit()
    run = await ground.sync(HOW)
    told = outcomes(run)
    assert told["a"] == "succeeded" and told["b"].startswith("failed")
    assert {told["c"], told["d"]} == {"skipped waits for b, which failed, in the same step"}
    ground.repo.write({"a/all.yaml": stream(config_map("Not_A_Name"))}).commit()
    told = outcomes(await ground.sync(HOW))
    assert {told[one] for one in "bcd"} == {"skipped waits for a, which failed"}


async def test_a_set_that_deletes_nothing_keeps_what_it_generates_no_more(ground) -> None:
    def files(*members: str) -> dict[str, str]:
        (text,) = fleet(ground, *members).values()
        return {
            "set.yaml": text.replace(
                "  goTemplate", "  syncPolicy: {applicationsSync: create-only}\n  goTemplate"
            )
        }

    ground.repo.write(files("a:test", "b:test"))
    ground.repo.write({f"{one}/all.yaml": stream(config_map(one)) for one in "ab"}).commit()
    await ground.sync(HOW)
    ground.repo.write(files("a:test")).commit()
    run = await ground.sync(replace(HOW, prune=True))
    assert await ground.get("ConfigMap", "b") is not None
    assert any("deletes none of its Applications" in one.message for one in run.findings)
    ground.repo.remove("set.yaml").commit()
    await ground.sync(replace(HOW, prune=True))
    assert await ground.get("ConfigMap", "b") is None, "with the set itself, all goes"


def automated(files: dict[str, str]) -> dict[str, str]:
    (text,) = files.values()
    policy = "      project: default\n      syncPolicy: {automated: {}}\n"
    return {"set.yaml": text.replace("      project: default\n", policy)}


async def test_a_watch_goes_by_the_steps_too(ground) -> None:
    def commit(version: str, *, broken: str = "") -> None:
        for one in "abc":
            name = "Not_A_Name" if one == broken else one
            objects = stream(deployment(name, image=f"registry.test/web:{version}"))
            ground.repo.write({f"{one}/all.yaml": objects})
        ground.repo.commit()

    ground.repo.write(automated(fleet(ground, "c:prod", "b:prod", "a:test")))
    commit("1")
    async with vigil(str(ground.repo.path), ground.places()) as watch:
        await watch.synced("a", "b", "c")
        order = [step.rpartition(" ")[2] for step in watch.steps()]
        assert order[0] == "a" and sorted(order) == ["a", "b", "c"]
        commit("2", broken="a")
        watch.watch.bell.ring()
        said = f"waits for a in {ground.cluster}, of an earlier step"
        await watch.until(lambda: watch.status("b").message == said, "b waits")
        await watch.until(lambda: watch.status("c").message == said, "c waits")
        assert len(watch.steps()) == 3, "nothing of the second commit reached them"
        commit("3")
        watch.watch.bell.ring()
        await watch.synced("a", "b", "c")
        order = [step.rpartition(" ")[2] for step in watch.steps()[3:]]
        assert order[0] == "a" and sorted(order) == ["a", "b", "c"]


def reversed_fleet(ground) -> None:
    """Three members in two steps, which go with the set, the last step first."""
    files = fleet(ground, "c:prod", "b:prod", "a:test", most="100%")
    text = files["set.yaml"].replace("type: Rolling", "deletionOrder: Reverse\n    type: Rolling")
    finalizers = "finalizers: [resources-finalizer.argocd.argoproj.io], labels:"
    ground.repo.write({"set.yaml": text.replace("labels:", finalizers)})
    ground.repo.write({f"{one}/all.yaml": stream(config_map(one)) for one in "abc"}).commit()


@pytest.mark.parametrize("set_goes", [True, False], ids=["the set goes", "its members go"])
async def test_what_a_set_generates_no_more_goes_in_reverse(ground, set_goes: bool) -> None:
    reversed_fleet(ground)
    assert set(outcomes(await ground.sync(HOW)).values()) == {"succeeded"}
    if set_goes:
        ground.repo.remove("set.yaml").commit()
    else:
        text = (ground.repo.path / "set.yaml").read_text()
        members = text[text.index("elements:") : text.index("  strategy:")]
        ground.repo.write({"set.yaml": text.replace(members, "elements: []\n")}).commit()
    before = len(ground.heard)
    run = await ground.sync(replace(HOW, prune=True))
    assert outcomes(run) == {"a": "succeeded", "b": "succeeded", "c": "succeeded"}
    told = [
        f"{one.id} starts" if isinstance(one, ComponentStarted) else f"{one.result.id} ends"
        for one in ground.heard[before:]
        if isinstance(one, ComponentStarted | ComponentDone)
    ]
    assert sorted(told[:4]) == ["b ends", "b starts", "c ends", "c starts"]
    assert told[4:] == ["a starts", "a ends"]


async def test_a_watch_lets_a_set_go_in_reverse_too(ground) -> None:
    reversed_fleet(ground)
    how = replace(HOW, prune=True)
    assert set(outcomes(await ground.sync(how)).values()) == {"succeeded"}
    async with vigil(str(ground.repo.path), ground.places(), how=how) as watch:
        await watch.synced("a", "b", "c")
        ground.repo.remove("set.yaml").commit()
        watch.watch.bell.ring()
        await watch.until(lambda: len(watch.steps()) == 3, "all are gone")
        assert watch.steps()[-1].endswith(" a")


def test_steps_hold_back_across_clusters_and_let_so_many_go() -> None:
    a, b, c, d = (("a", "eu"), ("b", "us"), ("c", "us"), ("d", "us"))
    gate = Gate(1)
    before = {a: frozenset[Key](), **dict.fromkeys((b, c), frozenset({a}))}
    rollouts = Rollouts(before, {b: gate, c: gate}, {d: "no step picks it"})
    standing: set[Key] = set()
    woken: list[Key] = []
    steps = Steps(rollouts, standing.__contains__, woken.append)
    assert [steps.waits(one) for one in (d, a, b)] == [
        "no step picks it",
        "",
        "waits for a in eu, of an earlier step",
    ]
    standing.add(a)
    steps.moved(a)
    assert woken == [b, d]
    assert [steps.waits(one) for one in (b, c, b)] == [
        "",
        "waits for b in us, of the same step",
        "",
    ]
    standing.add(b)
    assert steps.waits(c) == ""


async def test_a_gate_lets_the_next_in_when_one_has_ended_well() -> None:
    gate = Gate(2)
    assert [await gate.enter(), await gate.enter()] == ["", ""]
    third = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    assert not third.done()
    await gate.leave("a", well=True)
    assert await third == ""
    await gate.leave("b", well=False)
    fourth = asyncio.create_task(gate.enter())
    await gate.leave("c", well=False)
    assert await fourth == "b"
