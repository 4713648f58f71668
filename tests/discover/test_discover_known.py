"""What files declare is read once, by whichever process comes first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gitrepo import GitRepo
from trunkline.app.offline import OfflineApp
from trunkline.app.places import Places
from trunkline.core import files_read
from trunkline.core.files_read import FilesRead
from trunkline.core.rendering import Input
from trunkline.core.snapshot import FilesSnapshot, Snapshot, SnapshotError
from trunkline.edge.known_files import KnownFiles
from trunkline.engine import children
from trunkline.engine.children import Children

WEB = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  source: {repoURL: https://git.example.test/config.git, path: web}
  destination: {name: eu, namespace: shop}
"""
EU = """\
apiVersion: v1
kind: Secret
metadata: {name: eu, labels: {argocd.argoproj.io/secret-type: cluster}}
stringData: {name: eu, server: https://eu.example.test, config: '{"bearerToken": "hunter2"}'}
"""


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.write({"apps/web.yaml": WEB, "eu.yaml": EU, "web/a.yaml": "kind: ConfigMap\n"}).commit()
    return made


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read."""
    paths: list[str] = []
    really = files_read.held_by

    def noted(snapshot, path, largest):
        paths.append(path)
        return really(snapshot, path, largest)

    monkeypatch.setattr(files_read, "held_by", noted)
    return paths


async def ids(repo: GitRepo, tmp_path: Path) -> list[str]:
    places = Places(tmp_path / "cache", str(tmp_path / "store.db"))
    async with await OfflineApp.open(str(repo.path), places) as app:
        return [one.id for one in (await app.scene()).discovered.components]


async def test_the_next_command_reads_what_changed(
    repo: GitRepo, tmp_path: Path, read: list[str]
) -> None:
    assert await ids(repo, tmp_path) == ["web"]
    assert {"apps/web.yaml", "eu.yaml", "web/a.yaml"} <= {*read}
    read.clear()
    assert await ids(repo, tmp_path) == ["web"]
    assert read == ["eu.yaml"], "no Secret is kept"
    repo.write({"apps/api.yaml": WEB.replace("name: web", "name: api")}).commit()
    assert await ids(repo, tmp_path) == ["api", "web"]
    assert sorted({*read}) == ["apps/api.yaml", "eu.yaml"]


async def test_no_secret_is_kept(repo: GitRepo, tmp_path: Path) -> None:
    await ids(repo, tmp_path)
    known = KnownFiles(tmp_path / "cache", repo.path).read()
    assert {path for _, path in known.held} == {"apps/web.yaml"}
    assert "hunter2" not in str(known.packed())


@pytest.mark.parametrize("data", [b"", b"no zlib", b"x\x9c"], ids=["empty", "other", "cut"])
async def test_a_damaged_memory_is_none(repo: GitRepo, tmp_path: Path, data: bytes) -> None:
    await ids(repo, tmp_path)
    (kept,) = (one for one in (tmp_path / "cache" / "discovery").glob("*/*") if one.is_file())
    kept.write_bytes(data)
    assert KnownFiles(tmp_path / "cache", repo.path).read() == FilesRead()
    assert await ids(repo, tmp_path) == ["web"]


async def test_what_renders_to_no_application_is_not_searched_again(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chart is searched by the first command, and by the one after it came to declare more."""
    searched: list[str] = []

    def noted(snapshot: Snapshot, path: str) -> Iterator[bytes | None]:
        searched.append(path)
        return really(snapshot, path)

    really = children._bytes
    monkeypatch.setattr(children, "_bytes", noted)
    assert await ids(repo, tmp_path) == ["web"]
    assert searched == ["web/a.yaml"]
    assert await ids(repo, tmp_path) == ["web"]
    assert searched == ["web/a.yaml"]
    repo.write({"web/a.yaml": WEB.replace("name: web", "name: child")}).commit()
    assert await ids(repo, tmp_path) == ["child", "web"]


def test_what_a_clone_lacks_is_searched_when_it_is_there() -> None:
    files = FilesRead()
    found = Children(None, None, files)  # type: ignore[arg-type]
    snapshot = FilesSnapshot({"web/a.yaml": "kind: ConfigMap\n"})
    one = Input("web", "", "web", snapshot.object_id("web") or "")
    assert not found._search(one, Lacking({"web/a.yaml": ""}))
    assert not files.silent
    assert not found._search(one, snapshot)
    assert files.silent == {one.object_id}


class Lacking(FilesSnapshot):
    def read(self, path: str) -> bytes:
        raise SnapshotError(f"{path} is not in this clone")
