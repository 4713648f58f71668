"""A full disk, and a store in every bad state: the work goes on, or says what to do.

A process that may write no file larger than a few bytes meets on every disk what a full one does.
"""

from __future__ import annotations

import compileall
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import trunkline as trunkline_package
from gitrepo import ENVIRONMENT, GitRepo
from trunkline.core.inventory import Inventory
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome, Run
from trunkline.edge.render.cache import RenderCache
from trunkline.edge.store.errors import StoreError
from trunkline.edge.store.store import Store

PROGRAM = str(Path(sys.executable).with_name("trunkline"))
RUN = Run("r1", "sync", "c" * 40, 1.0, ended=2.0, outcome=Outcome.SUCCEEDED)
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {v: '1'}\n"


def full() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))


def trunkline(
    folder: Path, *words: str, before: Callable[[], None] | None = None
) -> tuple[int, str, str]:
    environment = {
        **ENVIRONMENT,
        "HOME": os.fspath(folder),
        "KUBECONFIG": os.devnull,
        "TRUNKLINE_CACHE": os.fspath(folder / "cache"),
        "TRUNKLINE_STORE": os.fspath(folder / "store.db"),
        # Else what Python keeps of its own modules would be cut off too, for every later test.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [PROGRAM, *words, "--repo", os.fspath(folder / "repo")],
        env=environment,
        capture_output=True,
        text=True,
        preexec_fn=before,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def compiled() -> None:
    """Workers begin with an empty environment, and would keep half of what they compile."""
    compileall.compile_dir(trunkline_package.__path__[0], quiet=1)


@pytest.fixture
def folder(tmp_path: Path, compiled: None) -> Path:
    """A folder with a repository of one Application."""
    application = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: default
  source: {repoURL: "https://git.test/config.git", path: shop}
  destination: {name: eu, namespace: shop}
"""
    settings = 'repository: {urls: ["https://git.test/config.git"]}\nclusters: [{name: eu}]\n'
    files = {"apps/a.yaml": application, "trunkline.yaml": settings, "shop/a.yaml": MAP}
    GitRepo(tmp_path / "repo").write(dict(files)).commit()
    return tmp_path


def test_a_full_disk_costs_a_render_its_cache_and_nothing_else(folder: Path) -> None:
    code, out, _ = trunkline(folder, "render", before=full)
    assert code == 0
    assert "name: a" in out
    kept = [one for one in (folder / "cache").rglob("*") if one.is_file()]
    assert all(one.stat().st_size <= 16 for one in kept)
    code, out, _ = trunkline(folder, "render")
    assert (code, "name: a" in out) == (0, True)


def test_a_full_disk_is_told_by_what_needs_the_store(folder: Path) -> None:
    code, _, err = trunkline(folder, "runs", before=full)
    assert code == 1
    assert "store.db" in err
    assert "disk" in err


def test_a_half_written_render_is_rendered_again(tmp_path: Path) -> None:
    cache = RenderCache(tmp_path)
    cache.put("a" * 64, b"[[], []]" * 100)
    (entry,) = (one for one in tmp_path.rglob("a" * 64))
    entry.write_bytes(entry.read_bytes()[:10])
    assert cache.get("a" * 64) is None
    assert not entry.exists()


async def test_a_store_that_another_process_holds_is_told(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "store.db"):
        pass
    holder = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    async with await Store.open(tmp_path / "store.db", busy_seconds=0.1) as store:
        with pytest.raises(StoreError, match="is locked by another process"):
            await store.save_run(RUN)
        holder.execute("ROLLBACK")
        await store.save_run(RUN)
    holder.close()


async def test_a_store_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    async with await Store.open(path):
        pass
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="was written by a newer Trunkline"):
        await Store.open(path)
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


async def test_a_database_of_another_program_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE photos (name TEXT)")
    with pytest.raises(StoreError, match="database of another program"):
        await Store.open(path)


def garbage(path: Path) -> None:
    path.write_bytes(b"no database at all, but text " * 200)


def half_gone(path: Path) -> None:
    for one in path.parent.glob("store.db-*"):
        one.unlink()
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def overwritten(path: Path) -> None:
    """The pages behind the first hold nonsense: it opens, and fails when it is used."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


@pytest.mark.parametrize("broken", [garbage, half_gone, overwritten])
async def test_a_damaged_store_is_moved_aside_and_begun_anew(
    tmp_path: Path, broken: Callable[[Path], None]
) -> None:
    path = tmp_path / "store.db"
    async with await Store.open(path) as store:
        await store.save_run(RUN)
        refs = [Ref("", "ConfigMap", "a", f"m{at}") for at in range(500)]
        await store.record("web", "eu", Inventory("c" * 40, frozenset(refs)), None, {})
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    broken(path)
    for _ in range(3):
        try:
            async with await Store.open(path) as store:
                await store.runs()
                await store.inventory("eu")
                await store.save_run(RUN)
                assert [one.id for one in await store.runs()] == ["r1"]
                break
        except StoreError as error:
            assert "damaged" in str(error)
    else:
        raise AssertionError("the store stays damaged")
    assert any(".damaged-" in one.name for one in tmp_path.iterdir())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_named(folder: Path) -> None:
    (folder / "store.db").mkdir(0o500)
    code, _, err = trunkline(folder, "runs")
    assert code == 1
    assert "store.db" in err
