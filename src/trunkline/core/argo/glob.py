"""The glob languages that Argo CD's files are written in, matched in time that has a bound.

Argo CD matches directories of a Git generator and kinds of a project with Go's `path.Match`;
repositories, clusters and namespaces with a shell-like glob that knows `**` and `{a,b}`; files of
a Git generator as Git matches pathspecs or, when asked to, with `**` as whole directories only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from msgspec import Struct

_ANY = re.compile(".", re.DOTALL)
_NO_SLASH = re.compile("[^/]")
_DEEPEST = 20


class BadPattern(ValueError):
    """A pattern that its language refuses; the message names the pattern."""


class _Language(Struct, frozen=True):
    """What a glob language knows. `crosses`: `*`, and `?`, run over slashes too."""

    crosses: bool = False
    double_crosses: bool = False
    directories: bool = False
    braces: bool = False
    negations: str = "^"


_PATH = _Language()
_SHELL = _Language(crosses=True, double_crosses=True, braces=True, negations="!")
_URL = _Language(double_crosses=True, braces=True, negations="!")
_PATHSPEC = _Language(crosses=True, double_crosses=True, negations="!^")
_DEEP = _Language(directories=True, braces=True, negations="!^")


def path_matches(pattern: str, path: str) -> bool:
    """Go's path.Match: `*` stops at a slash, https://pkg.go.dev/path#Match."""
    return _read(pattern, _PATH).matches(path)


@lru_cache(maxsize=20_000)
def shell_matches(pattern: str, text: str) -> bool:
    """A glob without separators: `*` runs over everything, `{a,b}` are alternatives."""
    return _read(pattern, _SHELL).matches(text)


def url_matches(pattern: str, url: str) -> bool:
    """A glob with `/` as the separator: `*` stops at a slash, `**` does not; `*` alone is all."""
    return pattern == "*" or _read(pattern, _URL).matches(url)


def pathspec_matches(pattern: str, path: str) -> bool:
    """As `git ls-files` matches: wildcards run over slashes, a plain directory means all below."""
    if path.startswith(f"{pattern.rstrip('/')}/") and not set("*?[") & set(pattern):
        return True
    return _read(pattern, _PATHSPEC).matches(path)


def deep_matches(pattern: str, path: str) -> bool:
    """`*` stops at a slash, `**` as a whole part of the path stands for any directories."""
    return _read(pattern, _DEEP).matches(path)


Ends = frozenset[int]
"""Places in a text: where a part of the pattern may begin, or may have ended."""

Part = Callable[[str, Ends], Ends]


class _Glob(Struct, frozen=True):
    """A pattern as its parts. All the places where a part may end are followed at once, so that
    no pattern takes longer than its length times the text's: whoever sends a pull request writes
    patterns, and a regular expression of thirty stars is never done.
    """

    parts: tuple[Part, ...]
    head: str
    """What every match begins with."""

    def matches(self, text: str) -> bool:
        if not text.startswith(self.head):
            return False
        return len(text) in _followed(self.parts, text, frozenset({0}))


def _followed(parts: Iterable[Part], text: str, starts: Ends) -> Ends:
    for part in parts:
        if not starts:
            break
        starts = part(text, starts)
    return starts


def _literal(word: str) -> Part:
    return lambda text, starts: frozenset(
        at + len(word) for at in starts if text.startswith(word, at)
    )


def _one(sign: re.Pattern[str]) -> Part:
    return lambda text, starts: frozenset(at + 1 for at in starts if sign.match(text, at))


def _many(crosses: bool) -> Part:
    """Any signs; without slashes unless it `crosses` them."""

    def ends(text: str, starts: Ends) -> Ends:
        found: set[int] = set()
        for at in sorted(starts):
            if at not in found:
                slash = -1 if crosses else text.find("/", at)
                found.update(range(at, (len(text) if slash < 0 else slash) + 1))
        return frozenset(found)

    return ends


