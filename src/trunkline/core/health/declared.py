"""Rules that are data: what most kinds need is which conditions or which phase mean what.

A row of a family's table is one of these values; calling it judges an object. Names are written
as one text with spaces between, as a person would list them. All ask the same first: is the
object suspended, and has its controller seen the newest spec? Only then is the status believed.

What a controller may add later is judged by its words (`FAILURES`), so that a new phase does not
need a new release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from trunkline.core.health.conditions import FAILURES, Condition, conditions_of
from trunkline.core.health.fields import (
    UNOBSERVED,
    at,
    joined,
    said_at,
    section,
    unobserved,
)
from trunkline.core.health.status import (
    Health,
    HealthStatus,
    degraded,
    healthy,
    progressing,
    suspended,
)
from trunkline.core.manifest import Manifest, annotations_of

WAITS = "waits for its controller"


def held(manifest: Manifest, by: str) -> Health | None:
    """Suspended, where one of these says so: a dotted path that is true (or whose text is
    `path=text`), or an annotation, written `@name`, whose value is `true`, or `@name=value`."""
    for one in by.split():
        name, _, wanted = one.partition("=")
        if name.startswith("@"):
            found: object = annotations_of(manifest).get(name[1:])
            said = f"the annotation {name[1:]}"
        else:
            found, said = at(manifest, name), name
        if found == wanted if wanted else found is True or found == "true":
            return suspended(f"is suspended by {said}")
    return None


def not_seen(manifest: Manifest, suspend: str, *, quiet: bool = False) -> Health | None:
    """What can be said before the status is believed; `quiet`: no status at all is fine."""
    if health := held(manifest, suspend):
        return health
    if unobserved(manifest):
        return progressing(UNOBSERVED)
    if not section(manifest, "status"):
        return healthy() if quiet else progressing(WAITS)
    return None


class Conditions(Struct, frozen=True):
    """Which conditions say what.

    `good` must be there and True, `also` must be True where they are there. One that is False is
    Degraded if it is `fatal` or its reason is a failure's, unless time `mends` that reason; one
    that is not True is Degraded for a reason that is listed in `fails`. True in `bad` is Degraded,
    in `busy` Progressing, in `off` Suspended. `quiet`: no status at all is fine.
    """

    good: str = "Ready"
    also: str = ""
    bad: str = ""
    busy: str = ""
    off: str = ""
    fatal: bool = False
    mends: str = ""
    fails: str = ""
    suspend: str = ""
    quiet: bool = False

    def __call__(self, manifest: Manifest) -> Health:
        if health := not_seen(manifest, self.suspend, quiet=self.quiet):
            return health
        found = conditions_of(manifest)
        for one in true_ones(found, self.off):
            return suspended(one.said)
        for one in true_ones(found, self.bad):
            return progressing(UNOBSERVED) if one.stale(manifest) else degraded(one.said)
        judged = [self._judged(manifest, found.get(name), name) for name in self._wanted(found)]
        if worst := [one for one in judged if one.status is HealthStatus.DEGRADED]:
            return worst[0]
        for one in true_ones(found, self.busy):
            return progressing(one.said)
        if waiting := [one for one in judged if one.status is not HealthStatus.HEALTHY]:
            return waiting[0]
        return next((one for one in judged if one.message), healthy())

    def _wanted(self, found: dict[str, Condition]) -> list[str]:
        return [*self.good.split(), *(name for name in self.also.split() if name in found)]

    def _judged(self, manifest: Manifest, one: Condition | None, name: str) -> Health:
        if one is None:
            return progressing(f"waits for its condition {name}")
        if one.stale(manifest):
            return progressing(UNOBSERVED)
        if one.true:
            return healthy(one.message)
        return degraded(one.said) if self._failed(one) else progressing(one.said)

    def _failed(self, one: Condition) -> bool:
        if one.reason in self.fails.split():
            return True
        if not one.false or one.reason in self.mends.split():
            return False
        return one.failure if one.severity else self.fatal or one.failure

    def __str__(self) -> str:
        return ", ".join(f"{self.good} {self.also} {self.bad} {self.busy} {self.off}".split())


def true_ones(found: dict[str, Condition], names: str) -> Iterator[Condition]:
    return (found[name] for name in names.split() if name in found and found[name].true)


class Phase(Struct, frozen=True):
    """A word of the status, at the dotted path `where`, and what each word means; letters' case
    does not matter. `message` are the dotted paths where a sentence may stand."""

    where: str = "status.phase"
    healthy: str = ""
    progressing: str = ""
    degraded: str = ""
    suspended: str = ""
    message: str = "status.message status.reason"
    suspend: str = ""
    quiet: bool = False

    def __call__(self, manifest: Manifest) -> Health:
        if health := not_seen(manifest, self.suspend, quiet=self.quiet):
            return health
        for path in self.where.split():
            if word := said_at(manifest, path):
                return self._meaning(word)(self._said(manifest, path, word))
        return healthy() if self.quiet else progressing(WAITS)

    def _meaning(self, word: str) -> Callable[[str], Health]:
        for make, words in (
            (healthy, self.healthy),
            (progressing, self.progressing),
            (degraded, self.degraded),
            (suspended, self.suspended),
        ):
            if word.casefold() in words.casefold().split():
                return make
        return degraded if failure(word) else progressing

    def _said(self, manifest: Manifest, path: str, word: str) -> str:
        message = said_at(manifest, self.message)
        name = path.rpartition(".")[2]
        return joined((word, message)) if message and message != word else f"{name} is {word}"

    def __str__(self) -> str:
        return self.where


def failure(word: str) -> bool:
    """Whether a phase's word says that something went wrong."""
    return any(part.casefold() in word.casefold() for part in FAILURES)
