"""A whole mirror of the repository that a person named on the command line.

Its host is that person's word, so nothing is refused; credentials come from the sources file where
it has some for it, else from the machine's own ways.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

from trunkline.core.sources.access import Keyring
from trunkline.core.sources.address import Address, BadAddress
from trunkline.edge.git.errors import NotAsked, without_credentials
from trunkline.edge.git.program import Way, alone_at, run, way_to

SECONDS = 3600.0


async def mirror(url: str, cache: Path, keyring: Keyring | None = None) -> Path:
    """A bare clone of the URL below the cache folder, brought up to date. Raises GitError."""
    keyring, shown = keyring or Keyring(), without_credentials(url)
    words = re.sub(r"[^\w.-]+", "-", shown.rpartition("://")[2]).strip("-.")
    name = f"{words[-60:]}-{hashlib.sha256(url.encode()).hexdigest()[:12]}"
    folder = cache / "git"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target, access, trusted, base = folder / f"{name}.git", None, None, ""
    with contextlib.suppress(BadAddress):
        address = Address.parse(url)
        access, base = keyring.access(address), f"{address.scheme}://{address.place}/"
        if access and access.unusable:
            raise NotAsked(f"{shown}: {access.unusable}")
        trusted = keyring.trusting(address, access)
    with way_to(trusted, base, keyring.known_hosts, keyring.file) as way:
        # Without a credential of ours a redirect gives nothing away.
        redirects = {} if access else {"http.followRedirects": "initial"}
        way = replace(way, settings={**way.settings, **redirects})
        async with alone_at(target):
            await _brought_up(target, url, way, shown)
    os.utime(target)
    return target


async def _brought_up(target: Path, url: str, way: Way, shown: str) -> None:
    """The mirror is there whole, or not at all."""

    async def git(*words: str) -> None:
        await run(*words, way=way, seconds=SECONDS, shown=shown, largest="unlimited")

    if (target / "HEAD").is_file():
        await git("-C", str(target), "fetch", "--prune", "--quiet", "--", url, "+refs/*:refs/*")
        return
    fresh = target.with_suffix(".fresh")
    for one in (fresh, target):
        shutil.rmtree(one, ignore_errors=True)
    await git("clone", "--mirror", "--quiet", "--", url, str(fresh))
    fresh.rename(target)
