"""A real PostgreSQL for the tests, with a database of its own for each that asks.

Its programs are looked for on PATH and where Debian and Homebrew put them; on Debian, as root, they
are installed when they are missing. The server listens on a socket in its own folder only, keeps
nothing on disk for longer than it must, and ends with the process that started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import asyncpg

START_SECONDS, END_SECONDS = 60.0, 300.0
PASSWORD = "pass/word: with @ü"
NESTS = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin")
UNSAFE_AND_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")

# The server ends when its starter closes the pipe, however that comes to pass; what it leaves goes.
# QUIT is at once, but a shell's background process ignores it until it is PostgreSQL; TERM is not.
KEEPER = '"$0" "$@" & read _; kill -TERM $!; kill -QUIT $!; wait; rm -rf "$FOLDER"'


class NoPostgres(Exception):
    """Why there is no PostgreSQL here."""


def programs(say: Callable[[str], None]) -> Path:
    """The folder of `initdb` and `postgres`; installed first where that can be done."""
    if found := _found():
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoPostgres("PostgreSQL is not on PATH (apt-get install postgresql)")
    say("installing Debian's postgresql")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-q"], ["install", "-q", "-y", "postgresql"]):
        done = subprocess.run(["apt-get", *arguments], capture_output=True, text=True, env=quiet)
        if done.returncode:
            raise NoPostgres(f"apt-get {arguments[0]} failed: {done.stderr.strip()[-300:]}")
    if found := _found():
        return found
    raise NoPostgres("Debian's postgresql was installed and has no initdb")


def _found() -> Path | None:
    nests = [path for nest in NESTS for path in sorted(Path("/").glob(nest[1:]), reverse=True)]
    on_path = shutil.which("initdb")
    for folder in ([Path(on_path).resolve().parent] if on_path else []) + nests:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


class Postgres:
    """A server, and the making of databases in it. `close` ends it."""

    def __init__(self, binaries: Path) -> None:
        self._made = 0
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        as_user = _as_somebody_else(self.folder)
        password = self.folder / "password"
        password.write_text(PASSWORD)
        made = subprocess.run(
            [*as_user, str(binaries / "initdb"), "-D", str(self.folder / "data"), "-U", "tester",
             "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={password}",
             "--no-sync"],
            capture_output=True, text=True, cwd=self.folder,
        )  # fmt: skip
        if made.returncode:
            raise NoPostgres(f"initdb failed: {made.stderr.strip()[-300:]}")
        settings = [f"-c{one}" for one in (*UNSAFE_AND_FAST, "listen_addresses=")]
        where = ["-D", str(self.folder / "data"), "-k", str(self.folder)]
        self._process = subprocess.Popen(
            ["sh", "-c", KEEPER, *as_user, str(binaries / "postgres"), *where, *settings],
            stdin=subprocess.PIPE,
            stdout=(self.folder / "log").open("wb"),
            stderr=subprocess.STDOUT,
            env={**os.environ, "FOLDER": str(self.folder)},
            start_new_session=True,
        )
        self._wait()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://tester:{quote(PASSWORD, safe='')}@/{database}?host={self.folder}"

    def database(self, template: str = "template0") -> str:
        """A new database, empty or like another one; its name."""
        self._made += 1
        name = f"test_{self._made}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def run(self, statement: str, database: str = "postgres") -> None:
        """One statement, by a connection of its own."""
        asyncio.run(self._run(statement, database))

    async def rows(self, query: str, database: str) -> list[asyncpg.Record]:
        """What a query finds, by a connection of its own."""
        connection = await asyncpg.connect(self.url(database), timeout=30)
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    async def _run(self, statement: str, database: str) -> None:
        connection = await asyncpg.connect(self.url(database), timeout=30)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.run("SELECT 1")
            except (OSError, asyncpg.CannotConnectNowError):
                if time.monotonic() > deadline or self._process.poll() is not None:
                    said = (self.folder / "log").read_text(errors="replace")[-500:]
                    self.close()
                    raise NoPostgres(f"PostgreSQL did not start: {said}") from None
                time.sleep(0.05)

    def close(self) -> None:
        assert self._process.stdin is not None
        # A line ends it too: a process that a test left behind may have a hand on the pipe.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(b"\n")
            self._process.stdin.close()
        self._process.wait(END_SECONDS)


def _as_somebody_else(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: what a command begins with to run as another user."""
    if os.geteuid() != 0:
        return []
    names = {one.pw_name for one in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return [sys.executable, "-c", BECOME, str(user.pw_uid), str(user.pw_gid)]


BECOME = """
import os, sys
uid, gid, *command = sys.argv[1:]
os.setgroups([]); os.setgid(int(gid)); os.setuid(int(uid))
os.execv(command[0], command)
"""
