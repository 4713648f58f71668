"""Versions and constraints as Helm and Argo CD read them.

Both use one Go library, github.com/Masterminds/semver/v3, whose rules are kept here: `1.2` is a
version too, a constraint without a pre-release matches none, `=1.2` means `1.2.x`, `~0` is not
`^0`. Its README describes the grammar: parts joined by spaces or commas, groups by `||`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec import Struct

_TAIL = r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
_VERSION = re.compile(r"v?(0|[1-9]\d*)(?:\.(0|[1-9]\d*))?(?:\.(0|[1-9]\d*))?" + _TAIL)
_ANY = r"(?:\d+|[xX*])"
_LOOSE = rf"v?({_ANY})(?:\.({_ANY}))?(?:\.({_ANY}))?{_TAIL}"
_PART = re.compile(rf"\s*(=>|>=|=<|<=|!=|~>|[=<>~^]|)\s*{_LOOSE}\s*(?:,|(?<=\s)|$)")
_RANGE = re.compile(rf"({_LOOSE})\s+-\s+({_LOOSE})")

Order = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]


class NotAVersion(ValueError):
    """A text that is no version, or no constraint."""


class Version(Struct, frozen=True):
    """`pre` are the parts of a pre-release; build metadata does not count. Missing parts are 0."""

    major: int
    minor: int
    patch: int
    pre: tuple[str, ...] = ()

    @classmethod
    @lru_cache(maxsize=20_000)
    def parse(cls, text: str) -> Version:
        """Raises NotAVersion."""
        found = _VERSION.fullmatch(text)
        if found is None:
            raise NotAVersion(f"{text!r} is no version")
        major, minor, patch, pre, _ = found.groups()
        parts = tuple(pre.split(".")) if pre else ()
        return cls(int(major), int(minor or 0), int(patch or 0), parts)

    @property
    def order(self) -> Order:
        """Sorts by precedence (semver.org, section 11): numbers before words, a release last."""
        parts = tuple(
            (not one.isdigit(), int(one) if one.isdigit() else 0, one) for one in self.pre
        )
        return self.major, self.minor, self.patch, not self.pre, parts


class _Part(Struct, frozen=True):
    """One comparison. `open`: how many numbers it leaves open, the patch first; 3 is `*`, which
    the library takes for 0.0.0 after `>`, `!=` and `^`.
    """

    operator: str
    version: Version
    open: int

    def allows(self, one: Version, *, with_pre: bool) -> bool:
        if one.pre and not self.version.pre and not with_pre:
            return False
        return _OPERATORS[self.operator](self, one)

    def _above(self, one: Version) -> bool:
        mine = self.version
        if self.open in (0, 3):
            return one.order > mine.order
        if one.major != mine.major or self.open == 2:
            return one.major > mine.major
        return one.minor > mine.minor

    def _below(self, one: Version) -> bool:
        return one.order < self.version.order

    def _from(self, one: Version) -> bool:
        return one.order >= self.version.order

    def _up_to(self, one: Version) -> bool:
        mine = self.version
        if not self.open:
            return one.order <= mine.order
        return one.major < mine.major or (
            one.major == mine.major and (self.open == 2 or one.minor <= mine.minor)
        )

    def _equal(self, one: Version) -> bool:
        return self._tilde(one) if self.open else one == self.version

    def _unequal(self, one: Version) -> bool:
        mine = self.version
        if self.open in (0, 3):
            return one != mine
        if one.major != mine.major:
            return True
        if self.open == 1 and one.minor == mine.minor and (one.pre or mine.pre):
            return one.pre != mine.pre
        return self.open < 2 and one.minor != mine.minor

    def _tilde(self, one: Version) -> bool:
        mine = self.version
        if one.order < mine.order:
            return False
        if (mine.major, mine.minor, mine.patch) == (0, 0, 0) and self.open in (0, 3):
            return True
        return one.major == mine.major and (self.open == 2 or one.minor == mine.minor)

    def _caret(self, one: Version) -> bool:
        mine = self.version
        if one.order < mine.order or one.major != mine.major:
            return False
        if mine.major > 0 or self.open == 2:
            return True
        if mine.minor > 0 or self.open == 1:
            return one.minor == mine.minor
        return one.minor == 0 and one.patch == mine.patch


_OPERATORS: dict[str, Callable[[_Part, Version], bool]] = {
    "": _Part._equal,
    "=": _Part._equal,
    "!=": _Part._unequal,
    ">": _Part._above,
    "<": _Part._below,
    ">=": _Part._from,
    "=>": _Part._from,
    "<=": _Part._up_to,
    "=<": _Part._up_to,
    "~": _Part._tilde,
    "~>": _Part._tilde,
    "^": _Part._caret,
}


class Constraint(Struct, frozen=True):
    """Groups of comparisons: all of one group must hold."""

    groups: tuple[tuple[_Part, ...], ...]

    @classmethod
    @lru_cache(maxsize=2_000)
    def parse(cls, text: str) -> Constraint:
        """Raises NotAVersion."""
        spread = _RANGE.sub(_spread, text)
        return cls(tuple(tuple(_parts(group, text)) for group in spread.split("||")))

    def allows(self, version: Version) -> bool:
        return any(
            all(
                one.allows(version, with_pre=any(each.version.pre for each in group))
                for one in group
            )
            for group in self.groups
        )


def is_exact(text: str) -> bool:
    """Whether the text names one version, with all its numbers."""
    found = _VERSION.fullmatch(text)
    return found is not None and found[3] is not None


def newest(constraint: str, versions: Iterable[str]) -> str | None:
    """The version that Helm takes: the very one that is named, else the newest that is allowed.

    Without a constraint the newest release. Raises NotAVersion for a constraint that is none.
    """
    known = list(versions)
    if constraint in known:
        return constraint
    allowed = Constraint.parse(constraint or "*")
    fitting = [
        (version.order, one)
        for one in known
        if (version := _parsed(one)) and allowed.allows(version)
    ]
    return max(fitting)[1] if fitting else None


def newest_tag(constraint: str, tags: Iterable[str], prefix: str = "") -> str | None:
    """The tag of the newest version that a revision allows, among those that begin with a prefix;
    None where there is none, or the revision says no versions.

    https://argo-cd.readthedocs.io/en/latest/user-guide/tracking_strategies/#prefixed-tags
    """
    known = [one.removeprefix(prefix) for one in tags if one.startswith(prefix)]
    try:
        found = newest(constraint, known) if constraint not in ("", "HEAD") else None
    except NotAVersion:
        return None
    return f"{prefix}{found}" if found else None


def _parsed(text: str) -> Version | None:
    try:
        return Version.parse(text)
    except NotAVersion:
        return None


def _spread(found: re.Match[str]) -> str:
    """`1.2 - 2` is `>=1.2, <=2`."""
    return f">={found[1]},<={found[7]}"


def _parts(group: str, whole: str) -> Iterable[_Part]:
    at = 0
    while at < len(group) or at == 0:
        found = _PART.match(group, at)
        if found is None or found.end() == at:
            raise NotAVersion(f"{whole!r} is no version and no constraint of versions")
        at = found.end()
        yield _part(found)


def _part(found: re.Match[str]) -> _Part:
    operator, major, minor, patch, pre, _ = found.groups()
    parts = tuple(pre.split(".")) if pre else ()
    if major in "xX*":
        return _Part(operator, Version(0, 0, 0, parts), 3)
    if minor is None or minor in "xX*":
        return _Part(operator, Version(int(major), 0, 0, parts), 2)
    if patch is None or patch in "xX*":
        return _Part(operator, Version(int(major), int(minor), 0, parts), 1)
    return _Part(operator, Version(int(major), int(minor), int(patch), parts), 0)
