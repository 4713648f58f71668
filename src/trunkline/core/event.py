"""What the engine says while it works: a stream of values that a printer, or later a page, shows.

The engine knows nothing of terminals. An event is for people; the run record is for programs, and
nothing is only in an event.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from trunkline.core.finding import Finding
from trunkline.core.manifest import Ref
from trunkline.core.run import ComponentResult, Run, Step
from trunkline.core.status import ComponentStatus


class Progress(Struct, frozen=True):
    """A long activity, e.g. `rendering`, at `done` of `total` (0: not known yet)."""

    activity: str
    done: int
    total: int


class RunStarted(Struct, frozen=True):
    run: Run
    components: tuple[tuple[str, str], ...]
    """(component id, cluster) of everything that takes part."""


class ComponentStarted(Struct, frozen=True):
    id: str
    cluster: str
    objects: int


class StepDone(Struct, frozen=True):
    step: Step


class Waiting(Struct, frozen=True):
    """A component waits for an object's health (or for another component)."""

    id: str
    cluster: str
    ref: Ref | None
    message: str


class ComponentDone(Struct, frozen=True):
    result: ComponentResult


class ClusterDown(Struct, frozen=True):
    """A cluster does not answer; `since` is Unix time in seconds."""

    cluster: str
    message: str
    since: float


class ClusterUp(Struct, frozen=True):
    """A cluster answers (again): it was down `since`, Unix time in seconds, 0 for never."""

    cluster: str
    since: float
    kinds: int
    objects: int


class RunEnded(Struct, frozen=True):
    run: Run


class CommitSeen(Struct, frozen=True):
    """The branch is at this commit now; `components` are what is watched of it, `fresh` those
    findings that were not told of the commit before.
    """

    commit: str
    author: str
    subject: str
    components: int
    clusters: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    fresh: tuple[Finding, ...] = ()


class CommitRefused(Struct, frozen=True):
    """The branch cannot be read, or not this commit of it: the one before still counts."""

    commit: str
    message: str


class StatusSeen(Struct, frozen=True):
    """A component stands otherwise than it did."""

    status: ComponentStatus


class Drifted(Struct, frozen=True):
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


class Fighting(Struct, frozen=True):
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


class HeldBack(Struct, frozen=True):
    """These components wait for infrastructure, for the same `reason`."""

    components: tuple[str, ...]
    reason: str


class LetGo(Struct, frozen=True):
    """These components waited for infrastructure, and need not any more."""

    components: tuple[str, ...]


class Unrecorded(Struct, frozen=True):
    """The store fails: clusters are kept equal all the same, and what is done is not recorded."""

    message: str


class Troubled(Struct, frozen=True):
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
    | HeldBack
    | LetGo
    | Unrecorded
    | Troubled
)

Listener = Callable[[Event], None]


def unheard(_event: Event) -> None:
    """The listener of whoever does not listen."""
