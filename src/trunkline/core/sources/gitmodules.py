"""The file `.gitmodules`: which repositories lie at which paths of a commit.

https://git-scm.com/docs/gitmodules, in the syntax of https://git-scm.com/docs/git-config#_syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

FILE = ".gitmodules"

_SECTION = re.compile(r'\[\s*submodule\s+"(?P<name>(?:[^"\\]|\\.)*)"\s*\]', re.IGNORECASE)
_ENTRY = re.compile(r"(?P<key>[A-Za-z][\w-]*)\s*=(?P<value>.*)", re.DOTALL)
_SPACES = re.compile(r"[ \t]+$")
_ESCAPES = {"n": "\n", "t": "\t", "b": "\b"}


def urls_of(data: bytes) -> dict[str, str]:
    """The address of each submodule by its path, as the file says it; those that are not to be
    checked out (`update = none`) are left out."""
    told: dict[str, dict[str, str]] = {}
    for name, key, value in _entries(data.decode("utf-8", "backslashreplace")):
        told.setdefault(name, {})[key] = value
    asked = (one for one in told.values() if one.get("update") != "none")
    return {one["path"]: one["url"] for one in asked if _is_whole(one)}


def resolved(url: str, parent: str) -> str:
    """The address that a submodule has, of a repository with that of `parent`; "" where a relative
    one leads nowhere.

    `../charts.git` lies beside the parent, as for `git submodule` (git-submodule's `add`).
    """
    if not url.startswith(("./", "../")):
        return url
    base, sign = parent.rstrip("/"), "/"
    while url.startswith(("./", "../")):
        step, _, url = url.partition("/")
        if step == "..":
            base, sign = _above(base)
    return f"{base}{sign}{url}".rstrip("/") if base else ""


def _above(base: str) -> tuple[str, str]:
    """The address one name shorter, and what parts the next name from it; "" beyond its host."""
    scheme, mark, rest = base.rpartition("://")
    above, sign, _ = rest.rpartition("/")
    if not sign and not mark:
        above, sign, _ = rest.rpartition(":")
    return (f"{scheme}{mark}{above}", sign) if above else ("", "/")


def _is_whole(said: Mapping[str, str]) -> bool:
    return bool(said.get("path") and said.get("url"))


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    """Submodule, key in lower case, value."""
    name = None
    for line in text.replace("\r\n", "\n").replace("\\\n", "").split("\n"):
        line = line.strip()
        if line.startswith("["):
            section = _SECTION.match(line)
            name = re.sub(r"\\(.)", r"\1", section["name"]) if section else None
            line = line[section.end() :].strip() if section else ""
        entry = _ENTRY.fullmatch(line)
        if name is not None and entry:
            yield name, entry["key"].lower(), _value(entry["value"].strip())


def _value(text: str) -> str:
    """Quotes taken away, escapes read, a comment left out."""
    found, quoted, signs = "", False, iter(text)
    for sign in signs:
        if sign == "\\":
            sign = next(signs, "")
            found += _ESCAPES.get(sign, sign)
        elif sign == '"':
            quoted = not quoted
        elif sign in "#;" and not quoted:
            return _SPACES.sub("", found)
        else:
            found += sign
    return found
