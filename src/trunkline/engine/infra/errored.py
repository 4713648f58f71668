"""Where a program leaves a state that its backend did not take.

It writes `errored.tfstate` in the directory in which it runs, over whatever lies there, and all
workspaces of a directory run in the same one. So they apply one after the other, each with a link
at that place which leads to a file of its own: a `kill -9` leaves them told apart too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from trunkline.core.infra.unit import Unit
from trunkline.engine.infra.workshop import Workshop

NAME = "errored.tfstate"


def place_of(unit: Unit, scratch: Path, worked_in: Path) -> Path:
    """The file of this unit, there or not."""
    return (scratch if unit.workspace else worked_in) / NAME


def left_of(unit: Unit, shop: Workshop) -> list[Path]:
    """What earlier programs left of this unit, the newest last: in any checkout, for a run that
    was killed may have had another.
    """
    places = shop.every_scratch(unit)
    if not unit.workspace:
        places = [each for one in (*shop.every_folder(unit), *places) for each in worked_in(one)]
    found = {file for one in places if (file := one / NAME).is_file() and not file.is_symlink()}
    return sorted(found, key=lambda one: one.stat().st_mtime)


@contextlib.asynccontextmanager
async def seat(unit: Unit, shop: Workshop) -> AsyncIterator[None]:
    """The place where its program writes is this unit's alone as long as the context lasts."""
    async with shop.seat(unit):
        place = shop.directory(unit) / NAME
        _unlink(place)
        if unit.workspace:
            _keep_aside(place)
            place.symlink_to(place_of(unit, shop.scratch(unit), place.parent))
        try:
            yield
        finally:
            _unlink(place)


def worked_in(folder: Path) -> Iterator[Path]:
    """The folder of a unit and those in it that Terragrunt copied a source to."""
    yield folder
    yield from initialised(folder / "copies")


def initialised(folder: Path) -> Iterator[Path]:
    """The directories below in which init ran."""
    for path, names, _ in os.walk(folder):
        if ".terraform" in names:
            yield Path(path)
        names[:] = [name for name in names if not name.startswith(".")]


def _unlink(place: Path) -> None:
    if place.is_symlink():
        place.unlink()


def _keep_aside(place: Path) -> None:
    """A file of which nobody can tell whose it is stays, under another name."""
    if place.is_file():
        place.rename(place.with_name(f"{place.stat().st_mtime_ns}.{NAME}"))
