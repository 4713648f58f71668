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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from trunkline.core.argo.glob import BadPattern, shell_matches
from trunkline.core.argo.place import line_of
from trunkline.core.finding import Finding, Severity
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.core.yaml import YamlError, attempts, load

FOLDER, FILE = "resource_customizations", "health.lua"
CONFIG = "argocd-cm"
PREFIX = "resource.customizations"

# Far more than any rule needs; what is larger is no rule.
LARGEST = 256 * 1024

_FOUND = re.compile(rf"(?:^|/){FOLDER}/((?:[^/]+/)?[^/]+)/{re.escape(FILE)}$")


@dataclass(frozen=True, slots=True)
class LuaRule:
    """One rule: `kinds` is `group/Kind`, or `Kind` for the core group, `*` for any letters.

    `line` is the line of the file before the rule's first, so that its line 1 is `line + 1`.
    """

    kinds: str
    source: str
    file: str
    line: int = 0
    configured: bool = False

    @property
    def pattern(self) -> bool:
        return any(sign in self.kinds for sign in "*?[{")

    def judges(self, group: str, kind: str) -> bool:
        name = f"{group}/{kind}" if group else kind
        return shell_matches(self.kinds, name) if self.pattern else self.kinds == name

    def place(self, line: int = 1) -> str:
        """Where the rule's own line stands: `argocd-cm.yaml:12`."""
        return f"{self.file}:{self.line + line}"


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


def may_configure(data: bytes) -> bool:
    """Whether a file can hold an `argocd-cm` with rules, by a look at its bytes."""
    return CONFIG.encode() in data and PREFIX.encode() in data


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
    below these folders of the layout."""
    rules: list[LuaRule] = []
    findings: list[Finding] = []
    placed = [(path, kinds_of(path)) for path in rule_files]
    for folder in folders:
        below = [one for one in snapshot.paths(folder) if one.endswith(f"/{FILE}")]
        placed += [(one, kinds_of(one, folder)) for one in below]
        if not below:
            said = f"health.rules: {folder} holds no <group>/<kind>/{FILE}"
            findings.append(Finding("no-health-rules", said, Severity.WARNING, file=folder))
    try:
        for path, kinds in placed:
            rules += of_file(snapshot.read(path), path, kinds, findings)
        for path in configs:
            rules += configured(snapshot.read(path), path, findings)
    except SnapshotError as error:
        findings.append(Finding("unreadable-file", str(error)))
    return Customizations.of(rules, findings)


def of_file(data: bytes, path: str, kinds: str, findings: list[Finding]) -> Iterator[LuaRule]:
    """The rule of one `health.lua`."""
    if kinds:
        yield from _checked(LuaRule(kinds, data.decode("utf-8-sig", "replace"), path), findings)


def configured(data: bytes, file: str, findings: list[Finding]) -> Iterator[LuaRule]:
    """The rules of every `argocd-cm` of a file, patches of it too."""
    for one in attempts(data):
        if isinstance(one, YamlError):
            continue  # Discovery tells of it.
        for path, manifest in _configs(one.value):
            values = manifest.get("data")
            if isinstance(values, dict):
                yield from _of_config(values, data, one.line, (*path, "data"), file, findings)


def _configs(
    value: object, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, object]]]:
    if not isinstance(value, dict):
        return
    items = value.get("items")
    if str(value.get("kind")).endswith("List") and isinstance(items, list):
        for at, one in enumerate(items):
            yield from _configs(one, (*path, "items", at))
    metadata = value.get("metadata")
    named = isinstance(metadata, dict) and metadata.get("name") == CONFIG
    if value.get("kind") == "ConfigMap" and named:
        yield path, value


def _of_config(
    values: Mapping[str, object],
    data: bytes,
    start: int,
    path: tuple[str | int, ...],
    file: str,
    findings: list[Finding],
) -> Iterator[LuaRule]:
    for key, source in values.items():
        if not isinstance(source, str) or not key.startswith(PREFIX):
            continue
        line = line_of(data, start, (*path, key))
        if key == PREFIX:
            yield from _of_old_form(source, file, line, findings)
        elif key.startswith(f"{PREFIX}.health."):
            name = key.removeprefix(f"{PREFIX}.health.")
            if not name or name.count("_") > 1:
                said = f"{key}: {PREFIX}.health.<group>_<kind> or .<kind> is expected"
                findings.append(_finding(said, file, line))
                continue
            rule = LuaRule(name.replace("_", "/"), source, file, _above(source, line), True)
            yield from _checked(rule, findings)


def _of_old_form(text: str, file: str, line: int, findings: list[Finding]) -> Iterator[LuaRule]:
    """`<group>/<Kind>: {health.lua: …}` for each, all in one text."""
    try:
        found = load(text)
    except YamlError as error:
        findings.append(_finding(f"{PREFIX}: {error}", file, line + error.line))
        return
    for kinds, one in (found if isinstance(found, dict) else {}).items():
        source = one.get(FILE) if isinstance(one, dict) else None
        if isinstance(source, str) and source:
            at = line + line_of(text.encode(), 1, (kinds, FILE))
            rule = LuaRule(str(kinds), source, file, _above(source, at), True)
            yield from _checked(rule, findings)


def _above(source: str, key_line: int) -> int:
    """A text of several lines begins below its key; one of a single line may stand beside it."""
    return key_line if source.count("\n") else key_line - 1


def _checked(rule: LuaRule, findings: list[Finding]) -> Iterator[LuaRule]:
    if len(rule.source) > LARGEST:
        said = f"the rule for {rule.kinds} is larger than {LARGEST // 1024} KiB and is not used"
    elif rule.pattern and not _is_pattern(rule.kinds):
        said = f"{rule.kinds} is no pattern for a kind"
    else:
        yield rule
        return
    findings.append(_finding(said, rule.file, rule.line + 1))


def _is_pattern(kinds: str) -> bool:
    try:
        shell_matches(kinds, "")
    except BadPattern:
        return False
    return True


def _finding(said: str, file: str, line: int) -> Finding:
    return Finding("broken-health-rule", said, Severity.WARNING, file=file, line=line)
