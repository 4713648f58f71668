"""The kinds of other projects: `cases/` holds an object and its health side by side, and what is
declared as data is tried word by word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from trunkline.core.health import HealthStatus, health_of
from trunkline.core.health.declared import Conditions, Phase
from trunkline.core.health.families import kubernetes
from trunkline.core.health.table import FAMILIES, RULES, rows, rule_for
from trunkline.core.manifest import group_of

HERE = Path(__file__).parent / "cases"


def pictures() -> list[tuple[str, str, str, dict[str, Any], str]]:
    found = []
    for file in sorted(HERE.glob("*.yaml")):
        for kind, cases in yaml.safe_load(file.read_text()).items():
            for said, case in cases.items():
                gives = case.pop("gives")
                found.append((file.stem, kind, said, case, gives))
    return found


PICTURES = pictures()


def live(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    api_version, name = kind.split()
    metadata = {"name": "it", **body.get("metadata", {})}
    return {"apiVersion": api_version, "kind": name, **body, "metadata": metadata}


@pytest.mark.parametrize(
    ("kind", "body", "gives"),
    [(kind, body, gives) for _, kind, _, body, gives in PICTURES],
    ids=[f"{kind.split()[1]} {said}" for _, kind, said, _, _ in PICTURES],
)
def test_a_live_object_and_its_health(kind: str, body: dict[str, Any], gives: str) -> None:
    found = health_of(live(kind, body))
    assert ": ".join(filter(None, (found.status.value, found.message))) == gives


OTHERS = {name: family for name, family in FAMILIES.items() if family is not kubernetes.RULES}


def test_every_rule_has_a_picture() -> None:
    drawn = set()
    for _, kind, _, _, _ in PICTURES:
        api_version, name = kind.split()
        drawn.add(id(rule_for(group_of(api_version), name)))
    missing = [
        f"{group}/{kind}"
        for family in OTHERS.values()
        for group, kind, rule in rows(family)
        if id(rule) not in drawn
    ]
    assert missing == []


@pytest.mark.parametrize("file", sorted({file for file, *_ in PICTURES}))
def test_every_family_shows_every_status_it_can_give(file: str) -> None:
    shown = {gives.partition(":")[0] for name, _, _, _, gives in PICTURES if name == file}
    assert shown >= {"Healthy", "Progressing", "Degraded"}


def test_no_kind_is_listed_twice() -> None:
    listed = [(group, kind) for one in FAMILIES.values() for group, kind, _ in rows(one)]
    assert len(listed) == len(set(listed)) == len(RULES)


def of(group: str, kind: str, **body: Any) -> dict[str, Any]:
    group = group.replace("*", "some")
    return live(f"{group}/v1 {kind.replace('*', 'Any')}", body)


ROWS = [(group, kind, rule) for one in OTHERS.values() for group, kind, rule in rows(one)]


def put(path: str, value: object) -> dict[str, Any]:
    """A nested map that holds a value at a dotted path."""
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def test_what_is_being_deleted_progresses_whatever_its_kind() -> None:
    for group, kind, _ in ROWS:
        one = of(group, kind, metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})
        assert health_of(one).status is HealthStatus.PROGRESSING, (group, kind)


OLD = {
    "observedGeneration": 1,
    "phase": "Failed",
    "state": "Failed",
    "readyToUse": True,
    "health": {"status": "Healthy"},
    "conditions": [{"type": "Ready", "status": "True"}, {"type": "Failed", "status": "True"}],
}


@pytest.mark.parametrize("status", [OLD, {"observedGeneration": 1}], ids=["said", "nothing said"])
def test_every_rule_waits_for_the_newest_spec(status: dict[str, Any]) -> None:
    for group, kind, _ in ROWS:
        one = of(group, kind, metadata={"generation": 2}, status=status)
        assert health_of(one).status is HealthStatus.PROGRESSING, (group, kind)


def test_declared_suspensions_suspend() -> None:
    for group, kind, rule in ROWS:
        for one in getattr(rule, "suspend", "").split():
            name, _, value = one.partition("=")
            if name.startswith("@"):
                body = {"metadata": {"annotations": {name[1:]: value or "true"}}}
            else:
                body = put(name, value or True)
            assert health_of(of(group, kind, **body)).status is HealthStatus.SUSPENDED, (kind, one)


def test_every_word_of_a_phase_means_one_thing() -> None:
    for group, kind, rule in ROWS:
        if not isinstance(rule, Phase):
            continue
        for status in ("healthy", "progressing", "degraded", "suspended"):
            for word in getattr(rule, status).split():
                found = health_of(of(group, kind, **put(rule.where.split()[0], word)))
                assert found.status.value.lower() == status, (group, kind, word)


def test_every_declared_condition_counts() -> None:
    for group, kind, rule in ROWS:
        if not isinstance(rule, Conditions):
            continue
        good = [{"type": one, "status": "True"} for one in f"{rule.good} {rule.also}".split()]
        well = {"conditions": good or [{"type": "Other", "status": "True"}]}
        assert health_of(of(group, kind, status=well)).status is HealthStatus.HEALTHY, (group, kind)
        for name, status in (
            *((one, HealthStatus.DEGRADED) for one in rule.bad.split()),
            *((one, HealthStatus.PROGRESSING) for one in rule.busy.split()),
            *((one, HealthStatus.SUSPENDED) for one in rule.off.split()),
        ):
            said = {"conditions": [*good, {"type": name, "status": "True"}]}
            assert health_of(of(group, kind, status=said)).status is status, (group, kind, name)
