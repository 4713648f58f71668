"""An ApplicationSet's `strategy: RollingSync`: in which steps its Applications are synced.

https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Progressive-Syncs/
A step picks Applications by their labels; the first step that picks one has it. The next step
starts when all of the one before are synced and healthy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.argo.fields import Fields
from trunkline.core.argo.selector import BadSelector, selects

_PERCENT = re.compile(r"(\d+)%")


class RolloutStep(Struct, frozen=True):
    """`selector` holds the step's matchExpressions. `max_update` is how many of its Applications
    may be under way at the same time: a number, a percentage, or "" for all.
    """

    selector: Mapping[str, Any]
    max_update: str = ""

    def at_once(self, members: int) -> int:
        """How many of so many members; 0 says that a step is for a person to start."""
        percent = _PERCENT.fullmatch(self.max_update)
        if percent is None:
            return int(self.max_update) if self.max_update else members
        share = int(percent[1])
        return max(1, members * share // 100) if share else 0


class Rollout(Struct, frozen=True):
    """The steps of one ApplicationSet, in order; `reverse`: what is generated no more goes in the
    other order, whoever is in the last step first."""

    steps: tuple[RolloutStep, ...]
    reverse: bool = False

    def step_of(self, labels: Mapping[str, str]) -> int | None:
        """The step that an Application with these labels belongs to, None for no step."""
        picked = (at for at, step in enumerate(self.steps) if selects(step.selector, labels))
        return next(picked, None)


def parse_rollout(strategy: Fields | None) -> Rollout | None:
    """The rollout of `spec.strategy`; None where all are synced at once."""
    if strategy is None:
        return None
    kind = strategy.text("type")
    if kind not in ("", "AllAtOnce", "RollingSync"):
        strategy.problem(f"{kind!r} is neither AllAtOnce nor RollingSync", "type")
    rolling = strategy.section("rollingSync")
    reverse = _is_reverse(strategy, rolls=kind == "RollingSync")
    strategy.told_apart()
    if kind != "RollingSync":
        return None
    if rolling is None or not rolling.sections("steps"):
        strategy.problem("RollingSync needs rollingSync.steps")
        return None
    return Rollout(tuple(_step(one) for one in rolling.sections("steps")), reverse)


def _is_reverse(strategy: Fields, *, rolls: bool) -> bool:
    order = strategy.text("deletionOrder")
    if order not in ("", "AllAtOnce", "Reverse"):
        strategy.problem(f"{order!r} is neither AllAtOnce nor Reverse", "deletionOrder")
    elif order == "Reverse" and not rolls:
        said = "Reverse does not count without type: RollingSync, whose steps it turns round"
        strategy.problem(said, "deletionOrder", warning=True)
    return order == "Reverse" and rolls


def _step(fields: Fields) -> RolloutStep:
    rules = [one.value for one in fields.sections("matchExpressions")]
    selector = {"matchExpressions": rules} if rules else {}
    try:
        selects(selector, {})
    except BadSelector as error:
        fields.problem(str(error), "matchExpressions")
        selector = {}
    step = RolloutStep(selector, _max_update(fields))
    fields.told_apart()
    return step


def _max_update(fields: Fields) -> str:
    """A number, or a percentage as a string."""
    said = fields.value.get("maxUpdate")
    fields.ignored("maxUpdate")
    text = "" if said is None else str(said)
    if isinstance(said, bool) or (text and not re.fullmatch(r"\d+%?", text)):
        fields.problem(f"{said!r} is neither a number nor a percentage such as 25%", "maxUpdate")
        return ""
    return text
