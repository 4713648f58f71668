"""Declarations read into what they declare: Applications, AppProjects, ApplicationSets.

What is wrong with one goes into the report, and so does the doubt that it leaves: one that cannot
be read may declare anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.argo.application import Lines, Parsed, parse_application
from trunkline.core.argo.appset.parse import ApplicationSet, parse_application_set
from trunkline.core.argo.fields import Path
from trunkline.core.argo.project import Project, parse_project
from trunkline.core.component import Component, Origin
from trunkline.core.declaration import Declaration
from trunkline.core.files_read import FilesRead
from trunkline.core.snapshot import Snapshot
from trunkline.engine.appset import Generation
from trunkline.engine.report import FileLines, Report, doubt_of


class Recall(Struct):
    """What earlier discoveries read: neighbouring commits share nearly all of their files."""

    files: FilesRead = field(default_factory=FilesRead)
    parsed: WeakKeyDictionary[Declaration, Parsed] = field(default_factory=WeakKeyDictionary)


class Declarations:
    """Reads those of one commit. `projects` are the AppProjects read so far by name, `sets` the
    ApplicationSets by their ids. A `parent` is the component that renders a declaration, "" where
    it stands in a file.
    """

    def __init__(
        self, snapshot: Snapshot, generation: Generation, recall: Recall, report: Report
    ) -> None:
        self._snapshot = snapshot
        self._generation = generation
        self._recall = recall
        self._report = report
        self.projects: dict[str, Project] = {}
        self.sets: dict[str, ApplicationSet] = {}

    def take_projects(self, projects: Iterable[Declaration], parent: str) -> None:
        for one in projects:
            origin = Origin(one.file, one.line)
            project, findings = parse_project(one.manifest, origin, self._lines(one, parent))
            self._report.findings += findings
            known = self.projects.get(project.name) if project else None
            if project and known and not parent:
                if replace(project, origin=known.origin) != known:
                    self._report.second(known, project)
            elif project:
                self.projects[project.name] = project
            else:
                self._report.doubts.add(f"an AppProject of {parent or one.file}")

    def applications(
        self, declarations: Iterable[Declaration], parent: str, generator: str = ""
    ) -> list[Component]:
        found = []
        for one in declarations:
            component, findings = self._application(one, parent, bool(generator))
            self._report.findings += findings
            if component is None:
                self._report.doubts.add(doubt_of(parent or one.file))
            else:
                found.append(replace(component, generator=generator) if generator else component)
        return found

    async def generated(self, one: Declaration, parent: str) -> list[Component]:
        """The Applications of an ApplicationSet."""
        lines = self._lines(one, parent)
        parsed, findings = parse_application_set(one.manifest, Origin(one.file, one.line), lines)
        self._report.findings += findings
        if parsed is None:
            self._report.doubts.add(f"an ApplicationSet of {parent or one.file}")
            return []
        self.sets[parsed.id] = parsed
        if not parsed.updates:
            self._report.follows(parsed)
        expanded = await self._generation.expanded(parsed)
        self._report.failed(parsed, expanded.failures, lines)
        if not (expanded.applications or expanded.failures):
            self._report.barren(parsed)
        applications = [Declaration(each, one.file, one.line) for each in expanded.applications]
        return self.applications(applications, parent, parsed.id)

    def _application(self, one: Declaration, parent: str, generated: bool) -> Parsed:
        recalled = None if parent or generated else self._recall.parsed.get(one)
        if recalled is None:
            lines = self._lines(one, parent, ("spec", "template") if generated else ())
            origin = Origin(one.file, one.line)
            recalled = self._recall.parsed[one] = parse_application(
                one.manifest, origin, parent, lines
            )
        return recalled

    def _lines(self, one: Declaration, parent: str, above: Path = ()) -> Lines | None:
        """Where fields stand; what a parent renders stands in no file."""
        return None if parent else FileLines(self._snapshot, one.file, one.line, above)
