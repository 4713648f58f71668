"""What units were found to read, remembered by the ids of what they read.

A reading stands as long as the objects that it was made from are the same, and as no file came or
went in a directory above the unit, where Terragrunt looks for parents. So a commit makes only those
be read again that it touches.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.reading import Files, Reading
from trunkline.core.infra.roots import Facts

Packed = dict[str, Any]

# Raised when files come to be read otherwise, so that nothing old is believed.
FORMAT = 14


# Of one directory: a plan looks at two commits, again and again.
KEPT = 2


class Memory(Struct):
    """`readings` and `facts` by directory, each with the fingerprint under which it stands; the
    newest readings first.
    """

    readings: dict[str, list[tuple[str, Packed]]] = field(default_factory=dict)
    facts: dict[str, tuple[str, Packed]] = field(default_factory=dict)
    grown: bool = False
    _asked: set[str] = field(default_factory=set)

    @classmethod
    def unpacked(cls, packed: Packed) -> Memory:
        """Raises ValueError, KeyError or TypeError for what is damaged."""
        if packed["format"] != FORMAT:
            raise ValueError("written by another version")
        readings = {
            key: [(str(mark), dict(one)) for mark, one in known]
            for key, known in packed["readings"].items()
        }
        facts = {key: (str(one[0]), dict(one[1])) for key, one in packed["facts"].items()}
        return cls(readings, facts)

    def packed(self) -> Packed:
        """Without the directories that nobody asked for: they are of no unit any more."""
        # Copies: where a command is interrupted, a thread may still be reading.
        readings, facts, asked = dict(self.readings), dict(self.facts), set(self._asked)
        return {
            "format": FORMAT,
            "readings": {one: said for one, said in readings.items() if one in asked},
            "facts": {one: said for one, said in facts.items() if one in asked},
        }

    def reading(self, directory: str, files: Files, values: Mapping[str, Any]) -> Reading | None:
        self._asked.add(directory)
        for mark, known in self.readings.get(directory, ()):
            found = unpacked_reading(known)
            if fingerprint(directory, files, found, values) == mark:
                return found
        return None

    def keep_reading(
        self, directory: str, files: Files, values: Mapping[str, Any], found: Reading
    ) -> None:
        self.grown = True
        mark = fingerprint(directory, files, found, values)
        earlier = self.readings.get(directory, [])
        self.readings[directory] = [(mark, packed_reading(found)), *earlier[: KEPT - 1]]

    def facts_of(self, directory: str, files: Files) -> Facts | None:
        self._asked.add(directory)
        known = self.facts.get(directory)
        if known is None or known[0] != _all_below(directory, files):
            return None
        return Facts(**{**known[1], "modules": tuple(known[1]["modules"])})

    def keep_facts(self, directory: str, files: Files, found: Facts) -> None:
        self.grown = True
        packed = {
            "backend": found.backend,
            "provider": found.provider,
            "modules": list(found.modules),
            "file": found.file,
            "line": found.line,
            "early": found.early,
            "keyed": found.keyed,
        }
        self.facts[directory] = (_all_below(directory, files), packed)


def _all_below(directory: str, files: Files) -> str:
    """An id of a directory, and of what links in it lead to."""
    through = sorted(files.beyond([f"{directory}/"]))
    return " ".join(files.object_id(one.rstrip("/")) for one in (directory, *through))


def fingerprint(directory: str, files: Files, found: Reading, values: Mapping[str, Any]) -> str:
    parts = [directory, files.object_id(directory)]
    parts += [f"{one}={files.object_id(one.rstrip('/'))}" for one in sorted(found.reads)]
    parts += [f"{one}={files.object_id(one)}" for one in sorted(found.modules)]
    through = files.beyond([f"{directory}/", *found.reads, *(f"{one}/" for one in found.modules)])
    parts += [f"{one}={files.object_id(one.rstrip('/'))}" for one in sorted(through)]
    above = directory
    while above:
        above = posixpath.dirname(above)
        parts.append(files.names_id(above))
    if values:
        parts.append(json.dumps(values, sort_keys=True, default=repr))
    return hashlib.sha256("\n".join(parts).encode(errors="surrogateescape")).hexdigest()[:32]


def packed_reading(one: Reading) -> Packed:
    return {
        "reads": sorted(one.reads),
        "modules": sorted(one.modules),
        "dependencies": sorted(one.dependencies),
        "unread": sorted(one.unread),
        "includes": sorted(one.includes),
        "runs": one.runs,
        "excluded": one.excluded,
        "keptFrom": sorted(one.kept_from),
        "findings": [
            [said.rule, said.message, said.severity.value, said.file, said.line, said.remedy]
            for said in one.findings
        ],
    }


def unpacked_reading(packed: Packed) -> Reading:
    findings = [
        Finding(rule, message, Severity(severity), file, line, remedy=remedy)
        for rule, message, severity, file, line, remedy in packed["findings"]
    ]
    return Reading(
        set(packed["reads"]),
        set(packed["modules"]),
        set(packed["dependencies"]),
        set(packed["unread"]),
        findings,
        set(packed["includes"]),
        packed["runs"],
        packed["excluded"],
        set(packed["keptFrom"]),
    )
