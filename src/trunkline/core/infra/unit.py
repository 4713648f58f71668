"""A unit: infrastructure that has one state, and is planned and applied as one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from trunkline.core.component import Origin

NOWHERE = Origin()


class UnitKind(StrEnum):
    TERRAGRUNT = "terragrunt"
    TERRAFORM = "terraform"


class Unit(Struct, frozen=True):
    """`id` is its path from the repository's root, and for a workspace of a plain root module
    `path@workspace`.

    `reads` are files and directories outside of its own directory on which its plan depends; a
    directory ends with `/`. `generated_by` is the `terragrunt.stack.hcl` that makes it: then its
    directory is in no commit. `var_files` are the tfvars of a workspace, `backend_files` what its
    backend is completed by. `nested` are directories below its own that belong to other units.
    `applications` are ids of what it waits for besides, which are no units
    (`core/infra/beside.py`).
    """

    id: str
    kind: UnitKind
    path: str
    workspace: str = ""
    name: str = ""
    dependencies: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    origin: Origin = NOWHERE
    var_files: tuple[str, ...] = ()
    generated_by: str = ""
    nested: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    backend_files: tuple[str, ...] = ()
    kept_from: tuple[str, ...] = ()
    """Of `apply` and `destroy` what its own `exclude` block takes it out of."""
    early: bool = False
    """Whether init, and all that reads its state, wants its variables."""
    keyed: bool = False
    """Whether its variables say where its state is."""
    unread: tuple[str, ...] = ()
    """Of its dependencies those of which it reads no outputs, but always its mocks of them."""
    block: tuple[str, ...] = ()
    """Of one that a stack makes: the labels of its block, those of inner stacks before it."""
    recipe: str = ""
    """The same for two that stacks make of one source by the same values."""

    @property
    def selected(self) -> str:
        """The workspace that the program selects: none where a backend file of the workspace's own
        name, or its variables, say already whose state it is.
        """
        if self.keyed and self.var_files:
            return ""
        names = (one.rpartition("/")[2] for one in self.backend_files)
        own = any(name.startswith(f"{self.workspace}.") for name in names)
        return "" if own else self.workspace

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind.value,
            "name": self.name,
            "path": self.path,
            "workspace": self.workspace,
            "dependencies": list(self.dependencies),
            "applications": list(self.applications),
            "reads": list(self.reads),
            "labels": dict(self.labels),
            "file": self.origin.file,
            "line": self.origin.line,
            "generatedBy": self.generated_by,
        }

    def owns(self, path: str) -> bool:
        """Whether a file lies in the unit's own directory."""
        return within(path, self.path) and not any(within(path, one) for one in self.nested)

    def touched_by(self, path: str) -> bool:
        """Whether its plan may be another when this file changes.

        What only people read counts where it is named itself, not for lying in a directory.
        """
        if path in self.reads:
            return True
        if _is_quiet(path):
            return False
        if self.owns(path):
            return not self.foreign_workspace(path)
        return any(one.endswith("/") and within(path, one[:-1]) for one in self.reads)

    def foreign_workspace(self, path: str) -> bool:
        """Whether the file only holds the variables, or the backend, of another workspace."""
        told = path.endswith((*TFVARS, TFBACKEND))
        return bool(self.workspace) and told and path not in (*self.var_files, *self.backend_files)


def as_application(component: str) -> str:
    """How an Application is called among units, one of which may have the same id."""
    return f"Application {component}"


TFVARS = (".tfvars", ".tfvars.json")
TFBACKEND = ".tfbackend"
QUIET = (".md", "/LICENSE", "/.gitignore", "/OWNERS", "/CODEOWNERS")
FORGES = (".github/", ".gitlab/", ".gitea/", ".forgejo/")


def _is_quiet(path: str) -> bool:
    """What people read, and what a forge does: a unit may have the whole repository below it."""
    return f"/{path}".endswith(QUIET) or path.startswith(FORGES)


def within(path: str, directory: str) -> bool:
    """Whether a path is the directory or lies below it; "" is the repository's root."""
    return not directory or path == directory or path.startswith(f"{directory}/")
