"""Whether a state that was kept is still needed, beside the one that the backend has by now."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trunkline.core.infra.kept_state import KeptState


def state(serial: int, *ids: str, lineage: str = "a", **more: Any) -> str:
    instances = [{"index_key": one, "attributes": {"id": f"id-{one}"}} for one in ids]
    one = {"type": "x", "name": "y", "instances": instances, **more}
    return json.dumps({"serial": serial, "lineage": lineage, "resources": [one]})


@pytest.mark.parametrize(
    ("now", "outdone", "alone"),
    [
        pytest.param(state(6, "1", "2", "3"), True, (), id="newer, and it knows more"),
        pytest.param(state(6, "1"), False, ('x.y["2"]',), id="newer, and it knows less"),
        pytest.param(state(5, "1", "2"), False, (), id="not newer"),
        pytest.param(state(6, "1", "2", lineage="b"), False, (), id="of another lineage"),
        pytest.param("", False, ('x.y["1"]', 'x.y["2"]'), id="none"),
        pytest.param(
            state(6, "1", "2", module="module.m"), False, ('x.y["1"]', 'x.y["2"]'), id="elsewhere"
        ),
    ],
)
def test_it_is_outdone(now: str, outdone: bool, alone: tuple[str, ...]) -> None:
    kept, other = KeptState.of(state(5, "1", "2")), KeptState.of(now)
    assert kept.is_outdone_by(other) is outdone
    assert kept.alone(other) == alone


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"serial": "x"}', '{"resources": [1]}'])
def test_what_is_no_state_is_nothing(text: str) -> None:
    assert KeptState.of(text) == KeptState(-1, "", frozenset())
