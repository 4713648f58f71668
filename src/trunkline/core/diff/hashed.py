"""ConfigMaps and Secrets whose name ends in a hash of their content.

Kustomize's generators write `settings-5m8gfk2hbt`, so that a changed content restarts the pods
that use it. To a reviewer that is one changed ConfigMap, not one deleted and one created and a
new name in every Deployment.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from trunkline.core.manifest import Manifest, Ref

# Ten letters of the alphabet into which kustomize maps the digits of its hash.
_HASHED = re.compile(r"(.+)-[2456789bcdfghkmt]{10}")
_KINDS = ("ConfigMap", "Secret")


def renamed(removed: Iterable[Ref], added: Iterable[Ref]) -> dict[Ref, Ref]:
    """Each removed ref and the added one that replaces it, where that is beyond doubt."""
    olds, news = _by_stem(removed), _by_stem(added)
    return {
        olds[stem][0]: news[stem][0]
        for stem in sorted(olds.keys() & news.keys())
        if len(olds[stem]) == len(news[stem]) == 1
    }


def _by_stem(refs: Iterable[Ref]) -> dict[tuple[str, str, str], list[Ref]]:
    found: dict[tuple[str, str, str], list[Ref]] = defaultdict(list)
    for ref in refs:
        match = _HASHED.fullmatch(ref.name)
        if match and ref.kind in _KINDS and not ref.group:
            found[ref.kind, ref.namespace, match[1]].append(ref)
    return found


def with_names(manifest: Manifest, names: dict[str, str]) -> Manifest:
    """The object with these names exchanged, where a whole value is one. Unchanged if none is."""
    exchanged: Manifest = _exchanged(manifest, names)
    return exchanged


def mentioned(manifest: Any, names: Iterable[str]) -> list[str]:
    """Which of these names are a value somewhere in the object."""
    found: set[str] = set()
    wanted = frozenset(names)
    stack = [manifest]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += value.values()
        elif isinstance(value, list):
            stack += value
        elif isinstance(value, str) and value in wanted:
            found.add(value)
    return sorted(found)


def _exchanged(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_exchanged(one, names) for one in value]
    if isinstance(value, dict):
        return {key: _exchanged(one, names) for key, one in value.items()}
    return value
