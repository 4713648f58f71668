"""How the example repository came to be: a few commits of the teams that own its parts."""

from __future__ import annotations

import shutil
from pathlib import Path

from msgspec import Struct

from trunkline.demo import git

REGIONS = ("eu", "us", "ap")
"""The clusters that the repository is written for; each is named like its region."""

ORIGIN = "https://git.pelagos.example/cloud/platform.git"
"""The address that the repository's Applications name as their source."""

_FILES = Path(__file__).parent / "repository"


class _Step(Struct, frozen=True):
    """One commit: whose, when, why, and the paths that it brings."""

    team: str
    date: str
    message: str
    paths: tuple[str, ...]


_STEPS = (
    _Step(
        "platform",
        "2026-03-02T09:12:00+00:00",
        "Regions eu, us and ap: projects, foundation, database operator",
        (
            "README.md",
            "trunkline.yaml",
            "apps",
            "projects",
            "platform/foundation",
            "charts/database-operator",
        ),
    ),
    _Step(
        "platform",
        "2026-03-03T11:30:00+00:00",
        "The cloud under the regions: networks, clusters, databases, edges",
        ("infra",),
    ),
    _Step(
        "data",
        "2026-03-04T14:40:00+00:00",
        "Databases accounts, billing and usage in every region",
        ("applicationsets/databases.yaml", "charts/database-cluster", "databases"),
    ),
    _Step(
        "platform",
        "2026-03-09T10:05:00+00:00",
        "Ingress and monitoring in every region",
        ("applicationsets/platform.yaml", "charts/ingress", "platform/monitoring"),
    ),
    _Step(
        "product",
        "2026-03-12T16:21:00+00:00",
        "The customers' console, and backups that are restored every week",
        ("applicationsets/services.yaml", "charts/backup", "charts/console", "services"),
    ),
)

_CHANGED = "databases/accounts/values.yaml"
_EDITS = (("tag: 17.4.2", "tag: 17.5.0"), ("replicas: 3", "replicas: 5"))


def write_repository(folder: Path) -> str:
    """Makes the example repository in an empty or new folder; the id of its last commit."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty; name a folder that is")
    git.init(folder, ORIGIN)
    shutil.copytree(_FILES, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    head = ""
    for step in _STEPS:
        author = git.Author(step.team)
        head = git.commit(folder, step.paths, author, step.date, step.message)
    return head


def demo_commit(folder: Path) -> str:
    """A day's work: a new version and two more members for one database, in a values file that
    all regions share. Returns the id of the commit."""
    edit(folder / _CHANGED, _EDITS)
    message = "accounts: 17.5.0, and five members instead of three"
    return git.commit(folder, (_CHANGED,), git.Author("data"), "2026-03-16T08:30:00+00:00", message)


def edit(file: Path, changes: tuple[tuple[str, str], ...]) -> None:
    """Put one text in place of another. Raises ValueError where the first is not there."""
    text = file.read_text(encoding="utf-8")
    for before, after in changes:
        if before not in text:
            raise ValueError(f"{file.name} has no {before!r}: was the change made before?")
        text = text.replace(before, after)
    file.write_text(text, encoding="utf-8", newline="\n")
