"""What a discovery has to say: findings, and doubts about whether all was found.

While there is a doubt nothing that is missing counts as removed.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from trunkline.core.argo.application import Lines
from trunkline.core.argo.appset.parse import ApplicationSet, generates_from_clusters
from trunkline.core.argo.fields import Path
from trunkline.core.argo.place import line_of
from trunkline.core.argo.project import Project
from trunkline.core.component import Component
from trunkline.core.finding import Finding, Severity
from trunkline.core.manifest import Ref
from trunkline.core.snapshot import Snapshot
from trunkline.engine.appset import Failure

_CLUSTERS = "name clusters and their labels in trunkline.yaml, or commit their Secrets"


class Report(Struct):
    """Filled while components are looked for."""

    findings: list[Finding]
    doubts: set[str] = field(default_factory=set)

    def too_deep(self, one: Component, deepest: int) -> None:
        said = f"Applications nest deeper than {deepest} levels; below that none is looked for"
        self.findings.append(Finding("too-deep", said, component=one.id))
        self.doubts.add(said)

    def too_many(self, one: Component, most: int) -> None:
        said = f"there are more than {most:,} Applications; what more they render is not looked for"
        self.findings.append(Finding("too-many", said, component=one.id))
        self.doubts.add(said)

    def follows(self, one: ApplicationSet) -> None:
        """In Argo CD an Application lives on its own once it is created; here only Git holds it."""
        said = (
            f"ApplicationSet {one.name}: applicationsSync: {one.policy} keeps Argo CD from "
            "changing Applications that are there; Trunkline reads them from the set, and they "
            "follow it"
        )
        finding = Finding(
            "applicationset-follows",
            said,
            Severity.NOTE,
            file=one.origin.file,
            line=one.origin.line,
        )
        self.findings.append(finding)

    def failed(self, one: ApplicationSet, failures: Iterable[Failure], lines: Lines | None) -> None:
        """Generators that gave nothing; those that are never run leave no doubt."""
        for failure in failures:
            line = lines(failure.path) if lines else 0
            finding = Finding(
                "applicationset-failed",
                f"ApplicationSet {one.name}: {failure.message}",
                Severity.WARNING if failure.expected else Severity.ERROR,
                file=one.origin.file,
                line=line + failure.line if line else one.origin.line,
                component=one.name,
                remedy=failure.remedy,
            )
            self.findings.append(finding)
            if not failure.expected:
                self.doubts.add(f"ApplicationSet {one.name}")

    def barren(self, one: ApplicationSet) -> None:
        """Nothing fits what a set generates from: most often clusters that nobody has named yet."""
        about_clusters = generates_from_clusters(one)
        what = "no known cluster fits" if about_clusters else "nothing fits"
        finding = Finding(
            "applicationset-empty",
            f"ApplicationSet {one.name} makes no Application: {what} its generators",
            Severity.NOTE,
            file=one.origin.file,
            line=one.origin.line,
            component=one.name,
            remedy=_CLUSTERS if about_clusters else "",
        )
        self.findings.append(finding)

    def refused(self, parent: Component, ref: Ref, reason: str) -> None:
        """What a component declares and may not."""
        finding = Finding(
            "forbidden-object",
            f"{ref}: {reason}",
            file=parent.origin.file,
            line=parent.origin.line,
            component=parent.id,
            ref=ref,
            remedy="ask the owner of the project",
        )
        self.findings.append(finding)
        self.doubts.add(parent.id)

    def second(self, known: Project, other: Project) -> None:
        """An AppProject that files declare twice, and not the same."""
        said = (
            f"AppProject {other.name} is declared twice, and not the same: that of "
            f"{known.origin.file}:{known.origin.line} counts, this one does not"
        )
        origin = other.origin
        finding = Finding(
            "duplicate-project",
            said,
            file=origin.file,
            line=origin.line,
            remedy="leave one of them out, or out of discovery (trunkline.yaml)",
        )
        self.findings.append(finding)

    def hidden(self, parent: Component, error: str) -> None:
        """A component that declares others, and what they are cannot be known."""
        said = f"{parent.id}: Applications that it declares are not known: {error}"
        finding = Finding(
            "unknown-children",
            said,
            Severity.WARNING,
            file=parent.origin.file,
            line=parent.origin.line,
            component=parent.id,
        )
        self.findings.append(finding)


def doubt_of(place: str) -> str:
    """The doubt about an Application of a file, or of a parent, that cannot be read."""
    return f"an Application of {place}"


class FileLines(Struct, frozen=True):
    """The line of a field, found by reading its file again: there is a mistake to tell of.

    `above` is where the object stands in the document that begins at `start`.
    """

    snapshot: Snapshot
    file: str
    start: int
    above: Path = ()

    def __call__(self, path: Path) -> int:
        return line_of(self.snapshot.read(self.file), self.start, (*self.above, *path))
