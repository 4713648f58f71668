"""The entries of the ConfigMap `argocd-cm` that count here, and the health rules among them; one
of `argocd-cmd-params-cm`, which holds options of Argo CD's programs, does too.

`resource.customizations.health.<group>_<kind>` is a rule of its own; the older form holds all of
them in one text under `resource.customizations`. What is said of Kustomize is read by
`build_options.py`, of tools by `switches.py`, of differences by `system_ignores.py`, of projects by
`global_projects.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from msgspec import Struct

from trunkline.core.argo.fields import Path
from trunkline.core.argo.lua_rule import FILE, LuaRule, checked, finding
from trunkline.core.argo.place import line_of
from trunkline.core.finding import Finding
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.core.yaml import YamlError, attempts, load

CONFIG = "argocd-cm"
PARAMS = "argocd-cmd-params-cm"
PREFIX = "resource.customizations"
HEALTH = f"{PREFIX}.health."
BUILD_OPTIONS = "kustomize.buildOptions"
GLOBAL_PROJECTS = "globalProjects"
IMPERSONATION = "application.sync.impersonation"
ENABLES = ("helm.enable", "jsonnet.enable", "kustomize.enable")
DEEP_GLOBS = "applicationsetcontroller.enable.new.git.file.globbing"
KUSTOMIZES = (f"{BUILD_OPTIONS}.", "kustomize.path.", "kustomize.version.")
"""What is said of several versions of Kustomize."""

_COUNT = (
    PREFIX,
    BUILD_OPTIONS,
    GLOBAL_PROJECTS,
    IMPERSONATION,
    DEEP_GLOBS,
    *ENABLES,
    *KUSTOMIZES,
)
_TOLD = tuple(one.encode() for one in _COUNT)


class Entry(Struct, frozen=True):
    """One entry of an `argocd-cm`, and where it stands: `start` is the line of `data` at which the
    document begins, `path` leads to the entry in it."""

    key: str
    value: str
    file: str
    data: bytes
    start: int
    path: Path

    @property
    def line(self) -> int:
        return line_of(self.data, self.start, self.path)


def may_configure(data: bytes) -> bool:
    """Whether a file can hold an `argocd-cm` that counts here, by a look at its bytes."""
    named = CONFIG.encode() in data or PARAMS.encode() in data
    return named and any(one in data for one in _TOLD)


def entries(data: bytes, file: str) -> Iterator[Entry]:
    """The entries of every `argocd-cm` of a file, patches of it too."""
    for one in attempts(data):
        if isinstance(one, YamlError):
            continue  # Discovery tells of it.
        for path, manifest in _configs(one.value):
            values = manifest.get("data")
            for key, value in (values if isinstance(values, dict) else {}).items():
                if isinstance(key, str) and isinstance(value, str):
                    yield Entry(key, value, file, data, one.line, (*path, "data", key))


def entries_of(snapshot: Snapshot, paths: Iterable[str]) -> Iterator[Entry]:
    """The entries of files that hold an `argocd-cm`. Of one that cannot be read whoever looks for
    health rules in it tells."""
    for path in paths:
        with suppress(SnapshotError):
            yield from entries(snapshot.read(path), path)


def configured(data: bytes, file: str, findings: list[Finding]) -> Iterator[LuaRule]:
    """The rules of every `argocd-cm` of a file, patches of it too."""
    for one in entries(data, file):
        if one.key == PREFIX:
            yield from _of_old_form(one, findings)
        elif one.key.startswith(HEALTH):
            yield from _of_entry(one, findings)


def _configs(value: object, path: Path = ()) -> Iterator[tuple[Path, Mapping[str, object]]]:
    """Every `argocd-cm` of a document, those of lists too, with its place in it."""
    if not isinstance(value, dict):
        return
    items = value.get("items")
    if str(value.get("kind")).endswith("List") and isinstance(items, list):
        for at, one in enumerate(items):
            yield from _configs(one, (*path, "items", at))
    metadata = value.get("metadata")
    named = isinstance(metadata, dict) and metadata.get("name") in (CONFIG, PARAMS)
    if value.get("kind") == "ConfigMap" and named:
        yield path, value


def _of_entry(entry: Entry, findings: list[Finding]) -> Iterator[LuaRule]:
    name, line = entry.key.removeprefix(HEALTH), entry.line
    if not name or name.count("_") > 1:
        said = f"{entry.key}: {HEALTH}<group>_<kind> or {HEALTH}<kind> is expected"
        findings.append(finding(said, entry.file, line))
        return
    kinds, above = name.replace("_", "/"), _above(entry.value, line)
    yield from checked(LuaRule(kinds, entry.value, entry.file, above, True), findings)


def _of_old_form(entry: Entry, findings: list[Finding]) -> Iterator[LuaRule]:
    """`<group>/<Kind>: {health.lua: …}` for each, all in one text."""
    text, file, line = entry.value, entry.file, entry.line
    try:
        found = load(text)
    except YamlError as error:
        findings.append(finding(f"{PREFIX}: {error}", file, line + error.line))
        return
    for kinds, one in (found if isinstance(found, dict) else {}).items():
        source = one.get(FILE) if isinstance(one, dict) else None
        if isinstance(source, str) and source:
            at = line + line_of(text.encode(), 1, (kinds, FILE))
            yield from checked(LuaRule(kinds, source, file, _above(source, at), True), findings)


def _above(source: str, key_line: int) -> int:
    """A text of several lines begins below its key; one of a single line may stand beside it."""
    return key_line if source.count("\n") else key_line - 1
