"""The stored record of one plan or sync: one JSON shape for command line, API and web page."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.finding import Finding
from trunkline.core.manifest import Ref


class Outcome(StrEnum):
    """How a step or a run ended; RUNNING until it has."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def told(self) -> str:
        """As a sentence has it that begins with what ended so."""
        passive = self in (Outcome.SKIPPED, Outcome.CANCELLED)
        return f"was {self.value}" if passive else self.value


class Step(Struct, frozen=True):
    """One thing done to one object. `verb` is create, apply, replace, delete, hook, wait, …

    `started` is Unix time in seconds, `seconds` how long it took.
    """

    component: str
    cluster: str
    ref: Ref
    verb: str
    phase: str
    wave: int = 0
    outcome: Outcome = Outcome.SUCCEEDED
    message: str = ""
    started: float = 0.0
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "component": self.component,
            "cluster": self.cluster,
            "ref": self.ref.as_json(),
            "verb": self.verb,
            "phase": self.phase,
            "wave": self.wave,
            "outcome": self.outcome.value,
            "message": self.message,
            "started": self.started,
            "seconds": round(self.seconds, 4),
        }


class ComponentResult(Struct, frozen=True):
    """One component in one cluster, as a run left it."""

    id: str
    cluster: str
    outcome: Outcome
    health: str = ""
    message: str = ""
    unchanged: int = 0
    steps: tuple[Step, ...] = ()

    def after(self, attempts: Sequence[ComponentResult]) -> ComponentResult:
        """The same with what earlier attempts have done: what one of them wrote is equal by now,
        and was not when the sync began."""
        done = [step for one in attempts for step in one.steps if step.outcome is Outcome.SUCCEEDED]
        written = {step.ref for step in done} - {step.ref for step in self.steps}
        unchanged = max(0, self.unchanged - len(written))
        return replace(self, unchanged=unchanged, steps=(*done, *self.steps))

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "cluster": self.cluster,
            "outcome": self.outcome.value,
            "health": self.health,
            "message": self.message,
            "unchanged": self.unchanged,
            "steps": [step.as_json() for step in self.steps],
        }


class Run(Struct, frozen=True):
    """`kind` is `plan` or `sync`; times are Unix seconds, `ended` 0 while it runs."""

    id: str
    kind: str
    commit: str
    started: float
    ended: float = 0.0
    outcome: Outcome = Outcome.RUNNING
    author: str = ""
    dry_run: bool = False
    components: tuple[ComponentResult, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    def joined(self, later: Run) -> Run:
        """Two rounds of one delivery as one run: of what both tell of, the later counts."""
        known = {(one.id, one.cluster): one for one in (*self.components, *later.components)}
        bad = any(one.outcome in (Outcome.FAILED, Outcome.SKIPPED) for one in known.values())
        return replace(
            later,
            started=self.started,
            outcome=Outcome.FAILED if bad else Outcome.SUCCEEDED,
            components=tuple(known.values()),
            findings=tuple(dict.fromkeys((*self.findings, *later.findings))),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "commit": self.commit,
            "author": self.author,
            "dryRun": self.dry_run,
            "started": self.started,
            "ended": self.ended,
            "outcome": self.outcome.value,
            "components": [one.as_json() for one in self.components],
            "findings": [finding.as_json() for finding in self.findings],
        }
