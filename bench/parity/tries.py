"""The values that each chart is tried with: what its users would set, read from its own files.

Its defaults; the values files that it brings, for tests and as examples; its switches all on, all
off, and each turned by itself; objects that exist already named; another cluster, older and with
more kinds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trunkline.core.yaml import YamlError, load

MOST_VALUES_FILES = 25
MOST_SWITCHES = 12

Try = tuple[str, dict[str, Any]]
"""What is tried, in words, and as an Application's `spec.source.helm`."""

OTHER_CLUSTER = {
    "kubeVersion": "1.27.16",
    "apiVersions": [
        "autoscaling/v2",
        "autoscaling.k8s.io/v1",
        "cert-manager.io/v1",
        "external-secrets.io/v1",
        "gateway.networking.k8s.io/v1",
        "monitoring.coreos.com/v1",
        "monitoring.coreos.com/v1/ServiceMonitor",
        "networking.istio.io/v1",
        "policy/v1",
        "route.openshift.io/v1",
        "security.openshift.io/v1",
        "traefik.io/v1alpha1",
    ],
}

_SWITCHES = ("enabled", "create")
_REPLICAS = ("replicas", "replicaCount")
_GIVEN = "given"


def tries(folder: Path) -> Iterator[Try]:
    yield "defaults", {}
    names = [one.relative_to(folder).as_posix() for one in _values_files(folder)]
    for name in names[:MOST_VALUES_FILES]:
        yield name, {"valueFiles": [name]}
    # Many charts refuse their defaults; what they test themselves with is complete.
    ground = {"valueFiles": names[:1]} if names[:1] and names[0].startswith("ci/") else {}
    yield "another cluster", ground | OTHER_CLUSTER
    try:
        values = load((folder / "values.yaml").read_bytes())
    except (YamlError, OSError):
        return
    for words, changed in (
        ("all switches on", _switches(values, True)),
        ("all switches off", _switches(values, False)),
        ("what exists already is named", _named(values)),
        ("three replicas", _replicated(values)),
    ):
        if changed:
            yield words, ground | {"valuesObject": changed}
    for words, helm in _single(values):
        yield words, ground | helm


def _values_files(folder: Path) -> list[Path]:
    found = {
        *folder.glob("ci/*.y*ml"),
        *folder.glob("*values*.y*ml"),
        *folder.glob("examples/**/*values*.y*ml"),
    }
    return [one for one in sorted(found) if one != folder / "values.yaml"]


def _single(values: Any) -> Iterator[Try]:
    """Each switch turned alone, as a parameter; the outermost first, for there are many."""
    found = sorted(_paths(values), key=lambda one: (one[0].count("."), one[0]))
    for path, is_on in found[:MOST_SWITCHES]:
        value = "false" if is_on else "true"
        yield f"{path}={value}", {"parameters": [{"name": path, "value": value}]}


def _paths(values: Any, above: str = "") -> Iterator[tuple[str, bool]]:
    for key, value in values.items() if isinstance(values, dict) else ():
        path = above + str(key).replace(".", "\\.")
        if isinstance(value, bool) and key in _SWITCHES:
            yield path, value
        yield from _paths(value, f"{path}.")


def _switches(values: Any, on: bool) -> dict[str, Any]:
    return _changed(values, lambda key, value: isinstance(value, bool) and key in _SWITCHES, on)


def _replicated(values: Any) -> dict[str, Any]:
    return _changed(values, lambda key, value: type(value) is int and key in _REPLICAS, 3)


def _named(values: Any) -> dict[str, Any]:
    """Values that name a Secret, a claim, a ConfigMap wherever one may be given."""
    return _changed(values, lambda key, value: value == "" and key.startswith("existing"), _GIVEN)


def _changed(values: Any, chosen: Any, to: Any) -> dict[str, Any]:
    """Values with only the chosen keys, at any depth, set."""
    found: dict[str, Any] = {}
    for key, value in values.items() if isinstance(values, dict) else ():
        if isinstance(key, str) and chosen(key, value):
            found[key] = to
        elif below := _changed(value, chosen, to):
            found[key] = below
    return found
