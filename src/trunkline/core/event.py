"""What the engine says while it works: a stream of values that a printer, or later a page, shows.

The engine knows nothing of terminals. An event is for people; the run record is for programs, and
nothing is only in an event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trunkline.core.finding import Finding
from trunkline.core.manifest import Ref
from trunkline.core.run import ComponentResult, Run, Step
from trunkline.core.status import ComponentStatus


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
class ClusterUp:
    """A cluster answers (again): it was down `since`, Unix time in seconds, 0 for never."""

    cluster: str
    since: float
    kinds: int
    objects: int


@dataclass(frozen=True, slots=True)
class RunEnded:
    run: Run


@dataclass(frozen=True, slots=True)
class CommitSeen:
    """The branch is at this commit now; `components` are what is watched of it."""

    commit: str
    author: str
    subject: str
    components: int
    clusters: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class CommitRefused:
    """The branch cannot be read, or not this commit of it: the one before still counts."""

    commit: str
    message: str


@dataclass(frozen=True, slots=True)
class StatusSeen:
    """A component stands otherwise than it did."""

    status: ComponentStatus


@dataclass(frozen=True, slots=True)
class Drifted:
    """An object was changed in the cluster, or is `gone` from it; it is put back now.

    `writer` is the field manager or component that did it, `field` the first place that differs,
    "" where that is not known.
    """

    id: str
    cluster: str
    ref: Ref
    gone: bool = False
    writer: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Fighting:
    """Somebody undoes again and again what is healed: it was healed `times` in a row, and is left
    be for so many seconds now.
    """

    id: str
    cluster: str
    ref: Ref
    writer: str
    field: str
    times: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Troubled:
    """A long-lived task failed by a mistake of ours, and is started again."""

    task: str
    message: str


Event = (
    Progress
    | RunStarted
    | ComponentStarted
    | StepDone
    | Waiting
    | ComponentDone
    | ClusterDown
    | ClusterUp
    | RunEnded
    | CommitSeen
    | CommitRefused
    | StatusSeen
    | Drifted
    | Fighting
    | Troubled
)

Listener = Callable[[Event], None]


def unheard(_event: Event) -> None:
    """The listener of whoever does not listen."""
