"""What changes on every object of a chart and says one thing: that the chart is another one.

A new version of a chart puts a new `helm.sh/chart` on each of its objects, and a changed ConfigMap
a new checksum into each workload that reads it. Told once, it is news; told fifty times, it hides
the news. Labels fold where many objects change them alike, checksums always: what they mean is
that pods are restarted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from trunkline.core.diff.align import ABSENT, Node
from trunkline.core.diff.path import Path

# Labels that repeat the chart's name and version (Helm, "Labels and Annotations").
_VERSIONS = frozenset({"helm.sh/chart", "chart", "app.kubernetes.io/version"})
_CHECKSUM = re.compile(r"(^|[/.-])(checksum|config-?hash|rollme)($|[/.-])", re.I)

# From this many objects on a label is told once.
MANY = 3


class Noise(Struct, frozen=True):
    """What one object says that others say too; equal for all that say the same."""

    name: str
    before: str
    after: str


def noises(root: Node) -> Iterator[tuple[Noise, Path]]:
    """The places of an object's difference that may be noise."""
    if root.same or root.before is ABSENT or root.after is ABSENT:
        return
    for node in root.walk():
        if not node.same and not node.children and _may_be(node.path):
            yield Noise(str(node.step), _text(node.before), _text(node.after)), node.path


def hushed(roots: Sequence[Node]) -> list[frozenset[Path]]:
    """For each object of one component the places that are noise."""
    found = [list(noises(root)) for root in roots]
    counts = Counter(noise for one in found for noise in {noise for noise, _ in one})
    return [
        frozenset(path for noise, path in one if is_checksum(path) or counts[noise] >= MANY)
        for one in found
    ]


def is_checksum(path: Path) -> bool:
    """Whether an annotation at this place stands for the content of something else."""
    return path[-2] == "annotations" and bool(_CHECKSUM.search(str(path[-1])))


def restarts(paths: Iterable[Path]) -> bool:
    """Whether one of these places is in the template of pods."""
    return any("template" in path for path in paths)


def _may_be(path: Path) -> bool:
    if len(path) < 3 or path[-3] != "metadata" or path[-2] not in ("labels", "annotations"):
        return False
    return str(path[-1]) in _VERSIONS or is_checksum(path)


def _text(value: object) -> str:
    return "" if value is ABSENT else str(value)
