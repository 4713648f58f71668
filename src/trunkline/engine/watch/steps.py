"""RollingSync under a watch: which members may be delivered now, asked anew at each look.

Whether a component is through is how it stands, in whatever cluster it is. Kept is only who was let
go in a step of which not all go at once: whoever does not get well keeps its place.
"""

from __future__ import annotations

from collections.abc import Callable

from trunkline.engine.sync.rollouts import Rollouts
from trunkline.engine.sync.schedule import Key


class Steps:
    """The rollouts of one commit. `stands` says whether a component is equal to the commit and
    healthy; `wake` has one looked at again.
    """

    def __init__(
        self, rollouts: Rollouts, stands: Callable[[Key], bool], wake: Callable[[Key], None]
    ) -> None:
        self._rollouts = rollouts
        self._stands = stands
        self._wake = wake
        self._let_go: set[Key] = set()
        self._waiting: set[Key] = set()

    @property
    def members(self) -> frozenset[Key]:
        return frozenset(self._rollouts.before)

    def waits(self, key: Key) -> str:
        """What the component waits for, in words; "" for nothing."""
        reason = self._held(key)
        (self._waiting.add if reason else self._waiting.discard)(key)
        return reason

    def moved(self, key: Key) -> None:
        """How a component stands has changed: those that wait look again."""
        if key in self._rollouts.before:
            for one in sorted(self._waiting):
                self._wake(one)

    def _held(self, key: Key) -> str:
        if reason := self._rollouts.held.get(key):
            return reason
        for earlier in sorted(self._rollouts.before.get(key, ())):
            if not self._stands(earlier):
                return f"waits for {earlier[0]} in {earlier[1]}, of an earlier step"
        gate = self._rollouts.gates.get(key)
        if gate is None or key in self._let_go:
            return ""
        mates = (one for one in self._let_go if self._rollouts.gates[one] is gate)
        under_way = sorted(one for one in mates if not self._stands(one))
        if len(under_way) >= gate.at_once:
            return f"waits for {under_way[0][0]} in {under_way[0][1]}, of the same step"
        self._let_go.add(key)
        return ""
