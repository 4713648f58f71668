"""Where two renders of the same inputs differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.manifest import Manifest, Ref

Path = tuple[str | int, ...]

NOTHING = object()

Differing = tuple[int, Path, Any]
"""The number of an object in its render, a path in it, and what another render gave there."""


class Leaf(Struct, frozen=True):
    """A value made anew: `value` is what is rendered, `other` what another render gave."""

    ref: Ref
    path: Path
    value: Any
    other: Any

    @property
    def names(self) -> bool:
        """Whether it is the object's own name that changes."""
        return self.path == ("metadata", "name")


def differing(first: Sequence[Manifest], second: Sequence[Manifest]) -> list[Differing] | None:
    """The differences of two renders; None where they do not even have the same objects."""
    if [_kind(one) for one in first] != [_kind(one) for one in second]:
        return None
    return [
        (number, path, other)
        for number, pair in enumerate(zip(first, second, strict=True))
        for path, other in _differences(*pair, ())
    ]


def leaves_of(
    rendered: Sequence[Manifest], places: Iterable[Differing], settled: Sequence[Manifest]
) -> Iterator[Leaf]:
    """The leaves in the objects that a render was settled into: lists opened, namespaces set."""
    for number, path, other in places:
        manifest = rendered[number]
        while path[0] == "items" and "items" in manifest and isinstance(path[1], int):
            manifest, path = manifest["items"][path[1]], path[2:]
        value = at(manifest, path)
        for one in settled:
            if _same_object(one, manifest) and at(one, path) == value:
                yield Leaf(Ref.of(one), path, value, other)
                break


def at(value: Any, path: Path) -> Any:
    """What stands at the path. NOTHING where there is no such place."""
    try:
        for step in path:
            value = value[step]
    except (KeyError, IndexError, TypeError):
        return NOTHING
    return value


def told(leaves: Iterable[Leaf], most: int = 3) -> str:
    """The first few, as a sentence holds them; never a value."""
    spelled = [f"{one.ref}: {'.'.join(map(str, one.path))}" for one in leaves]
    more = f" and {len(spelled) - most} more" if len(spelled) > most else ""
    return "; ".join(spelled[:most]) + more


def _same_object(settled: Manifest, rendered: Manifest) -> bool:
    one, other = Ref.of(settled), Ref.of(rendered)
    return replace(one, namespace="") == replace(other, namespace="") and (
        other.namespace in ("", one.namespace)
    )


def _kind(manifest: Any) -> object:
    return (manifest.get("apiVersion"), manifest.get("kind")) if isinstance(manifest, dict) else 0


def shuffled(one: list[Any], other: list[Any]) -> bool:
    """Whether both hold the same items: `keys` and `values` of a map come in any order."""
    return sorted(map(repr, one)) == sorted(map(repr, other))


def _aligned(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and (one == other or not shuffled(one, other))


def _differences(one: Any, other: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if (
        isinstance(one, dict)
        and isinstance(other, dict)
        and (one.keys() == other.keys() or not path)
    ):
        for key, value in one.items():
            yield from _differences(value, other.get(key), (*path, key))
    elif isinstance(one, list) and isinstance(other, list) and _aligned(one, other):
        for number, value in enumerate(one):
            yield from _differences(value, other[number], (*path, number))
    elif one != other:
        yield path, other
