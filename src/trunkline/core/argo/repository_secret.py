"""A Secret with the label `argocd.argoproj.io/secret-type: repository` that names a project.

Such a repository is a source of that project by that alone, whatever the project's `sourceRepos`
list. Its credentials do not count here: those of this machine are in its sources file.
https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#project-scoped-repositories-and-clusters
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from trunkline.core.argo.cluster_secret import entry_of, is_secret_of_type
from trunkline.core.argo.fields import Fields
from trunkline.core.argo.project import Project


def is_repository_secret(manifest: Mapping[str, Any]) -> bool:
    return is_secret_of_type(manifest, "repository")


def scoped_repositories(secrets: Iterable[Mapping[str, Any]]) -> Mapping[str, tuple[str, ...]]:
    """The addresses that the Secrets scope to a project, by its name."""
    found: dict[str, tuple[str, ...]] = {}
    for one in secrets:
        project, url = (entry_of(Fields(one, (), []), key) for key in ("project", "url"))
        if project and url:
            found[project] = (*found.get(project, ()), url)
    return found


def with_scoped(
    projects: Mapping[str, Project], scoped: Mapping[str, tuple[str, ...]]
) -> Mapping[str, Project]:
    """The projects with what is scoped to them; the same where nothing is."""
    return (
        {
            name: replace(one, scoped_repositories=scoped[name]) if name in scoped else one
            for name, one in projects.items()
        }
        if scoped
        else projects
    )
