"""What is read before an app stands: the settings of a commit, the credentials of this machine."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec.structs import replace

from trunkline.core.snapshot import SnapshotError
from trunkline.core.sources.access import Keyring
from trunkline.edge.git import Repository
from trunkline.settings.file import load_settings
from trunkline.settings.values import Settings

SETTINGS_FILE = "trunkline.yaml"


def keyring_of(file: Path | None) -> Keyring:
    """The credentials that a file of this machine holds. Raises SourcesError.

    Its reader is loaded where there is such a file.
    """
    if file is None or not os.path.lexists(file):
        return Keyring(file=str(file or ""))
    from trunkline.settings.sources import read_keyring

    return read_keyring(file)


def settings_at(repository: Repository, revision: str) -> Settings:
    """The settings that a commit holds. Raises SettingsError, GitError."""
    return load_settings(settings_file(repository, revision), SETTINGS_FILE)


def settings_file(repository: Repository, revision: str) -> bytes | None:
    """The bytes of a commit's settings; None where there are none. Raises GitError."""
    snapshot = repository.snapshot(revision)
    try:
        return snapshot.read(SETTINGS_FILE) if snapshot.entry(SETTINGS_FILE) else None
    except SnapshotError:
        return None


def addressed(settings: Settings, url: str) -> Settings:
    """The settings with the address of a mirror among those that mean this repository."""
    if not url or url in settings.repository.urls:
        return settings
    urls = (*settings.repository.urls, url)
    return replace(settings, repository=replace(settings.repository, urls=urls))
