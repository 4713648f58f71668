"""The order in which components go: the one in which they came, turned round."""

from __future__ import annotations

from typing import cast

from trunkline.core.component import Component
from trunkline.core.depends import DEPENDS_ON
from trunkline.core.run import ComponentResult, Outcome
from trunkline.engine.connect import Connection
from trunkline.engine.sync.departures import depart
from trunkline.engine.sync.removal import Removal, Step

NOWHERE = cast(Connection, None)
WAVE = "argocd.argoproj.io/sync-wave"


def gone(
    name: str,
    *needs: str,
    at: str = "eu",
    parent: str = "",
    wave: str = "0",
    step: Step | None = None,
) -> Removal:
    said = {DEPENDS_ON: ", ".join(needs), WAVE: wave}
    former = Component(name, name, annotations=said, parent=parent)
    return Removal(name, at, former, step=step)


async def departed(
    *removals: Removal, failing: str = "", staying: dict[str, str] | None = None
) -> list[str]:
    """What happens, in its order."""
    told: list[str] = []

    async def delete(removal: Removal, _: Connection) -> ComponentResult:
        told.append(f"{removal.id} goes")
        outcome = Outcome.FAILED if removal.id == failing else Outcome.SUCCEEDED
        return ComponentResult(removal.id, removal.cluster, outcome)

    results = await depart([(one, NOWHERE) for one in removals], delete, staying or {})
    skipped = [one for one in results if one.outcome is Outcome.SKIPPED]
    return [*told, *(f"{one.id} {one.message}" for one in skipped)]


async def test_who_needed_one_goes_before_it() -> None:
    found = await departed(gone("a"), gone("b", "a"), gone("c", "b"))
    assert found == ["c goes", "b goes", "a goes"]


async def test_waves_of_siblings_go_from_the_last_and_their_parent_after_them() -> None:
    siblings = [gone(name, parent="all", wave=wave) for name, wave in (("a", "1"), ("b", "2"))]
    assert await departed(gone("all"), *siblings) == ["b goes", "a goes", "all goes"]


async def test_what_does_not_go_keeps_what_it_needs() -> None:
    found = await departed(gone("a"), gone("b", "a"), gone("c"), failing="b")
    assert found == ["b goes", "c goes", "a waits for the end of b, which failed"]


async def test_what_a_unit_needs_stays_and_keeps_what_it_needs_itself() -> None:
    staying = {"b": "waits for the end of dns"}
    assert await departed(gone("a"), gone("b", "a"), staying=staying) == [
        "a waits for the end of b, which was skipped",
        "b waits for the end of dns",
    ]


async def test_clusters_do_not_wait_for_each_other_unless_they_must() -> None:
    found = await departed(gone("a", at="us"), gone("b", "a"), gone("a"))
    assert found == ["a goes", "b goes", "a goes"]


async def test_a_circle_goes_in_some_order() -> None:
    assert sorted(await departed(gone("a", "b"), gone("b", "a"))) == ["a goes", "b goes"]


async def test_the_last_step_goes_first_whatever_the_cluster() -> None:
    """A set that deletes in reverse; the waves of its members do not count, as when they came."""
    first, last = Step("fleet", 0), Step("fleet", 1)
    members = [
        gone("a", step=first, parent="all", wave="9"),
        gone("b", at="us", step=last),
        gone("c", step=Step("other", 0)),
    ]
    assert await departed(gone("all"), *members) == ["b goes", "c goes", "a goes", "all goes"]
    assert await departed(*members, failing="b") == [
        "b goes",
        "c goes",
        "a waits for the end of b, which failed",
    ]
