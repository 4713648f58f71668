"""Rules that count: what the status counts must reach what the spec wants."""

from __future__ import annotations

from msgspec import Struct

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import not_seen, true_ones
from trunkline.core.health.fields import at
from trunkline.core.health.status import Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest


class Counts(Struct, frozen=True):
    """Numbers of the status that must reach a wanted one: `reached` is `path:word` each, the word
    for the sentence `2 of 3 replicas are ready`. Any condition in `bad` is Degraded."""

    wanted: str
    reached: str
    default: int = 1
    noun: str = "replica"
    bad: str = ""
    suspend: str = ""

    def __call__(self, manifest: Manifest) -> Health:
        if health := not_seen(manifest, self.suspend):
            return health
        for one in true_ones(conditions_of(manifest), self.bad):
            return degraded(one.said)
        wanted = _number(at(manifest, self.wanted), self.default)
        said = ""
        for path, word in (one.split(":") for one in self.reached.split()):
            found = _number(at(manifest, path), 0)
            said = counted(found, wanted, word, self.noun)
            if found < wanted:
                return progressing(said)
        return healthy(said)

    def __str__(self) -> str:
        return ", ".join(one.partition(":")[0] for one in self.reached.split())


def _number(found: object, default: int) -> int:
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def counted(found: int, wanted: int, what: str, noun: str = "replica") -> str:
    """`2 of 3 replicas are ready`, `0 of 1 replica is ready`."""
    return f"{found} of {wanted} {noun}{' is' if wanted == 1 else 's are'} {what}"
