"""RollingSync as it is written, and what each step means for so many Applications."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.core.argo.appset.rollout import RolloutStep, parse_rollout
from trunkline.core.argo.fields import Fields, Problem

EU = {"matchExpressions": [{"key": "region", "operator": "In", "values": ["eu"]}]}


def parsed(strategy: dict[str, Any]) -> tuple[Any, list[str]]:
    problems: list[Problem] = []
    found = parse_rollout(Fields(strategy, ("strategy",), problems))
    return found, [str(one) for one in problems]


def rolling(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RollingSync", "rollingSync": {"steps": list(steps)}}


@pytest.mark.parametrize(
    ("most", "members", "at_once"),
    [("", 7, 7), ("3", 7, 3), ("0", 7, 0), ("25%", 8, 2), ("25%", 3, 1), ("0%", 8, 0)],
)
def test_how_many_go_at_once(most: str, members: int, at_once: int) -> None:
    assert RolloutStep({}, most).at_once(members) == at_once


@pytest.mark.parametrize(
    ("labels", "step"),
    [({"region": "eu"}, 0), ({"region": "us"}, 1), ({}, 1)],
    ids=["first", "the rest", "no label"],
)
def test_the_first_step_that_picks_an_application_has_it(labels: dict[str, str], step: int) -> None:
    rollout, problems = parsed(rolling(EU, {"maxUpdate": "50%"}))
    assert (rollout.step_of(labels), problems) == (step, [])


@pytest.mark.parametrize("strategy", [{}, {"type": "AllAtOnce"}, {"type": ""}])
def test_all_at_once(strategy: dict[str, Any]) -> None:
    assert parsed(strategy) == (None, [])


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        (
            {"type": "Rolling"},
            "strategy.type: 'Rolling' is neither AllAtOnce nor RollingSync",
        ),
        ({"type": "RollingSync"}, "strategy: RollingSync needs rollingSync.steps"),
        (
            rolling({"maxUpdate": "many"}),
            "maxUpdate: 'many' is neither a number nor a percentage such as 25%",
        ),
        (
            rolling({"matchExpressions": [{"key": "a", "operator": "Is"}]}),
            "matchExpressions: 'Is' is no operator; there are In, NotIn, Exists, DoesNotExist",
        ),
    ],
    ids=["type", "no steps", "maxUpdate", "operator"],
)
def test_mistakes(strategy: dict[str, Any], said: str) -> None:
    assert any(one.endswith(said) for one in parsed(strategy)[1])


@pytest.mark.parametrize(
    ("kind", "order", "said"),
    [
        ("RollingSync", "Reverse", ""),
        ("AllAtOnce", "Reverse", "Reverse does not count without type: RollingSync"),
        ("RollingSync", "AllAtOnce", ""),
        ("RollingSync", "Sideways", "'Sideways' is neither AllAtOnce nor Reverse"),
    ],
)
def test_an_order_of_deletion(kind: str, order: str, said: str) -> None:
    problems: list[Problem] = []
    strategy = {**rolling(EU), "type": kind, "deletionOrder": order}
    found = parse_rollout(Fields(strategy, ("strategy",), problems))
    assert bool(found and found.reverse) is ((kind, order) == ("RollingSync", "Reverse"))
    told = [str(one) for one in problems]
    assert len(told) == bool(said)
    assert all(one.startswith(f"strategy.deletionOrder: {said}") for one in told)
