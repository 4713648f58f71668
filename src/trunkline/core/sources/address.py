"""The address of a repository in parts that were checked.

Two readers of one URL may take different hosts out of it, and then a credential goes astray. So
a text is taken apart once, anything odd is refused, and whatever is asked for later is put
together from these parts.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from msgspec import Struct

PORTS = {"https": 443, "http": 80, "ssh": 22, "oci": 443, "file": 0}
DOCKER = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}

_HOST = re.compile(
    r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*\.?|[0-9a-f:.]+"
)
_SCP = re.compile(
    r"(?:(?P<user>[\w.-]+)@)?(?P<host>\[[0-9a-fA-F:.]+\]|[^@/:\[\]]+):(?P<path>[^:].*)"
)
_USER = re.compile(r"[\w.+-]*")
# What no path of a repository needs, and some reader takes for something else.
_ODD = re.compile(
    r"[\x00-\x20\x7f\\\"'<>^`{|}?#]|%(?![0-9a-fA-F]{2})|%(?:[01].|2[eEfF]|5[cC]|7[fF])"
)


class BadAddress(ValueError):
    """A text that is no address of a repository; the message never holds a password of it."""


class Address(Struct, frozen=True, order=True):
    """`port` 0 is the scheme's usual one. `relative`: an ssh path below the user's home, as
    `git@host:path` means it. `path` begins with `/`, or is empty.
    """

    scheme: str
    host: str
    port: int = 0
    path: str = ""
    user: str = ""
    relative: bool = False

    @classmethod
    def parse(cls, text: str, *, oci: bool = False) -> Address:
        """`oci`: a text without a scheme names a registry. Raises BadAddress."""
        text = text.strip()
        if "://" in text:
            return _of_url(text)
        if oci:
            return _of_url(f"oci://{text}")
        if text.startswith("/"):
            return cls("file", "", path=_path(text, text))
        found = _SCP.fullmatch(text)
        if found is None:
            raise BadAddress(f"{text} is no address: give a URL")
        path = found["path"]
        host = _host(found["host"].strip("[]"), text)
        relative = not path.startswith("/")
        return cls("ssh", host, 0, _path(path, text), found["user"] or "", relative)

    @property
    def used_port(self) -> int:
        return self.port or PORTS[self.scheme]

    @property
    def place(self) -> str:
        """Host and port as one writes them: `host`, `host:8443`, `[::1]:5000`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host

    @property
    def origin(self) -> tuple[str, str, int]:
        """What a credential belongs to: scheme, host and port."""
        return self.scheme, self.host, self.used_port

    @property
    def url(self) -> str:
        """The address as a URL, or as Git writes an ssh path below the home."""
        at = f"{self.user}@" if self.user and self.scheme == "ssh" else ""
        if self.relative:
            return f"{at}{self.place}:{self.path.lstrip('/')}"
        return f"{self.scheme}://{at}{self.place}{self.path}"

    def __str__(self) -> str:
        return self.url

    def below(self, other: Address) -> bool:
        """Whether this lies at the other or below it: of the same origin, by whole names."""
        mine, theirs = _bare(self.path), _bare(other.path)
        return self.origin == other.origin and (mine == theirs or mine.startswith(f"{theirs}/"))

    def same(self, other: Address) -> bool:
        return self.origin == other.origin and _bare(self.path) == _bare(other.path)


def _of_url(text: str) -> Address:
    shown = re.sub(r"://[^/@]*@", "://", text)
    try:
        split = urlsplit(text)
        host, port = split.hostname or "", split.port or 0
    except ValueError:
        raise BadAddress(f"{shown} is no URL") from None
    scheme = split.scheme.lower().removeprefix("git+")
    if scheme not in PORTS:
        known = ", ".join(sorted(PORTS))
        raise BadAddress(f"{shown}: {scheme} is not spoken here (known: {known})")
    if split.password is not None:
        raise BadAddress(f"{shown} carries a password: put it into the sources file instead")
    if not _USER.fullmatch(split.username or "") or split.query or split.fragment:
        raise BadAddress(f"{shown} is no address of a repository: user, ? or # do not belong there")
    if scheme == "file":
        return Address("file", "", path=_path(split.path, shown))
    host = _host(host, shown)
    port = 0 if port == PORTS[scheme] else port
    user = (split.username or "") if scheme == "ssh" else ""
    return Address(scheme, host, port, _path(split.path, shown), user)


def _host(host: str, text: str) -> str:
    host = host.lower()
    if not _HOST.fullmatch(host):
        raise BadAddress(f"{text}: {host or 'nothing'} is no name of a host")
    host = host.rstrip(".")
    return DOCKER.get(host, host)


def _path(path: str, text: str) -> str:
    if _ODD.search(path) or any(part in (".", "..") for part in path.split("/")):
        raise BadAddress(f"{text}: the path holds what no repository's path holds")
    return "/" + re.sub(r"/+", "/", path).strip("/") if path.strip("/") else ""


def _bare(path: str) -> str:
    return path.removesuffix(".git")
