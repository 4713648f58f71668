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

from trunkline.core.sources.file import RemoteFile, is_remote_file

MOUNTS = ".remote"
"""Below this a source finds the other repositories that its kustomizations name."""

_STARTS = ("http://", "https://", "git@", "ssh://", "git::", "github.com/", "gh:", "oci://")
_FILE = re.compile(r"\.(ya?ml|json)$")
_REPOSITORY = re.compile(r"\.git(/|$)")


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
        return _mount(key)

    @property
    def place(self) -> str:
        return posixpath.join(self.mount, self.path) if self.path else self.mount


class BaseFile(Struct, frozen=True):
    """A file of objects that a kustomization names by its address, among its resources. It is
    mounted as a base that holds it alone, since Kustomize reads files of its own folder only.
    https://github.com/kubernetes-sigs/kustomize/blob/master/examples/loadHttp.md
    """

    name: str

    @property
    def file(self) -> RemoteFile:
        return RemoteFile(self.name)

    @property
    def mount(self) -> str:
        return _mount(self.name)

    @property
    def place(self) -> str:
        return self.mount


def _mount(key: str) -> str:
    """What an address asks may be a secret: only its hash is part of the place."""
    words = re.sub(r"[^\w.@-]+", "-", re.sub(r"^\w+://", "", key.partition("?")[0]))
    return f"{MOUNTS}/{words[-80:]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def is_remote(name: str) -> bool:
    """Whether a name of a kustomization leads out of its repository."""
    return name.startswith(_STARTS) or "?ref=" in name or "://" in name


def is_base_file(name: str) -> bool:
    """Whether a name is the address of a single file, rather than of a directory of Git's."""
    text, _, query = name.partition("?")
    asked = parse_qs(query).keys()
    is_file = _FILE.search(text) and not _REPOSITORY.search(text)
    return is_remote_file(name) and bool(is_file) and asked.isdisjoint(("ref", "version"))


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
    if is_base_file(name):
        raise BadBase(f"{name} is a single file, and no directory of a Git repository")
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
