"""Laws of the differ, on objects of any shape."""

from __future__ import annotations

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.core.change import Action, ComponentPlan, Plan
from trunkline.core.diff import compared_changes
from trunkline.core.diff.normal import equal
from trunkline.core.groups import grouped
from trunkline.core.manifest import Manifest
from trunkline.core.report.fitting import fitted
from trunkline.core.report.plan_json import plan_json

KEYS = st.sampled_from(
    "name containers ports env labels limits cpu interval image data protocol replicas "
    "schema openAPIV3Schema properties description resources annotations template spec".split()
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(["", "1", "1000m", "60s", "1m", "TCP", "a\nb\n", "x", "y"]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


def manifest(spec: object) -> Manifest:
    meta = {"name": "a", "namespace": "b"}
    return {"apiVersion": "x.test/v1", "kind": "Thing", "metadata": meta, "spec": spec}


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_an_object_does_not_differ_from_itself(spec: object) -> None:
    assert compared_changes([manifest(spec)], [manifest(copy.deepcopy(spec))]) == ()


@given(VALUES, VALUES)
@settings(max_examples=400, deadline=None)
def test_nothing_differs_in_silence(one: object, other: object) -> None:
    """Whatever is not the same is shown, or told, or counted."""
    found = compared_changes([manifest(one)], [manifest(other)])
    assert (found == ()) == equal(one, other)
    for change in found:
        if change.action is Action.NOOP:
            assert change.spelled or change.reason
        else:
            assert change.diff or change.reason or change.folded


@given(st.lists(VALUES, min_size=1, max_size=4))
@settings(max_examples=50, deadline=None)
def test_every_component_is_in_one_group_and_the_plan_is_json(specs: list[object]) -> None:
    parts = tuple(
        ComponentPlan(f"app-{at}", "eu", compared_changes([], [manifest(spec)]))
        for at, spec in enumerate(specs)
    )
    members = [one.id for group in grouped(parts) for one in group.members]
    assert sorted(members) == sorted(one.id for one in parts)
    json.dumps(plan_json(Plan("a", "b", parts)))


@given(st.lists(st.text("-+ xyz…", max_size=90), max_size=8), st.integers(10, 60))
@settings(max_examples=200, deadline=None)
def test_fitted_lines_fit_and_none_is_lost(lines: list[str], width: int) -> None:
    found = list(fitted(lines, width))
    assert len(found) == len(lines)
    assert all(len(line) <= width for line in found)
    assert [line[:1] for line in found] == [line[:1] for line in lines]
