"""What `kustomize edit set image` makes of a kustomization's images.

An image is `[name=]new[:tag][@digest]`; a part that is `*` stays as it is.
https://kubectl.docs.kubernetes.io/references/kustomize/cmd/edit/set/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trunkline.core.rendering import RenderError

KEPT = "*"
_PARTS = ("newName", "newTag", "digest")


def set_images(
    there: Iterable[Mapping[str, Any]], wanted: Iterable[object]
) -> list[dict[str, Any]]:
    """The entries of `images`, in the order of their names: renames may follow each other."""
    found: dict[str, dict[str, Any]] = {str(one.get("name")): dict(one) for one in there}
    for text in wanted:
        entry = image(str(text))
        found[entry["name"]] = _kept(entry, found.get(entry["name"], {}))
    return [found[name] for name in sorted(found)]


def image(text: str) -> dict[str, str]:
    """One image as an entry. Raises RenderError for one that says nothing."""
    name, equals, new = text.partition("=")
    if not equals:
        name, new = "", text
    rest, at, digest = new.partition("@")
    tag, colon = "", ""
    if ":" in rest.rsplit("/", 1)[-1]:
        rest, colon, tag = rest.rpartition(":")
    if not (equals or at or colon):
        raise RenderError(f"kustomize.images: {text} has no new name, tag or digest")
    entry = {"name": name or rest}
    said = {"newName": rest if equals else "", "newTag": tag, "digest": digest}
    return entry | {part: value for part, value in said.items() if value}


def _kept(entry: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = dict(entry)
    for part in _PARTS:
        if found.get(part) == KEPT:
            found[part] = before.get(part, "")
            if not found[part]:
                del found[part]
    return found
