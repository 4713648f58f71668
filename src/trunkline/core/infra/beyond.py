"""Other repositories that a commit takes whole stacks from, and their files beside its own.

They lie below a folder that no commit has, so that whoever reads a stack reads on where it comes
from. No unit lies there: what a stack is made from is a template.

Source of the forms of an address: go-getter's README, "URL Format".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import parse_qs

from msgspec import Struct

from trunkline.core.sources.mounted import MountedSnapshot

BEYOND = ".beyond-this-repository"

_FORCED = re.compile(r"^git::")
_HOSTED = re.compile(r"^(?:github\.com|gitlab\.com|bitbucket\.org)/[^/]+/[^/]+")
_SCP = re.compile(r"^[\w.-]+@[\w.-]+:")


class Elsewhere(Struct, frozen=True):
    """A directory `path` of another repository at a branch, tag or commit, "" for its default."""

    url: str
    ref: str
    path: str

    @property
    def place(self) -> str:
        """Where the files of its repository are put."""
        return f"{BEYOND}/{hashlib.sha256(f'{self.url} {self.ref}'.encode()).hexdigest()[:16]}"

    @property
    def directory(self) -> str:
        return f"{self.place}/{self.path}".rstrip("/")


def elsewhere_of(source: str) -> Elsewhere | None:
    """What a source names, None for one that no Git repository is at."""
    forced, (address, _, query) = bool(_FORCED.match(source)), source.partition("?")
    address = _FORCED.sub("", address)
    if not (forced or _HOSTED.match(address) or _SCP.match(address)):
        return None
    scheme, mark, rest = address.partition("://")
    whole, _, path = (rest if mark else address).partition("//")
    ref = parse_qs(query).get("ref", [""])[0]
    if mark:
        return Elsewhere(f"{scheme}://{whole}", ref, path.strip("/"))
    url = whole if _SCP.match(whole) else f"https://{whole}"
    return Elsewhere(url, ref, path.strip("/"))


def is_beyond(path: str) -> bool:
    return path.startswith(f"{BEYOND}/")


class WithOthers(MountedSnapshot):
    """A commit's files with those of others, by the place where they are put: whoever lists all
    files sees theirs too.
    """

    def paths(self, under: str = "", *, deep: bool = True) -> Iterator[str]:
        yield from super().paths(under, deep=deep)
        if deep and not under:
            for place in sorted(self.mounts):
                yield from super().paths(place)

    def links(self, under: str = "") -> tuple[str, ...]:
        return () if is_beyond(under) else super().links(under)
