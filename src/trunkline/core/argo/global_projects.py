"""Projects whose rules count in others too, as `globalProjects` of the ConfigMap `argocd-cm` says.

Each entry names a project and selects others by their labels. Those have its sources, destinations,
kinds, sync windows and service accounts beside their own.
https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#configuring-global-projects-v18
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.argo.argocd_cm import GLOBAL_PROJECTS, Entry, entries_of
from trunkline.core.argo.project import DEFAULT_PROJECT, EVERYTHING, Project
from trunkline.core.argo.selector import BadSelector, selects
from trunkline.core.finding import Finding, Severity
from trunkline.core.snapshot import Snapshot
from trunkline.core.yaml import YamlError, load

Projects = Mapping[str, Project]

_JOINED = (
    "source_repos",
    "destinations",
    "cluster_whitelist",
    "cluster_blacklist",
    "namespace_blacklist",
    "windows",
    "service_accounts",
)


class GlobalProject(Struct, frozen=True):
    """The project of this name counts in all that the selector picks."""

    name: str
    selector: Mapping[str, Any]
    file: str = ""
    line: int = 0


class GlobalProjects(Struct, frozen=True):
    """Which projects count in which others."""

    rules: tuple[GlobalProject, ...] = ()
    findings: tuple[Finding, ...] = ()

    def joined(self, projects: Projects) -> Projects:
        """The projects with what they have of others; the same where they have nothing.

        The default one is there although nobody declares it.
        """
        if not self.rules:
            return projects
        known = {DEFAULT_PROJECT: EVERYTHING, **projects}
        found = {name: self._joined(one, projects) for name, one in known.items()}
        undeclared = DEFAULT_PROJECT not in projects and found[DEFAULT_PROJECT] == EVERYTHING
        return {name: found[name] for name in found if not undeclared or name in projects}

    def unknown(self, projects: Projects) -> Iterator[Finding]:
        """Those that nobody declares."""
        for one in self.rules:
            if one.name not in projects:
                said = f"no AppProject is called {one.name}: its rules count nowhere"
                yield _finding(f"{GLOBAL_PROJECTS}: {said}", one.file, one.line)

    def _joined(self, project: Project, projects: Projects) -> Project:
        for one in self.rules:
            other = projects.get(one.name)
            if other and other.name != project.name and selects(one.selector, project.labels):
                project = _both(project, other)
        return project


def global_projects_of(snapshot: Snapshot, configs: Iterable[str]) -> GlobalProjects:
    """What the files that hold an `argocd-cm` say together."""
    rules: list[GlobalProject] = []
    findings: list[Finding] = []
    for entry in entries_of(snapshot, configs):
        if entry.key == GLOBAL_PROJECTS:
            try:
                rules += _rules(entry)
            except (ValueError, YamlError) as error:
                findings.append(_finding(f"{entry.key}: {error}", entry.file, entry.line))
    return GlobalProjects(tuple(rules), tuple(findings))


def _rules(entry: Entry) -> list[GlobalProject]:
    """Raises ValueError with what is wrong."""
    found = load(entry.value) or []
    if not isinstance(found, list):
        raise ValueError("a list is expected")
    return [_rule(one, entry) for one in found]


def _rule(one: Any, entry: Entry) -> GlobalProject:
    name = one.get("projectName") if isinstance(one, dict) else None
    selector = (one.get("labelSelector") or {}) if isinstance(one, dict) else None
    if not isinstance(name, str) or not isinstance(selector, dict):
        raise ValueError("each entry has a projectName and a labelSelector")
    try:
        selects(selector, {})
    except BadSelector as error:
        raise ValueError(f"{name}: {error}") from None
    return GlobalProject(name, selector, entry.file, entry.line)


def _both(project: Project, other: Project) -> Project:
    joined = {key: (*getattr(project, key), *getattr(other, key)) for key in _JOINED}
    kinds = (project.namespace_whitelist, other.namespace_whitelist)
    listed = tuple(rule for one in kinds if one is not None for rule in one)
    whitelist = None if kinds == (None, None) else listed
    return replace(project, namespace_whitelist=whitelist, **joined)


def _finding(said: str, file: str, line: int) -> Finding:
    return Finding("global-projects", said, Severity.WARNING, file, line)
