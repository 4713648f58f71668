"""The order of units, and circles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.core.infra.graph import CycleError, Graph

REGION = Graph.of(
    {
        "cluster": ["network"],
        "dns": [],
        "network": ["dns", "not-in-the-graph"],
        "rds": ["network"],
        "apps": ["cluster", "rds"],
    }
)


def test_each_comes_after_what_it_needs_and_else_by_name() -> None:
    assert REGION.order() == ("dns", "network", "cluster", "rds", "apps")


def test_dependents_and_dependencies_reach_through_others() -> None:
    assert REGION.dependents(["network"]) == {"cluster", "rds", "apps"}
    assert REGION.dependencies(["rds"]) == {"network", "dns"}


@pytest.mark.parametrize(
    ("edges", "said"),
    [
        ({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}, "a → b → c → a"),
        ({"a": ["a"]}, "a → a"),
        ({"a": ["x"], "x": ["y"], "y": ["x"]}, "x → y → x"),
    ],
    ids=["three", "itself", "reached from outside"],
)
def test_a_circle_names_its_path(edges: dict[str, list[str]], said: str) -> None:
    with pytest.raises(CycleError) as error:
        Graph.of(edges).order()
    assert str(error.value) == f"dependencies lead in a circle: {said}"


def test_every_circle_is_told() -> None:
    edges = {"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c"], "e": []}
    assert Graph.of(edges).cycles() == (("a", "b", "a"), ("c", "d", "c"))


@given(st.dictionaries(st.integers(0, 20), st.lists(st.integers(0, 20))))
def test_an_order_is_total_or_there_is_a_circle(numbers: dict[int, list[int]]) -> None:
    graph = Graph.of(
        {f"{one:02}": [f"{other:02}" for other in needs] for one, needs in numbers.items()}
    )
    try:
        order = graph.order()
    except CycleError as error:
        pairs = zip(error.path, error.path[1:], strict=False)
        assert all(other in graph.needs[one] for one, other in pairs)
        assert error.path[0] == error.path[-1]
    else:
        at = {one: place for place, one in enumerate(order)}
        assert sorted(order) == sorted(graph.needs)
        assert all(at[other] < at[one] for one, needs in graph.needs.items() for other in needs)
