"""Health rules of the ConfigMap `argocd-cm`, with the lines at which they stand.

`resource.customizations.health.<group>_<kind>` is a rule of its own; the older form holds all of
them in one text under `resource.customizations`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from trunkline.core.argo.fields import Path
from trunkline.core.argo.lua_rule import FILE, LuaRule, checked, finding
from trunkline.core.argo.place import line_of
from trunkline.core.finding import Finding
from trunkline.core.yaml import YamlError, attempts, load

CONFIG = "argocd-cm"
PREFIX = "resource.customizations"
HEALTH = f"{PREFIX}.health."


def may_configure(data: bytes) -> bool:
    """Whether a file can hold an `argocd-cm` with rules, by a look at its bytes."""
    return CONFIG.encode() in data and PREFIX.encode() in data


def configured(data: bytes, file: str, findings: list[Finding]) -> Iterator[LuaRule]:
    """The rules of every `argocd-cm` of a file, patches of it too."""
    for one in attempts(data):
        if isinstance(one, YamlError):
            continue  # Discovery tells of it.
        for path, manifest in _configs(one.value):
            values = manifest.get("data")
            if isinstance(values, dict):
                place = _Place(data, one.line, (*path, "data"), file)
                for key, source in values.items():
                    if isinstance(source, str) and key.startswith(PREFIX):
                        yield from _of_entry(key, source, place, findings)


class _Place(Struct, frozen=True):
    """Where the entries of one ConfigMap stand."""

    data: bytes
    start: int
    path: Path
    file: str

    def line(self, key: str) -> int:
        return line_of(self.data, self.start, (*self.path, key))


def _configs(value: object, path: Path = ()) -> Iterator[tuple[Path, Mapping[str, object]]]:
    """Every `argocd-cm` of a document, those of lists too, with its place in it."""
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


def _of_entry(key: str, source: str, place: _Place, findings: list[Finding]) -> Iterator[LuaRule]:
    if key == PREFIX:
        yield from _of_old_form(source, place.file, place.line(key), findings)
    elif key.startswith(HEALTH):
        name, line = key.removeprefix(HEALTH), place.line(key)
        if not name or name.count("_") > 1:
            said = f"{key}: {HEALTH}<group>_<kind> or {HEALTH}<kind> is expected"
            findings.append(finding(said, place.file, line))
            return
        kinds = name.replace("_", "/")
        yield from checked(LuaRule(kinds, source, place.file, _above(source, line), True), findings)


def _of_old_form(text: str, file: str, line: int, findings: list[Finding]) -> Iterator[LuaRule]:
    """`<group>/<Kind>: {health.lua: …}` for each, all in one text."""
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
