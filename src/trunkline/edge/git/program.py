"""The git program, as it is run for repositories that a commit names.

It asks nobody, runs no hook, follows no redirect and no submodule. Credentials reach it through
its environment and through files that only we can read, never through its arguments.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shlex
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from msgspec import Struct

from trunkline.core.sources.access import Access
from trunkline.edge.fleeting import fleeting
from trunkline.edge.git.errors import GitError
from trunkline.edge.git.refused import told
from trunkline.edge.listener import Listener

# Git's own variables that are this machine's word on how to reach the outside.
KEPT = (
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
)
# Slower than this many bytes a second for so many seconds, a server counts as hanging.
SLOW, PATIENCE = "1000", "30"
# No file of one fetch may be larger; in blocks of 512 bytes: 2 GiB.
LARGEST = str(2 * 2**30 // 512)
# No list of branches or of objects that it prints is longer; in bytes.
MOST = 256 * 2**20
# How soon who waits for a mirror looks again whether it is free, in seconds.
LOOK = 0.05
# How long a git that is ended may take away the lock files that it holds, in seconds.
GRACE = 10.0


@dataclass(frozen=True, slots=True)
class Way:
    """How one repository is reached: settings of git and its environment."""

    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    file: str = "the sources file"


async def run(
    *arguments: str,
    way: Way | None = None,
    seconds: float,
    shown: str,
    largest: str = LARGEST,
    most: int = MOST,
) -> bytes:
    """What git prints. Raises GitError, which calls the repository `shown`, also where that is more
    than `most` bytes: a server may have names without end."""
    way, listener = way or Way(), Listener(most)
    command = ("sh", "-c", 'ulimit -f "$0" && exec git "$@"', largest, *arguments)
    process = await listener.start(command, _environment(way))
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        raise GitError(
            f"{shown}: git {arguments[0]} did not end within {seconds:.0f} s",
            remedy="look whether the server is up and how large the repository is",
        ) from None
    finally:
        await _ended(process)
        await listener.close()
    if process.returncode:
        raise told(shown, _scrubbed(listener.errors, way), way.file)
    if listener.output is None:
        raise GitError(f"{shown}: git {arguments[0]} prints more than {most:,} bytes")
    return listener.output


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End it, where it has not. It is asked first: one that is killed leaves its lock files, which
    are in the way of every other.
    """
    try:
        if process.returncode is None:
            _tell(process, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await process.wait()
    finally:
        if process.returncode is None:
            _tell(process, signal.SIGKILL)
            await process.wait()


def _tell(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@contextlib.contextmanager
def way_to(access: Access | None, url: str, known_hosts: str, file: str) -> Iterator[Way]:
    """The way to a repository; files with secrets live as long as the context."""
    with fleeting("git") as folder:
        files = _Files(folder)
        settings = dict(_http(access, url, files)) if access else {}
        environment = {}
        if access and access.authority:
            # The setting http.sslCAInfo would give way to this machine's own variable.
            environment["GIT_SSL_CAINFO"] = files.holding("ca.pem", access.authority)
        # The options are those of OpenSSH, whatever the command that takes them is called.
        environment |= {
            "GIT_SSH_COMMAND": _ssh(access, known_hosts, files),
            "GIT_SSH_VARIANT": "ssh",
        }
        yield Way(settings, environment, access.secrets if access else (), file)


@contextlib.contextmanager
def way_of_stranger() -> Iterator[Way]:
    """The way without anything of this machine's user: no helper, no key, no setting, no netrc."""
    with fleeting("git") as home:
        nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        places = dict.fromkeys(("HOME", "XDG_CONFIG_HOME"), str(home))
        yield Way({"credential.helper": ""}, {**nothing, **places, "GIT_ALLOW_PROTOCOL": "https"})


@contextlib.asynccontextmanager
async def alone_at(mirror: Path) -> AsyncIterator[None]:
    """One process at a time works on a mirror; the others wait. Lock files in it are those of a git
    that was killed.
    """
    async with locked(mirror.with_suffix(".lock")):
        for one in (*mirror.glob("*.lock"), *(mirror / "refs").rglob("*.lock")):
            one.unlink(missing_ok=True)
        yield


@contextlib.asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """One process at a time has the lock of this path; the others wait.

    They look again and again: who waits in a thread cannot be stopped before it has the lock.
    """
    with path.open("w") as file:
        while not _is_ours(file):  # noqa: ASYNC110
            await asyncio.sleep(LOOK)
        yield


def _is_ours(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class _Files(Struct, frozen=True):
    folder: Path

    def holding(self, name: str, text: str) -> str:
        path = self.folder / name
        path.touch(0o600)
        path.write_text(text if text.endswith("\n") else f"{text}\n")
        return str(path)


def _environment(way: Way) -> dict[str, str]:
    settings = {
        "core.askPass": "",
        "core.hooksPath": os.devnull,
        "gc.auto": "0",
        "maintenance.auto": "false",
        "http.followRedirects": "false",
        "http.lowSpeedLimit": SLOW,
        "http.lowSpeedTime": PATIENCE,
        "protocol.version": "2",
        **way.settings,
    }
    numbered = {"GIT_CONFIG_COUNT": str(len(settings))}
    for at, (key, value) in enumerate(settings.items()):
        numbered |= {f"GIT_CONFIG_KEY_{at}": key, f"GIT_CONFIG_VALUE_{at}": value}
    own = {
        key: value
        for key, value in os.environ.items()
        if key in KEPT or not key.startswith(("GIT_", "SSH_ASKPASS"))
    }
    fixed = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "https:http:ssh:file",
        "GCM_INTERACTIVE": "never",
        "LC_ALL": "C",
    }
    return {**own, **numbered, **fixed, **way.environment}


def _http(access: Access, url: str, files: _Files) -> Iterator[tuple[str, str]]:
    """Settings that hold for this repository's origin and no other (git-config, http.<url>.*)."""
    base = f"http.{url}"
    if header := access.authorization:
        yield "credential.helper", ""
        yield f"{base}.extraHeader", f"Authorization: {header}"
    if access.certificate:
        yield f"{base}.sslCert", files.holding("cert.pem", access.certificate)
        yield f"{base}.sslKey", files.holding("key.pem", access.key)
    if access.insecure:
        yield f"{base}.sslVerify", "false"


def _ssh(access: Access | None, known_hosts: str, files: _Files) -> str:
    """The ssh command. Without a key of ours it is left to the machine's own ways: its agent, its
    ssh_config."""
    options = ["BatchMode=yes", "ConnectTimeout=10", "ForwardAgent=no"]
    known = "~/.ssh/known_hosts"
    if known_hosts:
        known = f"{files.holding('known_hosts', known_hosts)} {known}"
    if access and access.insecure:
        options += ["StrictHostKeyChecking=no", f"UserKnownHostsFile={os.devnull}"]
    else:
        options += ["StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}"]
    command = [os.environ.get("GIT_SSH_COMMAND") or os.environ.get("GIT_SSH") or "ssh"]
    if access and access.ssh_key:
        key = files.holding("key", access.ssh_key)
        options += ["IdentitiesOnly=yes", "IdentityAgent=none"]
        command.append(f"-i {shlex.quote(key)}")
    return " ".join([*command, *(f"-o {shlex.quote(one)}" for one in options)])


def _scrubbed(errors: str, way: Way) -> str:
    text = errors.strip()
    for secret in way.secrets:
        text = text.replace(secret, "(masked)")
    return text
