"""jq expressions of `ignoreDifferences`: what people write works; what may never end is refused."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.core.diff.jqpaths import BadExpression, jq_paths

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
def test_what_people_write(expression: str, expected: list[Any]) -> None:
    assert list(jq_paths(OBJECT, expression)) == expected


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
def test_what_could_run_for_ever_is_refused(expression: str, told: str) -> None:
    with pytest.raises(BadExpression) as caught:
        list(jq_paths(OBJECT, expression))
    assert told in str(caught.value)
