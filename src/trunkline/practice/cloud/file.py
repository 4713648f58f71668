"""The cloud's file: read and written whole, by one at a time, and never seen half-written."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator

from trunkline.practice.cloud.world import World


class CloudFile:
    """One practice cloud. A file that is not there is an empty cloud."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.abspath(path)

    def read(self) -> World:
        try:
            with open(self.path, encoding="utf-8") as file:
                return World(json.load(file))
        except FileNotFoundError:
            return World({})

    @contextlib.contextmanager
    def changing(self) -> Iterator[World]:
        """The world as it stands; what the block does to it is kept, if the block does not fail."""
        with open(f"{self.path}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            world = self.read()
            yield world
            self._write(world)

    def _write(self, world: World) -> None:
        beside = f"{self.path}.{os.getpid()}"
        with open(beside, "w", encoding="utf-8") as file:
            json.dump(world.data, file, indent=1, sort_keys=True)
        os.replace(beside, self.path)
