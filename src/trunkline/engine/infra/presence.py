"""Which plans are at a unit, noted in the unit's own folder for as long as their program runs.

A plan locks the state too. One that is killed leaves its note behind, and the next knows from it
when a lock may be that one's. A plan opens no store before its program has begun, and may open none
at all, so that the journal of applies is no place for this.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.infra.orphaned import Killed
from trunkline.core.infra.said import was_killed
from trunkline.edge.store.process import Process, this_process
from trunkline.engine.infra.directory import CommandFailed
from trunkline.engine.infra.program import UnitProgram

PREFIX = "planning-"
# What the lock of a plan says that it is for. Source: OpenTofu's and Terraform's `backend` package.
PLAN = "OperationTypePlan"


class Note(Struct, frozen=True):
    """Times are Unix seconds, `until` 0 for as long as nobody knows that the program is gone."""

    process: str
    since: float
    until: float = 0.0


class Presence(Struct, frozen=True):
    """The notes at one unit, in all checkouts of the repository on this machine."""

    program: UnitProgram

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Be at the unit. The note of a program that did not end by itself stays: it may have left
        its lock.
        """
        file = self.program.shop.scratch(self.program.unit) / f"{PREFIX}{uuid.uuid4().hex}"
        note = Note(str(this_process()), time.time())
        _write(file, note)
        try:
            yield
        except BaseException as error:
            if _ended_by_itself(error):
                file.unlink(missing_ok=True)
            else:
                _write(file, replace(note, until=time.time()))
            raise
        file.unlink(missing_ok=True)

    def killed(self) -> list[Killed]:
        """When programs were here that did not end by themselves. Of one whose process died nobody
        knows when: its time ends now, where nothing of it is left at work.
        """
        return [Killed(one.since, one.until, PLAN) for _, one in self._ended()]

    def forget(self) -> None:
        """They left no lock, or it is gone by now."""
        for file, _ in self._ended():
            file.unlink(missing_ok=True)

    def _ended(self) -> list[tuple[Path, Note]]:
        found = []
        for file in self._files():
            note = _read(file)
            if note and not note.until and Process.parsed(note.process).is_dead:
                note = replace(note, until=time.time())
                if not self.program.left():
                    _write(file, note)
            if note and note.until:
                found.append((file, note))
        return found

    def _files(self) -> list[Path]:
        folders = self.program.shop.every_scratch(self.program.unit)
        return [one for folder in folders for one in folder.glob(f"{PREFIX}*[0-9a-f]")]


def _ended_by_itself(error: BaseException) -> bool:
    if not isinstance(error, CommandFailed):
        return False
    done = error.done
    return not was_killed(done.code, f"{done.stderr}\n{done.stdout}")


def _write(file: Path, note: Note) -> None:
    """Whole or not at all: others read it meanwhile. Where the disk is full there is none, and a
    person frees what is left; the plan has better words for that.
    """
    fresh = file.with_name(f"{file.name}.new")
    with contextlib.suppress(OSError):
        fresh.write_text(json.dumps([note.process, note.since, note.until]))
        fresh.replace(file)


def _read(file: Path) -> Note | None:
    try:
        return Note(*json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None
