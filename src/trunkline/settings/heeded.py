"""Whose word counts where a change from outside is planned: for each setting, and for clusters.

The settings of the base count: a change from outside must not say by what limits, with which
programs and under whose policy it is looked at. What a commit says of its clusters is content, as
its Applications are, and counts for itself; how they are reached is not, and nobody goes there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import Any

from msgspec.structs import fields, replace

from trunkline.core.argo.fields import Path, spelled
from trunkline.core.argo.place import line_of
from trunkline.core.component import Cluster
from trunkline.core.finding import Finding, Severity
from trunkline.settings.file import load_settings
from trunkline.settings.section import Section
from trunkline.settings.values import ClusterSettings, InfraSettings, Settings, SettingsError


class Trust(Enum):
    """By whose settings commits are looked at; all but OWN are for commits from outside."""

    OWN = auto()
    BASE = auto()
    NOBODY = auto()


CONTENT = ("clusters", "meta_cluster")
ACCESS = ("context", "kubeconfig", "in_cluster", "unit")


def with_content_of(settings: Settings, own: Settings) -> Settings:
    """The settings, with what a commit's own say of itself."""
    said = _named(own, "", *CONTENT)
    return settings if said == _named(settings, "", *CONTENT) else replace(settings, **said)


def reachable(contexts: Sequence[Cluster], settings: Settings, trust: Trust) -> tuple[Cluster, ...]:
    """The contexts of this machine's kubeconfig whose names and addresses may be shown: to a change
    from outside those that the base names; all where it declares no cluster, for then that is how
    this repository has its clusters.
    """
    if trust is Trust.NOBODY:
        return ()
    named = {one.context or one.name for one in settings.clusters if trust is Trust.BASE}
    return tuple(one for one in contexts if not named or one.name in named)


def without_powers(settings: Settings) -> Settings:
    """What a change from outside says of itself, where there is no base that says the rest."""
    return replace(
        Settings(infra=replace(InfraSettings(), **_named(settings.infra, "include exclude units"))),
        **_named(settings, "repository discovery defaults", *CONTENT),
    )


def unheeded(settings: Settings, data: bytes | None, file: str) -> list[Finding]:
    """What a change from outside says in its settings file, and does not count beside these."""
    try:
        own = load_settings(data, file)
    except SettingsError as error:
        return [Finding("settings", line, file=file) for line in str(error).splitlines()]
    keys = [*_differing(settings, own), *_ways(settings, own)]
    if not keys:
        return []
    return [
        Finding(
            "settings-unheeded",
            f"{', '.join(map(spelled, keys))}: of a change from outside this does not count, it is "
            "planned by the settings of the base",
            Severity.WARNING,
            file=file,
            line=line_of(data or b"", 1, keys[0]),
            remedy="review it by hand; it counts from the merge on",
        )
    ]


def _named(section: Section, words: str, *names: str) -> dict[str, Any]:
    return {name: getattr(section, name) for name in (*words.split(), *names)}


def _differing(settings: Section, own: Section, above: Path = ()) -> Iterator[Path]:
    for one in fields(settings):
        known, said = getattr(settings, one.name), getattr(own, one.name)
        if known == said or (not above and one.name in CONTENT):
            continue
        key = (*above, one.encode_name)
        if isinstance(known, Section):
            yield from _differing(known, said, key)
        else:
            yield key


def _ways(settings: Settings, own: Settings) -> Iterator[Path]:
    """How clusters are reached, where that is another way."""
    known = {one.name: _way(one) for one in settings.clusters}
    names = {one.name: one.encode_name for one in fields(ClusterSettings)}
    for at, one in enumerate(own.clusters):
        for name, said in _way(one).items():
            if said != known.get(one.name, _way(ClusterSettings(one.name)))[name]:
                yield "clusters", at, names[name]


def _way(one: ClusterSettings) -> dict[str, Any]:
    return _named(one, "", *ACCESS)
