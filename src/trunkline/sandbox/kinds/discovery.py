"""Discovery documents, in the plain form and in the aggregated one (KEP-3352)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trunkline.sandbox.kinds.registry import GIT_VERSION, Registry
from trunkline.sandbox.kinds.resource import Resource

Json = dict[str, Any]


def version() -> Json:
    major, minor, _ = GIT_VERSION.removeprefix("v").split(".")
    return {
        "major": major,
        "minor": minor,
        "emulationMajor": major,
        "emulationMinor": minor,
        "minCompatibilityMajor": major,
        "minCompatibilityMinor": str(int(minor) - 1),
        "gitVersion": GIT_VERSION,
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "",
        "goVersion": "",
        "compiler": "",
        "platform": "sandbox",
    }


def api_versions() -> Json:
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def api_groups(registry: Registry) -> Json:
    groups = [
        api_group(name, list(versions)) for name, versions in registry.served().items() if name
    ]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def api_group(name: str, versions: list[str]) -> Json:
    entries = [{"groupVersion": f"{name}/{one}", "version": one} for one in versions]
    return {"name": name, "versions": entries, "preferredVersion": entries[0]}


def api_resources(group_version: str, resources: Iterable[Resource]) -> Json:
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": [entry for one in resources for entry in one.as_discovered()],
    }


def aggregated(registry: Registry, *, core: bool) -> Json:
    """Every group, version and resource in one answer: of the core group, or of all others."""
    items = [
        {
            "metadata": {"name": group, "creationTimestamp": None} if group else {},
            "versions": [_version(name, found) for name, found in versions.items()],
        }
        for group, versions in registry.served().items()
        if core == (not group)
    ]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def _version(name: str, resources: Iterable[Resource]) -> Json:
    return {
        "version": name,
        "resources": [_aggregated(one) for one in resources],
        "freshness": "Current",
    }


def _aggregated(one: Resource) -> Json:
    entry, *subresources = one.as_discovered()
    found = {
        "resource": one.plural,
        "responseKind": _kind(one, entry),
        "scope": "Namespaced" if one.namespaced else "Cluster",
        "singularResource": one.singular,
        "verbs": entry["verbs"],
        "shortNames": entry.get("shortNames", []),
        "categories": entry.get("categories", []),
    }
    if subresources:
        found["subresources"] = [
            {
                "subresource": sub["name"].partition("/")[2],
                "responseKind": _kind(one, sub),
                "verbs": sub["verbs"],
            }
            for sub in subresources
        ]
    return found


def _kind(one: Resource, entry: Json) -> Json:
    group, version = entry.get("group", one.group), entry.get("version", one.version)
    return {"group": group, "version": version, "kind": entry["kind"]}
