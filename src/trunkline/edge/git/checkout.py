"""The files of a commit as a real directory, for programs that read no Git objects.

A checkout is kept and moved on from commit to commit: only files that differ are written, so its
path and the times of the rest stay, and what a program left beside them (providers, modules, copies
of sources) stays good. Whoever needs one has it alone; the next gets another.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TextIO

from msgspec import Struct

from trunkline.edge.git.errors import GitError
from trunkline.edge.git.program import Way, run

CLEAR = "clear"
MOST = 64
SECONDS = 600.0

# What programs leave in the directories of units, and find again at the next run.
KEPT = (".terraform", ".terragrunt-cache", "*.tfstate", "*.tfstate.*", ".terraform.lock.hcl")


SETTINGS = {
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.autocrlf": "false",
    # All files of the commit are wanted, whatever part of them the user's own work tree holds.
    "core.sparseCheckout": "false",
    "submodule.recurse": "false",
}
UNFILTERED = {"process": "", "smudge": "", "required": "false"}


def is_ours(place: Path) -> bool:
    """Whether a place lies in a checkout, of whichever cache."""
    beside = [one.parent for one in (place, *place.parents) if one.name in ("tree", "beside")]
    return any((one / "lock").is_file() and (one / "index").is_file() for one in beside)


class Checkout(Struct, frozen=True):
    """`tree` holds the commit's files, `beside` whatever belongs to this checkout alone, `clear`
    what is secret and goes with the process."""

    tree: Path
    beside: Path
    commit: str

    @property
    def clear(self) -> Path:
        return self.tree.parent / CLEAR


class Checkouts(Struct, frozen=True):
    """The checkouts of one repository below a folder that only this user can read.

    `fresh` ones are made anew for each use, by the commit alone: nothing that an earlier use left
    is found, and no program of git's settings turns what it holds into something else.
    """

    folder: Path
    git_dir: Path
    fresh: bool = False

    @contextlib.asynccontextmanager
    async def at(self, commit: str, purpose: str) -> AsyncIterator[Checkout]:
        """A checkout of this commit for as long as the context lasts.

        Those of one purpose follow one branch, so that little differs from use to use.
        Raises GitError.
        """
        self._sweep()
        with self._taken(purpose) as place, self._emptied(place):
            for name in ("tree", "beside", CLEAR):
                (place / name).mkdir(exist_ok=True, mode=0o700)
            await self._moved_to(commit, place)
            _make_root(place / "tree" / ".git", commit)
            yield Checkout(place / "tree", place / "beside", commit)

    def _sweep(self) -> None:
        """What is secret goes, of those checkouts that nobody has: they may have been killed."""
        for clear in self.folder.glob(f"*/{CLEAR}"):
            with (clear.parent / "lock").open("w") as file:
                if _locked(file):
                    shutil.rmtree(clear, ignore_errors=True)

    @contextlib.contextmanager
    def _taken(self, purpose: str) -> Iterator[Path]:
        for number in range(MOST):
            place = self.folder / f"{purpose}-{number}"
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            with (place / "lock").open("w") as file:
                if _locked(file):
                    with _cleared(place / CLEAR):
                        yield place
                    return
        raise GitError(
            f"{MOST} checkouts of this repository are in use",
            remedy="wait until other runs are done",
        )

    @contextlib.contextmanager
    def _emptied(self, place: Path) -> Iterator[None]:
        """Before the use, for whoever was killed emptied nothing, and after it."""
        try:
            self._empty(place)
            yield
        finally:
            self._empty(place)

    def _empty(self, place: Path) -> None:
        if self.fresh:
            for name in ("tree", "beside"):
                shutil.rmtree(place / name, ignore_errors=True)
            (place / "index").unlink(missing_ok=True)

    async def _moved_to(self, commit: str, place: Path) -> None:
        index = place / "index"
        # A process that was killed while it wrote leaves it; nobody else has this checkout.
        index.with_name("index.lock").unlink(missing_ok=True)
        way = Way(
            SETTINGS | (await self._unfiltered() if self.fresh else {}),
            {
                "GIT_DIR": str(self.git_dir),
                "GIT_WORK_TREE": str(place / "tree"),
                "GIT_INDEX_FILE": str(index),
            },
        )
        shown = f"the checkout of {commit[:8]}"
        await run("read-tree", "-u", "--reset", commit, way=way, seconds=SECONDS, shown=shown)
        kept = [word for name in KEPT for word in ("-e", name)]
        clean = ("clean", "-ffdxq", *kept)
        await run("-C", str(place / "tree"), *clean, way=way, seconds=SECONDS, shown=shown)

    async def _unfiltered(self) -> dict[str, str]:
        """Settings by which files are what the commit holds: filters of this user's fetch what a
        pointer names, from where the commit says.
        """
        asked = ("config", "--null", "--name-only", "--get-regexp", r"^filter\..*\.")
        way = Way(environment={"GIT_DIR": str(self.git_dir)})
        try:
            told = await run(*asked, way=way, seconds=SECONDS, shown="settings of git")
        except GitError:
            return {}
        drivers = {one.rpartition(".")[0] for one in told.decode(errors="replace").split("\0")}
        return {
            f"{one}.{key}": value for one in drivers - {""} for key, value in UNFILTERED.items()
        }


@contextlib.contextmanager
def _cleared(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_root(folder: Path, commit: str) -> None:
    """As much of a repository as says where its root is and which commit this is: Terragrunt asks
    git for it (`get_repo_root`). It has no objects, and no way to the repository's own.
    """
    for name in ("objects", "refs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "HEAD").write_text(f"{commit}\n")


def _locked(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
