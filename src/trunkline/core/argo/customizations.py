"""A user's own health rules, in Argo CD's forms: where they are written, and which one counts.

Two forms: a folder `resource_customizations/<group>/<kind>/health.lua`, where `_` stands for
anything, and the ConfigMap `argocd-cm` with `resource.customizations.health.<group>_<kind>` or, as
it was before, all of them in one text under `resource.customizations`. As in Argo CD the
ConfigMap's win over the folder's, and a kind named in full over a pattern. Only what is read here
is text; `edge/render/lua.py` runs it.
https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#custom-health-checks
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from trunkline.core.argo.argocd_cm import configured
from trunkline.core.argo.lua_rule import FILE, LuaRule, checked, finding
from trunkline.core.finding import Finding, Severity
from trunkline.core.snapshot import Snapshot, SnapshotError

FOLDER = "resource_customizations"

_FOUND = re.compile(rf"(?:^|/){FOLDER}/((?:[^/]+/)?[^/]+)/{re.escape(FILE)}$")


@dataclass(frozen=True, slots=True)
class Customizations:
    """All rules of a commit or of a command, those that count first."""

    rules: tuple[LuaRule, ...] = ()
    findings: tuple[Finding, ...] = ()
    _known: dict[tuple[str, str], LuaRule | None] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(cls, rules: Iterable[LuaRule], findings: Iterable[Finding] = ()) -> Customizations:
        """Of two rules for the same kinds in the same form the later one counts."""
        last = {(one.configured, one.kinds): one for one in rules}
        ordered = sorted(last.values(), key=lambda one: (not one.configured, one.pattern))
        return cls(tuple(ordered), tuple(findings))

    def rule_for(self, group: str, kind: str) -> LuaRule | None:
        """The rule of a kind, None where the user has none."""
        if (group, kind) not in self._known:
            fits = (one for one in self.rules if one.judges(group, kind))
            self._known[group, kind] = next(fits, None)
        return self._known[group, kind]


def is_rule_file(path: str) -> bool:
    """Whether this is a rule of the folder form, by its path alone."""
    return path.endswith(f"/{FILE}") and _FOUND.search(path) is not None


def kinds_of(path: str, folder: str = "") -> str:
    """What a `health.lua` judges, by its place below a folder of the layout, or below the nearest
    `resource_customizations`; "" where that is no group and kind."""
    found = _FOUND.search(path)
    below = found[1] if found else posixpath.dirname(posixpath.relpath(path, folder or "."))
    return below.replace("_", "*") if below and below.count("/") <= 1 else ""


def customizations_of(
    snapshot: Snapshot, rule_files: Iterable[str], configs: Iterable[str], folders: Iterable[str]
) -> Customizations:
    """The rules of a snapshot: files by their path, files that hold an `argocd-cm`, and all
    below these folders of the layout. What cannot be read is a finding and hides no other."""
    rules: list[LuaRule] = []
    findings: list[Finding] = []
    placed = [(path, kinds_of(path)) for path in rule_files]
    for folder in folders:
        placed += [(one, kinds_of(one, folder)) for one in _below(snapshot, folder, findings)]
    for path, kinds in placed:
        for data in _read(snapshot, path, findings):
            rules += of_file(data, path, kinds, findings)
    for path in configs:
        for data in _read(snapshot, path, findings):
            rules += configured(data, path, findings)
    return Customizations.of(rules, [*findings, *_twice(rules)])


def _below(snapshot: Snapshot, folder: str, findings: list[Finding]) -> list[str]:
    """The rules below a folder of the settings; a finding where there are none."""
    try:
        found = [one for one in snapshot.paths(folder) if one.endswith(f"/{FILE}")]
        said = f"health.rules: {folder} holds no <group>/<kind>/{FILE}"
    except SnapshotError as error:
        found, said = [], f"health.rules: {error}"
    if not found:
        findings.append(Finding("no-health-rules", said, Severity.WARNING, file=folder))
    return found


def _read(snapshot: Snapshot, path: str, findings: list[Finding]) -> Iterator[bytes]:
    try:
        yield snapshot.read(path)
    except SnapshotError as error:
        findings.append(Finding("unreadable-file", str(error), file=path))


def _twice(rules: Iterable[LuaRule]) -> Iterator[Finding]:
    """Rules that differ and judge the same kinds: clusters may have an `argocd-cm` each."""
    seen: dict[tuple[bool, str], LuaRule] = {}
    for one in rules:
        before = seen.setdefault((one.configured, one.kinds), one)
        seen[one.configured, one.kinds] = one
        if before.source != one.source:
            said = f"two rules for {one.kinds}: this one counts, that of {before.place()} does not"
            yield finding(said, one.file, one.line + 1)


def of_file(data: bytes, path: str, kinds: str, findings: list[Finding]) -> Iterator[LuaRule]:
    """The rule of one `health.lua`."""
    if kinds:
        yield from checked(LuaRule(kinds, data.decode("utf-8-sig", "replace"), path), findings)