def _directories(text: str, starts: Ends) -> Ends:
    """Any directories with the slash behind each, none included."""
    first = min(starts)
    behind = {at + 1 for at in range(first, len(text)) if text[at] == "/"}
    return frozenset(behind | starts)


def _either(branches: Sequence[tuple[Part, ...]]) -> Part:
    return lambda text, starts: frozenset().union(
        *(_followed(branch, text, starts) for branch in branches)
    )


@lru_cache(maxsize=4096)
def _read(pattern: str, language: _Language) -> _Glob:
    reader = _Reader(pattern, language)
    parts = reader.sequence("")
    return _Glob(parts, reader.head)


class _Reader:
    """Reads a pattern into parts. Raises BadPattern."""

    def __init__(self, pattern: str, language: _Language) -> None:
        self._pattern = pattern
        self._language = language
        self._at = 0
        self._depth = 0
        first = next((at for at, sign in enumerate(pattern) if sign in "*?[{\\"), len(pattern))
        self.head = pattern[:first]

    def sequence(self, stops: str) -> tuple[Part, ...]:
        """The parts up to one of the signs that end it."""
        parts: list[Part] = []
        word = ""
        while self._at < len(self._pattern) and self._pattern[self._at] not in stops:
            sign = self._pattern[self._at]
            part = self._special(sign)
            if part is None:
                word += self._plain(sign)
                continue
            parts += [_literal(word), part] if word else [part]
            word = ""
        return (*parts, _literal(word)) if word else tuple(parts)

    def _special(self, sign: str) -> Part | None:
        """The part that begins here, if it is more than a sign that stands for itself."""
        if sign == "*":
            return self._stars()
        if sign == "[":
            return self._class()
        if sign == "?":
            self._at += 1
            return _one(_ANY if self._language.crosses else _NO_SLASH)
        if sign == "{" and self._language.braces:
            return self._braces()
        return None

    def _plain(self, sign: str) -> str:
        if sign == "\\":
            self._at += 1
            if self._at == len(self._pattern):
                raise BadPattern(f"{self._pattern!r} ends with a backslash")
        self._at += 1
        return self._pattern[self._at - 1]

    def _stars(self) -> Part:
        start, pattern = self._at, self._pattern
        while pattern[self._at : self._at + 1] == "*":
            self._at += 1
        if self._at - start < 2:
            return _many(self._language.crosses)
        if self._language.directories and (start == 0 or pattern[start - 1] == "/"):
            if pattern[self._at : self._at + 1] == "/":
                self._at += 1
                return _directories
            if self._at == len(pattern):
                return _many(crosses=True)
        return _many(self._language.double_crosses)

    def _class(self) -> Part:
        """A character class such as `[a-z]`."""
        pattern, start = self._pattern, self._at + 1
        negated = start < len(pattern) and pattern[start] in self._language.negations
        start += negated
        end = start
        while end < len(pattern) and (pattern[end] != "]" or end == start):
            end += 2 if pattern[end] == "\\" else 1
        if end >= len(pattern):
            raise BadPattern(f"{pattern!r} has a [ without a ]")
        inside = re.sub(r"([\[^&~|])", r"\\\1", pattern[start:end])
        self._at = end + 1
        try:
            return _one(re.compile(f"[{'^' if negated else ''}{inside}]", re.DOTALL))
        except re.error:
            raise BadPattern(f"{pattern!r} is no valid pattern") from None

    def _braces(self) -> Part:
        """Alternatives `{a,b}`, which may hold others."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadPattern(f"{self._pattern!r} nests its braces too deeply")
        branches = []
        while self._pattern[self._at : self._at + 1] in ("{", ","):
            self._at += 1
            branches.append(self.sequence(",}"))
            if self._pattern[self._at : self._at + 1] == "}":
                break
        if self._at >= len(self._pattern):
            raise BadPattern(f"{self._pattern!r} has a {{ without a }}")
        self._at += 1
        self._depth -= 1
        return _either(branches)
