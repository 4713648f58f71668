"""The glob languages that Argo CD's files are written in, each turned into a regular expression.

Argo CD matches directories of a Git generator and kinds of a project with Go's `path.Match`;
repositories, clusters and namespaces with a shell-like glob that knows `**` and `{a,b}`; files of
a Git generator as Git matches pathspecs or, when asked to, with `**` as whole directories only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache


class BadPattern(ValueError):
    """A pattern that its language refuses; the message names the pattern."""


@dataclass(frozen=True, slots=True)
class _Language:
    """What the signs of a glob language stand for, as regular expressions."""

    star: str
    double: str
    one: str
    directories: bool = False
    braces: bool = False
    negations: str = "^"


_PATH = _Language(star="[^/]*", double="[^/]*", one="[^/]")
_SHELL = _Language(star=".*", double=".*", one=".", braces=True, negations="!")
_URL = _Language(star="[^/]*", double=".*", one="[^/]", braces=True, negations="!")
_PATHSPEC = _Language(star=".*", double=".*", one=".", negations="!^")
_DEEP = _Language("[^/]*", "[^/]*", "[^/]", directories=True, braces=True, negations="!^")


def path_matches(pattern: str, path: str) -> bool:
    """Go's path.Match: `*` stops at a slash, https://pkg.go.dev/path#Match."""
    return _compiled(pattern, _PATH).fullmatch(path) is not None


def shell_matches(pattern: str, text: str) -> bool:
    """A glob without separators: `*` runs over everything, `{a,b}` are alternatives."""
    return _compiled(pattern, _SHELL).fullmatch(text) is not None


def url_matches(pattern: str, url: str) -> bool:
    """A glob with `/` as the separator: `*` stops at a slash, `**` does not; `*` alone is all."""
    return pattern == "*" or _compiled(pattern, _URL).fullmatch(url) is not None


def pathspec_matches(pattern: str, path: str) -> bool:
    """As `git ls-files` matches: wildcards run over slashes, a plain directory means all below."""
    if path.startswith(f"{pattern.rstrip('/')}/") and not set("*?[") & set(pattern):
        return True
    return _compiled(pattern, _PATHSPEC).fullmatch(path) is not None


def deep_matches(pattern: str, path: str) -> bool:
    """`*` stops at a slash, `**` as a whole part of the path stands for any directories."""
    return _compiled(pattern, _DEEP).fullmatch(path) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str, language: _Language) -> re.Pattern[str]:
    try:
        return re.compile("".join(_translated(pattern, language)), re.DOTALL)
    except re.error:
        raise BadPattern(f"{pattern!r} is no valid pattern") from None


def _translated(pattern: str, language: _Language) -> Iterator[str]:
    at, depth = 0, 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "*":
            piece, at = _stars(pattern, at, language)
            yield piece
            continue
        if sign == "[":
            piece, at = _class(pattern, at, language)
            yield piece
            continue
        if sign == "\\":
            at += 1
            if at == len(pattern):
                raise BadPattern(f"{pattern!r} ends with a backslash")
            yield re.escape(pattern[at])
        elif sign == "?":
            yield language.one
        elif language.braces and sign == "{":
            depth += 1
            yield "(?:"
        elif depth and sign == "}":
            depth -= 1
            yield ")"
        elif depth and sign == ",":
            yield "|"
        else:
            yield re.escape(sign)
        at += 1


def _stars(pattern: str, at: int, language: _Language) -> tuple[str, int]:
    """What the stars at this place stand for, and the place behind them."""
    end = at
    while end < len(pattern) and pattern[end] == "*":
        end += 1
    if end - at < 2:
        return language.star, end
    begins = at == 0 or pattern[at - 1] == "/"
    if language.directories and begins and pattern[end : end + 1] == "/":
        return "(?:[^/]*/)*", end + 1
    if language.directories and begins and end == len(pattern):
        return ".*", end
    return language.double, end


def _class(pattern: str, at: int, language: _Language) -> tuple[str, int]:
    """A character class such as `[a-z]`, and the place behind it."""
    start = at + 1
    negated = start < len(pattern) and pattern[start] in language.negations
    start += negated
    end = start
    while end < len(pattern) and (pattern[end] != "]" or end == start):
        end += 2 if pattern[end] == "\\" else 1
    if end >= len(pattern):
        raise BadPattern(f"{pattern!r} has a [ without a ]")
    inside = re.sub(r"([\[^&~|])", r"\\\1", pattern[start:end])
    return f"[{'^' if negated else ''}{inside}]", end + 1
