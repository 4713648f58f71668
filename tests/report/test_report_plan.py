"""A plan as a reviewer reads it: the same change once, moves as moves, the gravest first."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from msgspec.structs import replace

from kube_objects import config_map, deployment
from trunkline.core.change import Action, Cause, ComponentPlan, Plan, Why
from trunkline.core.diff import changes
from trunkline.core.finding import Finding, Severity
from trunkline.core.groups import grouped
from trunkline.core.manifest import Manifest
from trunkline.core.moves import with_moves
from trunkline.core.report.comment import LONGEST
from trunkline.core.report.fitting import fitted
from trunkline.core.report.markdown import plan_markdown
from trunkline.core.report.plan_text import plan_text


def app(name: str, image: str, *more: Manifest, replicas: int = 1) -> list[Manifest]:
    found = [deployment(f"{name}-web", f"registry.test/{name}:{image}", replicas), *more]
    for one in found:
        one["metadata"]["namespace"] = f"team-{name}"
    return found


def part(name: str, before: list[Manifest], after: list[Manifest]) -> ComponentPlan:
    return ComponentPlan(name, "eu", changes(before, after))


def plan(*parts: ComponentPlan) -> Plan:
    return Plan("a" * 40, "b" * 40, with_moves(parts), (), len(parts))


def shared_chart(count: int) -> list[ComponentPlan]:
    """An image that goes from 1 to 2 in every application; number 7 gets more replicas too."""
    found = []
    for at in range(count):
        name = f"app{at:02}"
        extra = [config_map("limits", {"cpu": "1"})] if at == 7 else []
        more = [config_map("limits", {"cpu": "2"})] if at == 7 else []
        found.append(part(name, app(name, "1", *extra), app(name, "2", *more)))
    return found


def test_one_chart_over_many_applications_is_told_once() -> None:
    text = plan_text(plan(*shared_chart(92)))
    assert text == (
        "app00 in eu  = 90 others alike  app01 … app91: 90 in eu\n"
        "  ~ Deployment.apps team-app00/app00-web\n"
        "      @@ spec.template.spec.containers[name=web] @@\n"
        "           spec:\n"
        "             containers:\n"
        "             - name: web\n"
        "      -        image: registry.test/app00:1\n"
        "      +        image: registry.test/app00:2\n"
        "\n"
        "app07 in eu\n"
        "  ~ ConfigMap team-app07/limits\n"
        "      @@ data @@\n"
        "         name: limits\n"
        "         namespace: team-app07\n"
        "       data:\n"
        '      -  cpu: "1"\n'
        '      +  cpu: "2"\n'
        "  = 1 more change, as in the larger group\n"
        "\n"
        "93 update: 92 components in 1 cluster, aaaaaaaa..bbbbbbbb, 92 looked at\n"
    )


def test_a_comment_on_92_applications_is_short() -> None:
    comment = plan_markdown(plan(*shared_chart(92)))
    assert "| `app00` | `eu` |  |  | 1 |  | and 90 others alike |" in comment
    assert comment.count("```diff") == 2
    assert len(comment) < LONGEST / 10


def test_who_differs_by_more_than_names_is_no_member() -> None:
    parts = [
        part("one", app("one", "1"), app("one", "2")),
        part("two", app("two", "1"), app("two", "3")),
        part("three", app("three", "1"), app("three", "2")),
    ]
    assert [[one.id for one in group.members] for group in grouped(parts)] == [
        ["one", "three"],
        ["two"],
    ]


def test_objects_that_come_are_compared_whole() -> None:
    parts = [
        part("one", [], app("one", "1")),
        part("two", [], app("two", "1")),
        part("six", [], app("six", "1", replicas=6)),
    ]
    assert [len(group.members) for group in grouped(parts)] == [2, 1]


SETTINGS = {f"key{at}": f"value {at}" for at in range(6)}


def renamed(**data: str) -> Plan:
    before = app("web", "1", config_map("settings", SETTINGS))
    after = app("web", "1", config_map("web-settings", SETTINGS | data))
    return plan(part("web", before, after))


def test_a_renamed_object_is_a_move() -> None:
    assert plan_text(renamed()) == (
        "web in eu\n"
        "  → ConfigMap team-web/web-settings  was team-web/settings: deleted there, created here, "
        "otherwise the same\n"
        "\n"
        "1 delete, 1 create: 1 component in 1 cluster, aaaaaaaa..bbbbbbbb, 1 looked at\n"
    )


def test_a_move_shows_what_is_left() -> None:
    found = renamed(key1="other")
    assert "      -  key1: value 1\n      +  key1: other\n" in plan_text(found)
    assert "**moved** `ConfigMap team-web/web-settings`" in plan_markdown(found)
    (gone, come) = found.components[0].changes
    assert (gone.action, come.action) == (Action.DELETE, Action.CREATE)
    assert gone.moved_to and come.moved_from and come.moved_from.ref == gone.ref


def test_an_object_that_goes_to_another_component_is_a_move() -> None:
    config = config_map("settings", SETTINGS)
    found = plan(
        part("one", app("one", "1", copy.deepcopy(config)), app("one", "1")),
        part("two", app("two", "1"), app("two", "1", copy.deepcopy(config))),
    )
    text = plan_text(found)
    assert (
        "→ ConfigMap team-one/settings  deleted here, created as team-two/settings of two" in text
    )
    assert "→ ConfigMap team-two/settings  was team-one/settings of one" in text


def test_objects_without_anything_in_common_do_not_move() -> None:
    before, after = config_map("one", {"a": "1", "b": "2"}), config_map("two", {"c": "3", "d": "4"})
    (gone, come) = plan(part("web", [before], [after])).components[0].changes
    assert gone.moved_to is None and come.moved_from is None


def claim(size: str) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": size},
    }


def test_what_is_lost_or_refused_is_said_last_and_first() -> None:
    before = [*app("web", "1"), claim("slow"), config_map("old")]
    text = plan_text(plan(part("web", before, [*app("web", "2"), claim("fast")])))
    lines = [line for line in text.splitlines() if line[2:3] in "~-" and line[:2] == "  "]
    assert [line.split()[1] for line in lines] == [
        "PersistentVolumeClaim",
        "ConfigMap",
        "Deployment.apps",
    ]
    assert text.splitlines()[-2] == (
        "! PersistentVolumeClaim data in eu: spec.storageClassName cannot change after creation"
    )
    gone = plan_text(plan(part("web", [claim("slow")], [])))
    assert "! PersistentVolumeClaim data in eu: is deleted\n1 delete: " in gone


def test_drift_and_undelivered_commits_are_told_apart() -> None:
    one = part("web", app("web", "1"), app("web", "2", replicas=3))
    causes = (
        Cause(Why.DRIFT, ("spec.replicas",), "kubectl", "Update", "2026-11-27T03:14:15Z"),
        Cause(Why.UNDELIVERED, ("spec.x",), commit="c" * 40, author="Ada", subject="raise it"),
    )
    change = replace(one.changes[0], causes=causes)
    text = plan_text(plan(replace(one, changes=(change,))))
    assert "‖ drift by kubectl (Update) at 2026-11-27T03:14:15Z: spec.replicas\n" in text
    assert "● undelivered: cccccccc raise it, by Ada: spec.x\n" in text


def test_a_component_of_which_nothing_changes_says_what_moved() -> None:
    quiet = (ComponentPlan("web", "eu", was=("was called shop",), spelled=2),)
    text = plan_text(Plan("a" * 40, "b" * 40, (), (), 1, quiet))
    assert text.startswith(
        "→ web in eu  was called shop; 2 fields spelled otherwise; nothing changes\n"
    )


def test_a_chart_version_is_one_line() -> None:
    def chart(version: str) -> list[Manifest]:
        found = [deployment("a"), config_map("b"), config_map("c"), config_map("d")]
        labels = {"app": "a", "helm.sh/chart": f"web-{version}"}
        for one in found:
            one["metadata"]["labels"] = labels
        found[0]["spec"]["template"]["metadata"]["labels"] = labels
        return found

    text = plan_text(plan(part("web", chart("1.0"), chart("1.1"))))
    assert text.splitlines()[1] == (
        "  ~ helm.sh/chart: web-1.0 → web-1.1 on 4 objects, 1 of them restarts pods"
    )
    assert len(text.splitlines()) == 4


def test_long_lines_are_cut_where_nothing_differs() -> None:
    same = "x" * 60
    lines = [f" note: {same}", f"-  key: {same}old{same}", f"+  key: {same}new{same}"]
    assert list(fitted(lines, 50)) == [
        " note: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"[:49] + "…",
        "-  …" + "x" * 24 + "old" + "x" * 18 + "…",
        "+  …" + "x" * 24 + "new" + "x" * 18 + "…",
    ]
    assert all(len(line) <= 50 for line in fitted(lines, 50))
    assert list(fitted(lines, 0)) == lines


def test_the_same_finding_of_many_components_is_one_line() -> None:
    found = tuple(
        Finding("render-warning", f"{name}: replicas is ignored", Severity.WARNING, component=name)
        for name in ("one", "two", "three")
    )
    text = plan_text(Plan("a" * 40, "b" * 40, (), found, 3))
    assert text.startswith("‖ one  one: replicas is ignored  = 2 others alike\n\n")
    assert "(and 2 others alike)" in plan_markdown(Plan("a" * 40, "b" * 40, (), found, 3))


@pytest.mark.parametrize("rule", ["render-failed", "cluster-unreachable"])
def test_an_error_of_a_component_is_not_said_twice(rule: str) -> None:
    said = "charts/web: no such file"
    parts = (ComponentPlan("web", "eu", error=said),)
    text = plan_text(Plan("a", "b", parts, (Finding(rule, said),), 1))
    assert text.count(said) == 1


def test_a_sum_that_does_not_fit_goes_on_below() -> None:
    found = plan(part("web", app("web", "1"), [*app("web", "2"), claim("slow")]))
    assert plan_text(found, width=40).endswith(
        "1 update, 1 create: 1 component in 1 cluster,\n  aaaaaaaa..bbbbbbbb, 1 looked at\n"
    )


def test_words_that_do_not_fit_beside_go_below() -> None:
    before = [*app("web", "1"), claim("slow")]
    text = plan_text(plan(part("web", before, [*app("web", "1"), claim("fast")])), width=80)
    lines = text.splitlines()
    assert lines[1] == "  ~ PersistentVolumeClaim data"
    assert lines[2].startswith("      ! the API server will refuse this: spec.storageClassName")
    assert max(map(len, lines)) <= 80 + len(" …")


def test_a_moved_secret_does_not_claim_to_be_the_same() -> None:
    def secret(name: str, value: str) -> Manifest:
        data = {f"key{at}": value for at in range(4)}
        meta = {"name": name, "namespace": "shop"}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": data}

    found = plan(part("web", [secret("old", "hunter2-old")], [secret("new", "hunter2-new")]))
    text = plan_text(found)
    assert "was shop/old: deleted there, created here, secret values are not compared\n" in text


def test_two_checksums_are_told_in_one_word() -> None:
    def web(value: str) -> list[Manifest]:
        one = deployment("web")
        sums = {"checksum/config": value, "checksum/secret": value}
        one["spec"]["template"]["metadata"]["annotations"] = sums
        return [one]

    assert plan_text(plan(part("web", web("a"), web("b")))).splitlines()[1:3] == [
        "  ~ Deployment.apps web  checksum/config, checksum/secret differs: pods are restarted",
        "",
    ]
