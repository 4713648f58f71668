"""What a unit's plan depends on besides its own directory, gathered while files are read.

Paths in the values of an evaluation are absolute below ROOT, which stands for the repository; so a
path that leaves it is told from one that does not.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, field

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.hcl import Body, HclError, parse
from trunkline.core.infra.hcl.evaluate import MARK
from trunkline.core.infra.hcl.from_json import TERRAFORM, TERRAGRUNT, parse_json
from trunkline.core.infra.links import Links
from trunkline.core.snapshot import Snapshot, SnapshotError

ROOT = f"/{MARK}"
# Source of the forms: go-getter's README, "URL Format".
_ELSEWHERE = re.compile(r"[a-z0-9]+::|[a-z][a-z0-9+.-]*://|git@|(?:github|gitlab|bitbucket)\.")


class Files(Struct):
    """The files of a commit as readers of HCL see them; a file is parsed once for all units."""

    snapshot: Snapshot
    _bodies: dict[str, Body | HclError] = field(default_factory=dict)
    _names: dict[str, list[str]] | None = None
    _some: dict[str, list[str]] = field(default_factory=dict)
    _paths: frozenset[str] = frozenset()
    _copies: dict[str, str] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)
    _links: Links | None = None

    def is_known(self, path: str) -> bool:
        """Whether the commit itself has a file or link at this path."""
        if self._names is not None:
            return path in self._paths
        try:
            return self.snapshot.entry(path) in ("file", "link")
        except SnapshotError:
            return False

    def every(self) -> Iterator[str]:
        """Every file and link of the commit, sorted by directory."""
        return (path for names in self._listed.values() for path in names)

    def is_link(self, path: str) -> bool:
        try:
            return self.snapshot.entry(path) == "link"
        except SnapshotError:
            return False

    def leads_elsewhere(self, path: str) -> bool:
        """Whether links on the way lead to another path, or to none."""
        try:
            return self.snapshot.followed(self.real(path)) != self.real(path)
        except SnapshotError:
            return True

    def directories(self) -> Iterator[str]:
        """Every directory that holds a file, in no order."""
        return iter(self._listed)

    def names(self, directory: str) -> list[str]:
        """The paths of the files directly in a directory, sorted."""
        real = self.real(directory)
        found = self._in(real)
        return [directory + one[len(real) :] for one in found] if real != directory else found

    def _in(self, directory: str) -> list[str]:
        if self._names and directory in self._names:
            return self._names[directory]
        if directory not in self._some:
            try:
                self._some[directory] = list(self.snapshot.paths(directory, deep=False))
            except SnapshotError:
                self._some[directory] = []
        return self._some[directory]

    def beyond(self, reads: Iterable[str]) -> set[str]:
        """What is read besides, through links."""
        if self._links is None:
            self._links = Links(self.snapshot)
        return self._links.beyond(reads)

    def object_id(self, path: str) -> str:
        """The id of a file or tree, "-" for what is not there."""
        return self.snapshot.object_id(self.real(path)) or "-"

    def names_id(self, directory: str) -> str:
        """An id of which files a directory holds, whatever is in them."""
        found = self._ids.get(directory)
        if found is None:
            names = "\0".join(self.names(directory))
            found = self._ids[directory] = hashlib.sha256(
                names.encode(errors="surrogateescape")
            ).hexdigest()[:16]
        return found

    def copied(self, directory: str, source: str) -> None:
        """From now on the files of a source are also read at the directory of its copy."""
        self._copies[directory] = source

    @property
    def sources(self) -> frozenset[str]:
        """What copies are made from."""
        return frozenset(self._copies.values())

    def real(self, path: str) -> str:
        """Where in the commit the file at this path comes from: itself, unless it is a copy."""
        here = path if self._copies else ""
        while here:
            source = self._copies.get(here)
            if source is not None:
                return self.real(posixpath.join(source, path[len(here) + 1 :]).rstrip("/"))
            here = posixpath.dirname(here)
        return path

    def is_file(self, path: str) -> bool:
        return self._entry(path) in ("file", "link")

    def is_directory(self, path: str) -> bool:
        return self._entry(path) == "directory"

    def text(self, path: str) -> str | None:
        try:
            return self.snapshot.read(self.real(path)).decode(errors="replace")
        except SnapshotError:
            return None

    def body(self, path: str) -> Body:
        """The file's body. Raises HclError, also for a file that is not there."""
        found = self._bodies.get(path)
        if found is None:
            found = self._bodies[path] = self._parsed(path)
        if isinstance(found, HclError):
            raise found
        return found

    def _parsed(self, path: str) -> Body | HclError:
        text = self.text(path)
        if text is None:
            return HclError("cannot be read", 0)
        try:
            return parsed(path, text)
        except HclError as error:
            return error

    @property
    def _listed(self) -> dict[str, list[str]]:
        """The files by directory: listed when they are first asked for, which few plans do."""
        if self._names is None:
            self._paths = frozenset(self.snapshot.paths())
            names: dict[str, list[str]] = {}
            for path in sorted(self._paths):
                names.setdefault(path.rpartition("/")[0], []).append(path)
            self._names = names
        return self._names

    def _entry(self, path: str) -> str | None:
        try:
            return self.snapshot.entry(self.snapshot.followed(self.real(path)))
        except SnapshotError:
            return None


