"""A directory of another repository, as a kustomization names it.

https://github.com/kubernetes-sigs/kustomize/blob/master/examples/remoteBuild.md: a repository, a
path in it behind `//` or `.git/` (or behind two names, as GitHub has them), and `?ref=`.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from urllib.parse import parse_qs

from msgspec import Struct

MOUNTS = ".remote"
"""Below this a source finds the other repositories that its kustomizations name."""

_STARTS = ("http://", "https://", "git@", "ssh://", "git::", "github.com/", "gh:", "oci://")
_FILE = re.compile(r"\.(ya?ml|json)$")


class BadBase(ValueError):
    """A text that names something outside, and no directory of a Git repository."""


class Base(Struct, frozen=True):
    """`name` is the text of the kustomization, `revision` "" for the other's default branch."""

    name: str
    url: str
    path: str
    revision: str = ""

    @property
    def mount(self) -> str:
        """Where its repository is found; the same for all directories of one revision of it."""
        key = f"{self.url}@{self.revision}"
        words = re.sub(r"[^\w.@-]+", "-", re.sub(r"^\w+://", "", key))
        return f"{MOUNTS}/{words[-80:]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"

    @property
    def place(self) -> str:
        return posixpath.join(self.mount, self.path) if self.path else self.mount


def is_remote(name: str) -> bool:
    """Whether a name of a kustomization leads out of its repository."""
    return name.startswith(_STARTS) or "?ref=" in name or "://" in name


def mount_of(path: str) -> str:
    """The mount that a path lies in, "" for one of the source's own."""
    parts = path.split("/", 2)
    return "/".join(parts[:2]) if parts[0] == MOUNTS else ""


def parse_base(name: str) -> Base:
    """Raises BadBase."""
    text, _, query = name.removeprefix("git::").partition("?")
    asked = parse_qs(query)
    revision = (asked.get("ref") or asked.get("version") or [""])[0]
    if text.startswith("oci://"):
        raise BadBase(f"{name} is no Git repository")
    if _FILE.search(text) and ".git" not in text and not revision:
        raise BadBase(f"{name} is a single file, and only Git repositories are fetched")
    url, path = _parts(_spelled(text))
    if not path.strip("/") and "/" not in url.rpartition("://")[2].rpartition("@")[2]:
        raise BadBase(f"{name} names no repository")
    clean = posixpath.normpath(path.strip("/")) if path.strip("/") else ""
    if clean.startswith(".."):
        raise BadBase(f"{name} leads out of its repository")
    return Base(name, url, "" if clean == "." else clean, revision)


def _spelled(text: str) -> str:
    """With the scheme that is meant where none is said."""
    if text.startswith("gh:"):
        return f"https://github.com/{text.removeprefix('gh:')}"
    if "://" in text or text.startswith("git@"):
        return text
    return f"https://{text}"


def _parts(text: str) -> tuple[str, str]:
    """The address of the repository, and the path in it."""
    scheme, sign, rest = text.partition("://")
    if not sign:
        scheme, rest = "", text
    before, double, path = rest.partition("//")
    if double:
        return f"{scheme}{sign}{before}", path
    if found := re.match(r"(.+?\.git)(?:/(.*))?$", rest):
        return f"{scheme}{sign}{found[1]}", found[2] or ""
    if found := re.match(r"(.+?/_git/[^/]+)(?:/(.*))?$", rest):
        return f"{scheme}{sign}{found[1]}", found[2] or ""
    host, *names = re.split(r"(?<=[/:])", rest) if not sign else rest.split("/")
    if sign:
        return f"{scheme}{sign}{'/'.join([host, *names[:2]])}", "/".join(names[2:])
    return f"{host}{''.join(names[:2]).rstrip('/')}", "".join(names[2:])
