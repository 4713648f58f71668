"""Defaults of the core group, pods and Services apart."""

from __future__ import annotations

import base64
from typing import Any

Json = dict[str, Any]


NAME_LABEL = "kubernetes.io/metadata.name"


def namespace(obj: Json) -> None:
    """Every namespace bears its name as a label (KEP-2161)."""
    name = obj["metadata"].get("name")
    if name:
        obj["metadata"].setdefault("labels", {})[NAME_LABEL] = name


def secret(obj: Json) -> None:
    """`stringData` is for writing only: it ends up in `data` and wins there."""
    obj.setdefault("type", "Opaque")
    for key, text in (obj.pop("stringData", None) or {}).items():
        obj.setdefault("data", {})[key] = base64.b64encode(text.encode()).decode()


def persistent_volume_claim(obj: Json) -> None:
    obj.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")


def persistent_volume(obj: Json) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("volumeMode", "Filesystem")
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    if "hostPath" in spec:
        spec["hostPath"].setdefault("type", "")


def limit_range(obj: Json) -> None:
    """What a container may have at most is its default, and that is what it requests."""
    for one in (obj.get("spec") or {}).get("limits") or ():
        if one.get("type") == "Container":
            most, least = one.get("max") or {}, one.get("min") or {}
            one["default"] = {**most, **(one.get("default") or {})}
            requests = {**least, **one["default"], **(one.get("defaultRequest") or {})}
            one["defaultRequest"] = requests
            for key in ("default", "defaultRequest"):
                if not one[key]:
                    del one[key]
