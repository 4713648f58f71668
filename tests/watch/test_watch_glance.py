"""How a component stands by what a watch knows of its objects."""

from __future__ import annotations

from trunkline.core.component import Component
from trunkline.core.health import Health, HealthStatus
from trunkline.core.manifest import Ref
from trunkline.engine.watch.digests import Digest
from trunkline.engine.watch.glance import Notes, glance
from trunkline.engine.watch.wanted import Wanted

WELL, SICK = Ref("", "ConfigMap", "shop", "well"), Ref("", "ConfigMap", "shop", "sick")


class Known:
    """Two objects, of which one is sick."""

    def get(self, ref: Ref) -> Digest | None:
        status = HealthStatus.DEGRADED if ref == SICK else HealthStatus.HEALTHY
        return Digest("web", "content", Health(status, "says no" if ref == SICK else ""))

    def refs_of(self, _owner: str) -> frozenset[Ref]:
        return frozenset()


def seen(aside: frozenset[Ref]) -> tuple[str, Ref | None]:
    wanted = Wanted(Component("web", "web"), marks={WELL: "a", SICK: "b"}, aside=aside)
    found = glance(wanted, Known(), {}, Notes())
    assert found.worst
    return found.worst.status.value, found.sick


def test_the_worst_of_what_counts_is_the_components() -> None:
    assert seen(frozenset()) == ("Degraded", SICK)
    assert seen(frozenset({SICK})) == ("Healthy", WELL)
