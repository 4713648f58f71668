"""`trunkline.yaml`: the little that no file of the ecosystem can say. Every key is optional.

The file is part of a commit, so a pull request can change it: nothing in it names a program to
run, or a place on this machine to write to.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from trunkline.core.argo.place import line_of
from trunkline.core.component import Cluster, Origin
from trunkline.core.depends import Said
from trunkline.core.yaml import YamlError, load
from trunkline.settings.section import Mistaken, checked, schema_of
from trunkline.settings.values import ClusterSettings, Settings, SettingsError


def load_settings(data: bytes | None, file: str) -> Settings:
    """The settings of a file's bytes, the defaults for None. Raises SettingsError."""
    if data is None:
        return Settings()
    try:
        value = load(data)
    except YamlError as error:
        raise SettingsError(f"{file}:{error.line}: {error}") from None
    if value is None:
        return Settings()
    if not isinstance(value, dict):
        raise SettingsError(f"{file}:1: a map of settings is expected")
    try:
        found = checked(Settings, value, data, file)
    except Mistaken as error:
        raise SettingsError(str(error)) from None
    _check_names(found, data, file)
    return found


def clusters_of(settings: Settings, file: str) -> tuple[Cluster, ...]:
    """The clusters that the settings declare, in their order."""
    return tuple(
        Cluster(
            one.name,
            one.server,
            labels=one.labels,
            annotations=one.annotations,
            access=_access(one),
            kube_version=_version(one.kube_version),
            api_versions=one.api_versions,
            origin=Origin(file),
            project=one.project,
        )
        for one in settings.clusters
    )


def with_defaults(cluster: Cluster, settings: Settings) -> Cluster:
    """The cluster with the defaults for what nobody says of it."""
    return replace(
        cluster,
        kube_version=cluster.kube_version or _version(settings.defaults.kube_version),
        api_versions=cluster.api_versions or settings.defaults.api_versions,
    )


def waits_said(settings: Settings) -> list[Said]:
    """What units are said to wait for, and clusters to be made by."""
    waits = [
        Said(("infra", "units", at, "dependsOn", number), one.strip("/"))
        for at, unit in enumerate(settings.infra.units)
        for number, one in enumerate(unit.depends_on)
    ]
    made = [
        Said(("clusters", at, "unit"), one.unit.strip("/"), application=False)
        for at, one in enumerate(settings.clusters)
        if one.unit
    ]
    return [*waits, *made]


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors."""
    return schema_of(Settings)


def _access(one: ClusterSettings) -> dict[str, Any]:
    if one.in_cluster:
        return {"inCluster": True}
    if one.unit:
        return {"unit": one.unit.strip("/")}
    said = {"kubeconfig": one.kubeconfig, "context": one.context}
    return {key: value for key, value in said.items() if value}


def _version(text: str) -> str:
    return f"v{text.removeprefix('v')}" if text else ""


def _check_names(settings: Settings, data: bytes, file: str) -> None:
    seen: set[str] = set()
    for at, one in enumerate(settings.clusters):
        if one.name in seen:
            line = line_of(data, 1, ("clusters", at, "name"))
            raise SettingsError(f"{file}:{line}: clusters[{at}].name: {one.name} is there twice")
        seen.add(one.name)
    if settings.meta_cluster and settings.meta_cluster not in seen and seen:
        line = line_of(data, 1, ("metaCluster",))
        known = ", ".join(sorted(seen))
        raise SettingsError(
            f"{file}:{line}: metaCluster: no cluster is called {settings.meta_cluster} "
            f"(known: {known})"
        )
