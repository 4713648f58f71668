"""`.argocd-source.yaml` and `.argocd-source-<application>.yaml`: what a commit lays over a source.

Image updaters write them. Each is merged into the source's options, where the file of the one
application wins; what is rendered, and from where, they cannot change.
https://argo-cd.readthedocs.io/en/stable/user-guide/parameters/#store-overrides-in-git
"""

from __future__ import annotations

import posixpath
from typing import Any

from msgspec.structs import replace

from trunkline.core.kinds.work import SourceWork
from trunkline.core.snapshot import SnapshotError
from trunkline.core.yaml import YamlError, load

_SECTIONS = ("helm", "kustomize", "directory", "plugin")


def applied(work: SourceWork) -> SourceWork:
    """The work with its source's options overridden. Raises RenderError for a broken file."""
    if work.source.chart:
        return work
    sections: Any = {
        name: options for name in _SECTIONS if (options := getattr(work.source, name)) is not None
    }
    for name in (".argocd-source.yaml", f".argocd-source-{work.component.name}.yaml"):
        sections = _merged(sections, _overrides(work, posixpath.join(work.root, name)))
    chosen = {name: sections.get(name) for name in _SECTIONS}
    return replace(work, source=replace(work.source, **chosen))


def _overrides(work: SourceWork, file: str) -> dict[str, Any]:
    if work.snapshot.entry(file) in (None, "directory"):
        return {}
    try:
        document = load(work.snapshot.read(file))
    except YamlError as error:
        raise work.error(f"{file}:{error.line}: {error}") from None
    except SnapshotError as error:
        raise work.error(str(error)) from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise work.error(f"{file}: overrides of a source are a map")
    return {name: document[name] for name in _SECTIONS if name in document}


def _merged(base: Any, over: Any) -> Any:
    """A JSON merge patch (RFC 7386): null removes, lists are replaced."""
    if not isinstance(over, dict):
        return over
    result = dict(base) if isinstance(base, dict) else {}
    for key, value in over.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result
