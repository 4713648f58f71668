"""The pure parts of a watch: what is due by policy, what is held back, and for how long."""

from __future__ import annotations

import asyncio

import pytest

from kube_objects import config_map
from trunkline.core.component import SyncPolicy
from trunkline.core.manifest import Manifest, Ref
from trunkline.engine.watch.decide import NO_SELF_HEAL, NOT_AUTOMATED, Facts, Move, decide
from trunkline.engine.watch.digests import Digest, Digests
from trunkline.engine.watch.fights import Fights, pause_after
from trunkline.engine.watch.glance import Glance
from trunkline.engine.watch.queue import KeyQueue

A, B = Ref("", "ConfigMap", "x", "a"), Ref("", "ConfigMap", "x", "b")
SPACE = Ref("", "Namespace", "", "x")

MANUAL = SyncPolicy()
AUTO = SyncPolicy(automated=True)
HEALING = SyncPolicy(automated=True, self_heal=True)
PRUNING = SyncPolicy(automated=True, prune=True)

EQUAL = Glance()
NEW = Glance(undelivered=frozenset({A}), unsure=frozenset({A}))
DRIFTED = Glance(drifted=frozenset({A}), unsure=frozenset({A}))
KNOWN_DRIFT = Glance(drifted=frozenset({A}))
BOTH = Glance(drifted=frozenset({A}), undelivered=frozenset({B}), unsure=frozenset({A, B}))
EXTRA = Glance(extra=frozenset({A}))
NO_SPACE = Glance(namespace=SPACE)


@pytest.mark.parametrize(
    ("policy", "glance", "facts", "move", "refs"),
    [
        pytest.param(HEALING, EQUAL, Facts(), Move.REST, (), id="equal"),
        pytest.param(MANUAL, NEW, Facts(), Move.LOOK, (), id="manual: only looked at"),
        pytest.param(AUTO, NEW, Facts(), Move.SYNC, (), id="a commit is delivered"),
        pytest.param(AUTO, DRIFTED, Facts(), Move.LOOK, (), id="no selfHeal: looked at once"),
        pytest.param(AUTO, KNOWN_DRIFT, Facts(), Move.REST, (), id="no selfHeal: then let be"),
        pytest.param(HEALING, DRIFTED, Facts(), Move.HEAL, (A,), id="a drift is healed"),
        pytest.param(AUTO, EXTRA, Facts(), Move.LOOK, (), id="no prune: only looked at"),
        pytest.param(PRUNING, EXTRA, Facts(), Move.SYNC, (), id="prune"),
        pytest.param(AUTO, EXTRA, Facts(prune=True), Move.SYNC, (), id="prune was asked for"),
        pytest.param(HEALING, NO_SPACE, Facts(), Move.HEAL, (SPACE,), id="its namespace is gone"),
        pytest.param(AUTO, EQUAL, Facts(unfinished=True), Move.SYNC, (), id="cut in the middle"),
        pytest.param(HEALING, BOTH, Facts(window="shut"), Move.REST, (), id="a closed window"),
        pytest.param(HEALING, BOTH, Facts(waits="w"), Move.HEAL, (A,), id="waits, but heals"),
        pytest.param(HEALING, BOTH, Facts(pause=5), Move.HEAL, (A,), id="failed, but heals"),
        pytest.param(AUTO, NEW, Facts(pause=5), Move.REST, (), id="failed a moment ago"),
        pytest.param(HEALING, DRIFTED, Facts(held={A: 3}), Move.REST, (), id="is fought for"),
    ],
)
def test_what_is_due(policy, glance, facts, move, refs) -> None:
    decision = decide(policy, glance, facts)
    assert (decision.move, decision.refs) == (move, frozenset(refs))


def test_what_holds_back_is_said_with_when_to_ask_again() -> None:
    assert decide(MANUAL, NEW, Facts()).reason == NOT_AUTOMATED
    assert decide(AUTO, KNOWN_DRIFT, Facts()).reason == NO_SELF_HEAL
    assert decide(HEALING, BOTH, Facts(window="shut")).reason == "shut"
    assert decide(AUTO, NEW, Facts(waits="for b")).reason == "for b"
    assert decide(AUTO, NEW, Facts(pause=5)).again == 5
    assert decide(HEALING, DRIFTED, Facts(held={A: 3})).again == 3


def test_pauses_of_a_fight_double_and_are_forgotten_in_peace() -> None:
    now = 0.0
    fights = Fights(lambda: now)
    assert [fights.healed(A).pause for _ in range(4)] == [0.0, 1.0, 2.0, 4.0]
    assert (fights.held([A, B]), pause_after(99)) == ({A: 4.0}, 300.0)
    now = 5000.0
    assert fights.held([A]) == {}
    assert fights.healed(A).times == 1


async def test_a_key_is_worked_on_once_at_a_time_and_again_if_it_was_added_meanwhile() -> None:
    queue = KeyQueue()
    for key in ("a", "b", "a"):
        queue.add(key)
    assert [await queue.get(), await queue.get()] == ["a", "b"]
    queue.add("a")
    assert queue.others("a")
    queue.done("b")
    assert not queue.others("a")
    queue.done("a")
    assert await queue.get() == "a"
    queue.done("a")
    assert queue.idle
    queue.add_after("c", 60)
    queue.add_after("c", 0.01)
    async with asyncio.timeout(60):
        assert await queue.get() == "c"


def live(version: int, value: str) -> Manifest:
    one = config_map("a", {"key": value})
    one["metadata"] |= {"namespace": "x", "resourceVersion": str(version)}
    return one


def test_an_answer_never_overrides_what_the_watch_showed_later() -> None:
    told: list[tuple[Ref, Digest | None, Digest | None]] = []
    digests = Digests(lambda *change: told.append(change))
    newer = digests.of(live(7, "theirs"))
    digests.saw(A, newer)
    digests.read(A, live(6, "ours"))
    assert digests.get(A) == newer
    digests.read(A, live(8, "ours"))
    assert digests.get(A) == digests.of(live(8, "ours"))
    digests.saw_gone(A, live(9, "ours"))
    digests.read(A, live(8, "ours"))
    assert digests.get(A) is None
    assert len(told) == 2, "a look tells nobody of what it read itself"
