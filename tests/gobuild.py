"""Programs built once from pinned Go modules.

A module's `go.mod` names them as tools and its `go.sum` holds the hash of every module, so what is
built is what was reviewed. A set lives in the cache folder under a key made of all that it depends
on. A first build takes minutes, every later start none; two test runs that need it at once build
it once.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SAY_EVERY = 10.0

Say = Callable[[str], None]


class Unavailable(Exception):
    """The programs cannot be had on this machine; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Module:
    """A folder with a `go.mod` whose tools are built with the linker's `flags`.

    `name` is the set's folder in the cache, `what` how people call it; `more` is what else the set
    depends on.
    """

    folder: Path
    name: str
    what: str
    flags: str
    more: tuple[str, ...] = ()


def built(module: Module, say: Say, finish: Callable[[str, Path], None] | None = None) -> Path:
    """The folder of the built set, built now if it is not there yet. Raises Unavailable.

    `finish` is given the Go program and the folder, to put more into it.
    """
    go = shutil.which("go")
    if go is None:
        raise Unavailable(f"{module.what} is built with Go, which is not on PATH")
    cache = cache_folder() / module.name
    cache.mkdir(parents=True, exist_ok=True)
    place = cache / _key(go, module)
    with locked(cache / "lock", say, module.what):
        if not place.is_dir():
            _build(go, module, place, say, finish)
    return place


def cache_folder() -> Path:
    chosen = os.environ.get("TRUNKLINE_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "trunkline"


def asked(go: str, module: Path, *arguments: str) -> str:
    done = subprocess.run([go, *arguments], cwd=module, capture_output=True, text=True)
    if done.returncode:
        raise Unavailable(f"go {arguments[0]} failed in {module}: {done.stderr.strip()[-400:]}")
    return done.stdout


@contextlib.contextmanager
def locked(path: Path, say: Say, what: str) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another process builds {what}: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _key(go: str, module: Module) -> str:
    """What the programs depend on: the modules and their hashes, the compiler, the flags."""
    whole = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        whole.update((module.folder / name).read_bytes())
    whole.update(asked(go, module.folder, "env", "GOVERSION", "GOOS", "GOARCH").encode())
    whole.update(" ".join((module.flags, *module.more)).encode())
    return whole.hexdigest()[:16]


def _build(
    go: str, module: Module, place: Path, say: Say, finish: Callable[[str, Path], None] | None
) -> None:
    """Build beside the place and rename into it, so that a set is whole or not there."""
    say(f"building {module.what} from its Go modules (once; some minutes)")
    started = time.monotonic()
    partial = place.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    _compile(go, module, partial, say)
    if finish is not None:
        finish(go, partial)
    partial.rename(place)
    say(f"built in {time.monotonic() - started:.0f} s, kept in {place}")


def _compile(go: str, module: Module, folder: Path, say: Say) -> None:
    total = len(asked(go, module.folder, "list", "-deps", "tool").splitlines())
    process = subprocess.Popen(
        [go, "build", "-v", "-ldflags", module.flags, "-o", f"{folder}/", "tool"],
        cwd=module.folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    reader = threading.Thread(target=lines.extend, args=(process.stderr or (),), daemon=True)
    reader.start()
    while reader.is_alive():
        reader.join(SAY_EVERY)
        say(f"compiled {len(lines)} of at most {total} packages")
    if process.wait():
        said = "".join(lines[-5:]).strip()
        raise Unavailable(f"go build failed in {module.folder}: {said}")