class Reading(Struct):
    """What was found to be read; a directory ends with `/`."""

    reads: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    dependencies: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    """Those of which it never reads outputs: `skip_outputs`."""
    findings: list[Finding] = field(default_factory=list)
    includes: set[str] = field(default_factory=set)
    runs: bool = True
    """Whether there is anything to plan: a source, or code beside the unit's file."""
    excluded: bool = False
    kept_from: set[str] = field(default_factory=set)
    """The actions that its `exclude` blocks take it out of."""
    elsewhere: set[str] = field(default_factory=set)
    """The sources of whole stacks that lie in other repositories."""
    opened: int = 0
    """How often a file was opened for it."""
    read: dict[str, Any] = field(default_factory=dict)
    """Files that were read for their values."""
    labelled: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What `dependency` blocks say, by label: each with its line and its file."""

    def broken(self, file: str, error: HclError) -> None:
        remedy = "terragrunt hcl validate, or terraform validate, says it in its own words"
        message = f"cannot be parsed: {error}"
        self.findings.append(
            Finding("infra-hcl", message, file=file, line=error.line, remedy=remedy)
        )

    def missing(
        self,
        file: str,
        line: int,
        what: str,
        severity: Severity = Severity.ERROR,
        why: str = "is not in this commit",
    ) -> None:
        """`what` is named and needed, and the commit has no such file. It is a warning where the
        program may know better.
        """
        message = f"{what}, which {why}"
        remedy = "was it removed, moved or never committed? Name its place, or commit it"
        self.findings.append(Finding("infra-missing", message, severity, file, line, remedy=remedy))

    def unseen(self, file: str, line: int, what: str) -> None:
        """`what` comes from another repository, which is not read here."""
        message = f"{what} comes from another repository: its units are not known here"
        remedy = "name its units in a stack of this repository, to have them planned"
        self.findings.append(
            Finding("infra-unclear", message, Severity.WARNING, file, line, remedy=remedy)
        )

    def unlisted(self, file: str, line: int) -> None:
        """A stack includes what cannot be read, as is told of that."""
        message = "what it includes cannot be read, and with it which units there are"
        self.findings.append(Finding("infra-unclear", message, Severity.WARNING, file, line))

    def unclear(self, file: str, line: int, what: str) -> None:
        self.findings.append(
            Finding(
                "infra-unclear",
                f"{what} is only known when it runs: what changes there is not seen here",
                severity=Severity.NOTE,
                file=file,
                line=line,
            )
        )


def parsed(path: str, text: str) -> Body:
    """A file's body, in the syntax and the language that its name tells. Raises HclError."""
    if not path.endswith(".json"):
        return parse(text)
    return parse_json(text, TERRAGRUNT if path.endswith(".hcl.json") else TERRAFORM)


def is_elsewhere(source: str) -> bool:
    """Whether a source, or what it begins with, names another repository, a registry, a server."""
    return bool(_ELSEWHERE.match(source))


def rooted(path: str) -> str:
    return f"{ROOT}/{path}" if path else ROOT


def from_root(value: Any, directory: str) -> str | None:
    """A path of an evaluation as one from the repository's root; None outside of it.

    A relative one begins in `directory`.
    """
    if not isinstance(value, str) or "\0" in value:
        return None
    whole = value if value.startswith("/") else f"{rooted(directory)}/{value}"
    clean = posixpath.normpath(whole)
    if clean == ROOT:
        return ""
    return clean[len(ROOT) + 1 :] if clean.startswith(f"{ROOT}/") else None
