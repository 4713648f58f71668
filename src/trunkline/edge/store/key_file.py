"""The file of keys: made on first use, for its owner only, and there whole or not at all.

What is sealed with a lost key is lost, so a key is on the disk before anything is sealed with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from trunkline.core.keys import LENGTH, Key, KeyPlace, KeysError, parse_keys

HEAD = """\
# What Trunkline seals saved plans and states with. Keep a copy in a safe place: what is sealed with
# a lost key is lost. The first key seals, all of them open.
"""


def read_keys(place: KeyPlace) -> tuple[Key, ...]:
    """The keys of this machine, none where there is no file yet. Raises KeysError."""
    if place.text:
        return parse_keys(place.text, place.name)
    try:
        text = _read(place.file)
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeError) as error:
        raise KeysError(f"{place.file}: cannot be read: {error}") from error
    return parse_keys(text, place.name)


def make_keys(place: KeyPlace) -> tuple[Key, ...]:
    """Make the file with one new key; another process's, if that was quicker."""
    new = Key(secrets.token_bytes(LENGTH))
    with _written(place.file, [new]) as whole, contextlib.suppress(FileExistsError):
        os.link(whole, place.file)
    _sync(place.file.parent)
    return read_keys(place)


def add_key(place: KeyPlace) -> tuple[Key, ...]:
    """Put a new key before those that are there. Raises KeysError."""
    if place.text:
        raise KeysError(
            "the keys stand in TRUNKLINE_KEY, where Trunkline cannot write",
            remedy="put a new one before them: openssl rand -base64 32",
        )
    with _alone(place.file):
        keys = (Key(secrets.token_bytes(LENGTH)), *read_keys(place))
        with _written(place.file, keys) as whole:
            whole.replace(place.file)
        _sync(place.file.parent)
    return keys


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Of two who add a key at once the second finds the first's; the system frees the lock of a
    process that dies.
    """
    handle = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read(file: Path) -> str:
    with file.open() as opened:
        mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
        if mode & 0o077:
            raise KeysError(
                f"{file}: others may read the keys (mode {mode:04o})", remedy=f"chmod 600 {file}"
            )
        return opened.read()


@contextlib.contextmanager
def _written(file: Path, keys: Sequence[Key]) -> Iterator[Path]:
    """A file beside `file` with these keys, on the disk; gone after the block."""
    whole = file.with_name(f".{file.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(whole, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as opened:
            opened.write(HEAD + "".join(f"{key.line}\n" for key in keys))
            opened.flush()
            os.fsync(handle)
        yield whole
    except OSError as error:
        raise KeysError(f"{file}: the key cannot be kept: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            whole.unlink()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
