"""Whether two spellings of a URL name the same Git repository.

`git@github.com:org/repo.git`, `ssh://git@github.com/org/repo` and `https://GitHub.com/org/repo/`
are one repository: protocol, user, `.git`, a closing slash, the protocol's usual port and the
case of the host say how it is reached, not which it is. The case of the path is part of the name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, urlsplit

_SCP = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<host>\[[^\]]+\]|[^@/:\[\]]+):(?!//)(?P<path>.*)")
_PORTS = {"ssh": 22, "git": 9418, "http": 80, "https": 443}
_LOCAL = ("/", "./", "../", "~")


def same_repository(one: str, other: str) -> bool:
    """Whether both URLs name one repository."""
    return normal_repository(one) == normal_repository(other)


@lru_cache(maxsize=4096)
def normal_repository(url: str) -> str:
    """The repository behind a URL as `host[:port]/path`, or `/path` for one on this machine."""
    url = url.strip()
    scheme, host, port, path = _parts(url)
    if not host:
        return _path(path)
    shown = f"{host}:{port}" if port and port != _PORTS.get(scheme) else host
    return f"{shown}{_path(path)}"


def _parts(url: str) -> tuple[str, str, int | None, str]:
    """Scheme, host in lower case, port and path of a URL in any of Git's spellings."""
    if "://" in url:
        try:
            split = urlsplit(url)
            host, port = (split.hostname or "").rstrip("."), split.port
        except ValueError:
            return "", "", None, url
        return split.scheme.lower().removeprefix("git+"), host, port, unquote(split.path)
    found = None if url.startswith(_LOCAL) else _SCP.fullmatch(url)
    if found:
        return "ssh", found["host"].strip("[]").lower().rstrip("."), None, found["path"]
    return "", "", None, url


def _path(path: str) -> str:
    clean = re.sub(r"/+", "/", f"/{path}").rstrip("/")
    return clean.removesuffix(".git").rstrip("/")
