"""What the engine says while it works: a stream of values that a printer, or later a page, shows.

The engine knows nothing of terminals. An event is for people; the run record is for programs, and
nothing is only in an event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trunkline.core.manifest import Ref
from trunkline.core.run import ComponentResult, Run, Step


@dataclass(frozen=True, slots=True)
class Progress:
    """A long activity, e.g. `rendering`, at `done` of `total` (0: not known yet)."""

    activity: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class RunStarted:
    run: Run
    components: tuple[tuple[str, str], ...]
    """(component id, cluster) of everything that takes part."""


@dataclass(frozen=True, slots=True)
class ComponentStarted:
    id: str
    cluster: str
    objects: int


@dataclass(frozen=True, slots=True)
class StepDone:
    step: Step


@dataclass(frozen=True, slots=True)
class Waiting:
    """A component waits for an object's health (or for another component)."""

    id: str
    cluster: str
    ref: Ref | None
    message: str


@dataclass(frozen=True, slots=True)
class ComponentDone:
    result: ComponentResult


@dataclass(frozen=True, slots=True)
class ClusterDown:
    """A cluster does not answer; `since` is Unix time in seconds."""

    cluster: str
    message: str
    since: float


@dataclass(frozen=True, slots=True)
class RunEnded:
    run: Run


Event = (
    Progress
    | RunStarted
    | ComponentStarted
    | StepDone
    | Waiting
    | ComponentDone
    | ClusterDown
    | RunEnded
)

Listener = Callable[[Event], None]


def unheard(_event: Event) -> None:
    """The listener of whoever does not listen."""
