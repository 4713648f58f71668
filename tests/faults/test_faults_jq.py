"""jq expressions of `ignoreDifferences`: what people write works; what may never end is refused, or
ended with the confined process that runs it, while everything else goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gitrepo import GitRepo
from trunkline.app.offline import OfflineApp
from trunkline.app.places import Places
from trunkline.core.diff.jqpaths import BadExpression, Location
from trunkline.edge.render.jq import JqPaths
from trunkline.edge.render.limits import MIB, Limits

OBJECT: dict[str, Any] = {
    "metadata": {"annotations": {"a.test/b": "x", "c": "y"}, "name": "web"},
    "spec": {
        "replicas": 2,
        "containers": [
            {"name": "main", "image": "a:1", "env": [{"name": "A", "value": "1"}]},
            {"name": "proxy", "image": "b:1"},
        ],
    },
    "webhooks": [{"clientConfig": {"caBundle": "x"}}, {"clientConfig": {}}],
}
CONTAINERS = ("spec", "containers")
SMALL = Limits(memory=256 * MIB, output=4 * MIB, seconds=1.0)


@pytest.fixture
async def jq() -> AsyncIterator[JqPaths]:
    found = JqPaths(SMALL)
    yield found
    await found.close()


async def named(jq: JqPaths, value: Any, expression: str) -> list[Location]:
    places = await jq.places([(value, expression)])
    return list(places(value, expression))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (".spec.replicas", [("spec", "replicas")]),
        (".spec.containers[1]", [(*CONTAINERS, 1)]),
        (".spec.containers[-1]", [(*CONTAINERS, -1)]),
        (".spec.containers[].env[]?", [(*CONTAINERS, 0, "env", 0)]),
        ('.spec.containers[] | select(.name == "proxy")', [(*CONTAINERS, 1)]),
        (
            '.spec.containers[] | select(.name == ("main", "proxy")).image',
            [(*CONTAINERS, 0, "image"), (*CONTAINERS, 1, "image")],
        ),
        (
            '.spec.containers[] | select(.env[]?.name == "A" and .image != "z") | .image',
            [(*CONTAINERS, 0, "image")],
        ),
        (
            ".webhooks[]?.clientConfig.caBundle",
            [("webhooks", n, "clientConfig", "caBundle") for n in (0, 1)],
        ),
        ('.metadata.annotations["a.test/b"]', [("metadata", "annotations", "a.test/b")]),
        ('.spec.containers[] | select(.name | contains("rox"))', [(*CONTAINERS, 1)]),
        ('.spec.containers[] | select(.name | test("^m.*n$"))', [(*CONTAINERS, 0)]),
        ('.spec.containers[] | select(has("env") | not) | .name', [(*CONTAINERS, 1, "name")]),
        (".spec.containers[0,1].image", [(*CONTAINERS, 0, "image"), (*CONTAINERS, 1, "image")]),
        ('.. | select(type == "number")', [("spec", "replicas")]),
        (".absent[]", []),
    ],
)
async def test_what_people_write(jq: JqPaths, expression: str, expected: list[Any]) -> None:
    assert await named(jq, OBJECT, expression) == expected


async def test_many_objects_are_asked_at_once(jq: JqPaths) -> None:
    other = {"spec": {"containers": [{"name": "proxy"}]}}
    expression = '.spec.containers[] | select(.name == "proxy")'
    places = await jq.places([(OBJECT, expression), (other, expression), (OBJECT, ".metadata")])
    assert list(places(OBJECT, expression)) == [(*CONTAINERS, 1)]
    assert list(places(other, expression)) == [(*CONTAINERS, 0)]
    assert list(places(OBJECT, ".metadata")) == [("metadata",)]


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("def f: f; f", "def is not allowed"),
        (".a | until(false; .)", "until is not allowed"),
        ("[range(1e9)]", "not allowed"),
        ("env", "env is not allowed"),
        ("$ENV.HOME", "$ENV is not allowed"),
        ("input", "input is not allowed"),
        (".a | recurse(.)", "recurse(…) is not allowed"),
        ('"\\(.a)"', "text with"),
        (".a[] as $x | .a[] as $y | .a[]", "not allowed"),
        (".a | select(.[] == .[])", "each item of one list"),
        (".a | select([.[] == (.b | .[])] | all)", "each item of one list"),
        (".a | select(any(.[]; .[] == 1))", "each item of one list"),
        (".a[.b[]]", "an index may not give several values"),
        (".a | .[100000000] |= 1", "|= is not allowed"),
        (".a | select((.[100000000] = 1) | length > 1)", "= is not allowed"),
        (".a | select(. + . | length > 1)", "+ is not allowed"),
        ('.a | select("x" * 1000000000 | length > 1)', "* is not allowed"),
        (".a | select(contains(.))", "contains is allowed with a text only"),
        (".. | .. | ..", "more than 2 walks"),
        ("(.a,.b)|" * 9 + ".c", "more than 64 ways"),
        (".a" * 600, "longer than"),
    ],
)
async def test_what_could_run_for_ever_is_refused(jq: JqPaths, expression: str, told: str) -> None:
    with pytest.raises(BadExpression) as caught:
        await named(jq, OBJECT, expression)
    assert told in str(caught.value)


def deep(levels: int, inside: Any) -> Any:
    for _ in range(levels):
        inside = {"a": inside}
    return inside


BOMBS: dict[str, tuple[Any, str]] = {
    "a pattern that goes back and forth": (
        {str(number): "a" * 60 + "!" for number in range(99)},
        '.[]|select(test("^(a+)+$")?)',
    ),
    "each path of a deep and wide object": (deep(200, [[]] * 800_000), "..|.."),
    "each path, as one value": (deep(200, [[]] * 200_000), "select([paths]|length>1)"),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_what_takes_too_much_is_ended_and_the_next_is_answered(
    jq: JqPaths, name: str
) -> None:
    value, expression = BOMBS[name]
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    beside = asyncio.create_task(others())
    with pytest.raises(BadExpression, match="was ended|is larger than"):
        await named(jq, value, expression)
    beside.cancel()
    # Whatever runs beside it in this process was not held up.
    assert turns
    assert await named(jq, OBJECT, ".spec.replicas") == [("spec", "replicas")]


async def test_who_is_ended_again_and_again_is_left_alone_for_a_while(jq: JqPaths) -> None:
    value, expression = BOMBS["a pattern that goes back and forth"]
    for _ in range(2):
        with pytest.raises(BadExpression, match="ran longer than 1 s"):
            await named(jq, value, expression)
    started = jq._pool.killed
    with pytest.raises(BadExpression, match="ran longer than 1 s"):
        await named(jq, value, expression)
    assert jq._pool.killed == started


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: NAME}
spec:
  project: default
  source: {repoURL: "https://git.test/org/repo.git", path: NAME, targetRevision: HEAD}
  destination: {server: https://kubernetes.default.svc, namespace: NAME}
  ignoreDifferences:
    - {group: "", kind: ConfigMap, jqPathExpressions: ['EXPRESSION']}
"""
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: x}
data: {b: "1", TEXTS}
"""


@pytest.mark.parametrize(
    ("expression", "told"),
    [('.data[] | select(test("^(a+)+$")?)', "was ended"), ("env", "env is not allowed here")],
)
async def test_it_costs_its_own_component_only(tmp_path: Path, expression: str, told: str) -> None:
    repo = GitRepo(tmp_path / "repo")
    many = ", ".join(f'k{number}: "{"a" * 60}!"' for number in range(99))
    text = CONFIG.replace("TEXTS", many)
    for name, one in (("evil", expression), ("good", ".data.b")):
        application = APPLICATION.replace("NAME", name).replace("EXPRESSION", one)
        repo.write({f"apps/{name}.yaml": application, f"{name}/x.yaml": text})
    repo.git("remote", "add", "origin", "https://git.test/org/repo.git")
    repo.commit()
    changed = text.replace("!", "?", 1).replace('"1"', '"2"')
    repo.write({"evil/x.yaml": changed, "good/x.yaml": changed}).commit()
    async with await OfflineApp.open(str(repo.path), Places(tmp_path / "cache", "")) as app:
        plan = await app.plan_range("HEAD~1", "HEAD")
    found = {one.id: one for one in plan.components}
    assert told in found["evil"].error
    (change,) = found["good"].changes
    assert [one.path for one in change.fields] == ["data.k0"]


async def test_an_object_of_any_depth_and_number_is_looked_at(jq: JqPaths) -> None:
    value = {"a": deep(400, 1), "b": 2**70, "c": 1}
    assert await named(jq, value, ".c") in ([("c",)], [])
