"""Differences that the ConfigMap `argocd-cm` ignores for every Application.

`resource.customizations.ignoreDifferences.<group>_<kind>`, `….all` for every kind, or, in the older
form, `ignoreDifferences` of `<group>/<Kind>` in the one text under `resource.customizations`. Each
is a text of its own in YAML, with the lists of an Application's `ignoreDifferences`.
https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/#system-level-configuration
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from trunkline.core.argo.argocd_cm import PREFIX, Entry, entries_of
from trunkline.core.component import IgnoreRule
from trunkline.core.finding import Finding, Severity
from trunkline.core.snapshot import Snapshot
from trunkline.core.yaml import YamlError, load

FIELD = "ignoreDifferences"
ONE = f"{PREFIX}.{FIELD}."
EVERY = "all"

_LISTS = ("jsonPointers", "jqPathExpressions", "managedFieldsManagers")
Kinds = tuple[str, str]
"""Group and kind, each perhaps a pattern."""


class SystemIgnores(Struct, frozen=True):
    """What counts for every component, in the order in which it is said."""

    rules: tuple[IgnoreRule, ...] = ()
    findings: tuple[Finding, ...] = ()


def system_ignores_of(snapshot: Snapshot, configs: Iterable[str]) -> SystemIgnores:
    """What the files that hold an `argocd-cm` say together."""
    rules: list[IgnoreRule] = []
    findings: list[Finding] = []
    for entry in entries_of(snapshot, configs):
        for kinds, text in _texts(entry):
            try:
                rules.append(_rule(kinds, text))
            except ValueError as error:
                findings.append(_finding(entry, str(error)))
    return SystemIgnores(tuple(dict.fromkeys(rules)), tuple(findings))


def _texts(entry: Entry) -> Iterator[tuple[Kinds, object]]:
    if entry.key.startswith(ONE):
        name = entry.key.removeprefix(ONE)
        group, _, kind = name.rpartition("_")
        yield ("*", "*") if name == EVERY else (group, kind), entry.value
    elif entry.key == PREFIX:
        yield from _of_old_form(entry.value)


def _of_old_form(text: str) -> Iterator[tuple[Kinds, object]]:
    """Whoever looks for health rules in the same text tells of one that cannot be read."""
    try:
        found = load(text)
    except YamlError:
        return
    for name, one in (found if isinstance(found, dict) else {}).items():
        if isinstance(one, dict) and one.get(FIELD):
            group, _, kind = str(name).rpartition("/")
            yield (group, kind), one[FIELD]


def _rule(kinds: Kinds, text: object) -> IgnoreRule:
    """Raises ValueError with what is wrong."""
    if not isinstance(text, str):
        raise ValueError("a text in YAML is expected")
    found = load(text)
    if not isinstance(found, dict):
        raise ValueError(f"a map is expected, with {', '.join(_LISTS)}")
    if unknown := [str(key) for key in found if key not in _LISTS]:
        raise ValueError(f"{', '.join(unknown)}: not known, only {', '.join(_LISTS)}")
    return IgnoreRule(*kinds, "", "", *(_list(found, name) for name in _LISTS))


def _list(found: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = found.get(name) or ()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{name}: a list of texts is expected")
    return tuple(value)


def _finding(entry: Entry, said: str) -> Finding:
    message = f"{entry.key}: {said}"
    return Finding("ignored-differences", message, Severity.WARNING, entry.file, entry.line)
