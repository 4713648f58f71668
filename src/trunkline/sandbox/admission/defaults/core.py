"""Defaults of the core group, pods and Services apart."""

from __future__ import annotations

import base64
from typing import Any

Json = dict[str, Any]

NAME_LABEL = "kubernetes.io/metadata.name"


def namespace(obj: Json) -> None:
    meta = obj["metadata"]
    if meta.get("name"):
        meta.setdefault("labels", {})[NAME_LABEL] = meta["name"]
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])


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
