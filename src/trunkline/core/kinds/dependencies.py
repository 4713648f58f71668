"""What a chart of the repository depends on: which charts lie in it, beside it, elsewhere.

What is vendored below `charts/` is used as it is. The rest is what `helm dependency build` would
fetch: the exact versions of the lock, if its digest fits Chart.yaml, else what Chart.yaml allows.
https://helm.sh/docs/helm/helm_dependency/
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from msgspec import Struct, field

from trunkline.core.kinds.work import SourceWork, text_of
from trunkline.core.rendering import RenderError
from trunkline.core.sources.chart import Wanted
from trunkline.core.yaml import YamlError, load

# Charts of the first format keep both in files of their own.
FILES = (("Chart.yaml", "Chart.lock"), ("requirements.yaml", "requirements.lock"))

_ARCHIVE = re.compile(r"(?P<name>.+?)-v?\d[^/]*\.tgz")
# Go's encoder escapes these, and the lock's digest is one of its texts.
_ESCAPED = {letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}

# The fields of Helm's type in its order; all but two are left out when they are empty.
_TEXTS = ("name", "version", "repository", "condition", "alias")
_ORDER = (*_TEXTS[:4], "tags", "enabled", "import-values", "alias")


class Elsewhere(Struct, frozen=True):
    """A chart to fetch, and the folder of the render that its archive belongs into."""

    folder: str
    wanted: Wanted


class Parts(Struct):
    """`local` are charts of this repository by the places in the render that they belong to."""

    local: dict[str, str] = field(default_factory=dict)
    elsewhere: list[Elsewhere] = field(default_factory=list)


def parts(work: SourceWork, chart: str, at: str) -> Parts:
    """All that the chart needs and does not hold, to any depth. Raises RenderError."""
    found = Parts()
    _collect(work, chart, at, (), found)
    return found


def absent(work: SourceWork, charts: Sequence[Elsewhere]) -> RenderError:
    """What is said where nobody fetches: as Helm does, in the chart's own name."""
    name = text_of(_document(work, posixpath.join(work.root, "Chart.yaml")), "name")
    names = ", ".join(dict.fromkeys(one.wanted.name for one in charts))
    return work.error(
        f"{name}: {names} is named in Chart.yaml but not found in charts/",
        remedy="run `helm dependency build` in the chart's directory and commit its charts/",
    )


def _collect(work: SourceWork, chart: str, at: str, above: tuple[str, ...], found: Parts) -> None:
    if chart in above:
        raise work.error(f"charts depend on each other: {' -> '.join([*above, chart])}")
    for listed, lock in FILES:
        missing = _missing(work, chart, listed)
        for one in missing:
            repository, name = text_of(one, "repository"), text_of(one, "name")
            if repository.startswith("file://"):
                path = work.inside(repository.removeprefix("file://"), f"{chart}: {name}", chart)
                inner = f"{at}/charts/{name}"
                found.local[inner] = path
                _collect(work, path, inner, (*above, chart), found)
        remote = [one for one in missing if _is_remote(one)]
        if remote:
            known = _locked(work, chart, listed, lock)
            found.elsewhere += [_elsewhere(work, one, known, f"{at}/charts") for one in remote]


def _is_remote(one: Mapping[str, Any]) -> bool:
    """One without a repository can only be vendored: whoever renders it says that it is missing."""
    repository = text_of(one, "repository")
    return bool(repository) and not repository.startswith("file://")


def _elsewhere(
    work: SourceWork, one: Mapping[str, Any], locked: Mapping[str, str], folder: str
) -> Elsewhere:
    name = text_of(one, "name")
    version = locked.get(name) or text_of(one, "version")
    passed = bool((work.source.helm or {}).get("passCredentials"))
    project = work.component.project
    wanted = Wanted(text_of(one, "repository"), name, version, project, passed)
    return Elsewhere(folder, wanted)


def _missing(work: SourceWork, chart: str, file: str) -> list[dict[str, Any]]:
    """The dependencies that a chart's file lists and its `charts/` does not hold."""
    named = _dependencies(work, posixpath.join(chart, file))
    if not named:
        return []
    there = _vendored(work, posixpath.join(chart, "charts"))
    return [one for one in named if text_of(one, "name") not in there]


def _dependencies(work: SourceWork, file: str) -> list[dict[str, Any]]:
    """Those that a chart's file lists. Raises RenderError."""
    listed = work.list_in(file, _document(work, file), "dependencies")
    return [one for one in listed if isinstance(one, dict)]


def _vendored(work: SourceWork, folder: str) -> set[str]:
    """The names of the charts below `charts/`: folders, and archives beside them."""
    found = set()
    for path in work.snapshot.paths(folder) if work.snapshot.entry(folder) else ():
        first, _, rest = posixpath.relpath(path, folder).partition("/")
        archive = _ARCHIVE.fullmatch(first)
        if rest == "Chart.yaml":
            found |= {first, text_of(_document(work, path), "name")}
        elif not rest and work.snapshot.entry(path) == "link":
            found.add(first)  # A link to a chart's folder.
        elif not rest and archive:
            found.add(archive["name"])
    return found


def _locked(work: SourceWork, chart: str, listed: str, lock: str) -> dict[str, str]:
    """The exact versions of a lock by name, {} without one. Raises RenderError for a stale one."""
    file = posixpath.join(chart, lock)
    if work.snapshot.entry(file) is None:
        return {}
    document = _document(work, file)
    locked = _dependencies(work, file)
    wanted = _dependencies(work, posixpath.join(chart, listed))
    digests = {digest(wanted, locked, work.aliases)}
    if listed != "Chart.yaml":
        digests.add(_older_digest(wanted))
    if document.get("digest") not in digests:
        raise work.error(
            f"{file} is out of sync with {listed}: its digest is that of other dependencies",
            remedy="run `helm dependency update` in the chart's directory and commit the lock",
        )
    return {text_of(one, "name"): text_of(one, "version") for one in locked}


def digest(
    wanted: Sequence[Mapping[str, Any]],
    locked: Sequence[Mapping[str, Any]],
    aliases: Mapping[str, str],
) -> str:
    """The digest that Helm writes into a lock (internal/resolver.HashReq)."""
    named = [_named(one, aliases) for one in wanted]
    return _sha256([[_ordered(one) for one in named], [_ordered(one) for one in locked]])


def _older_digest(wanted: Sequence[Mapping[str, Any]]) -> str:
    """The digest of a lock that Helm 2 wrote."""
    return _sha256({"dependencies": [_ordered(one) for one in wanted]})


def _named(one: Mapping[str, Any], aliases: Mapping[str, str]) -> Mapping[str, Any]:
    """With the URL that `@name` and `alias:name` stand for, if it is known."""
    repository = text_of(one, "repository")
    return {**one, "repository": aliases.get(repository, repository)}


def _ordered(one: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: text_of(one, key) if key in _TEXTS else one.get(key) for key in _ORDER}
    return {key: found[key] for key in _ORDER if found[key] or key in ("name", "repository")}


def _sha256(value: Any) -> str:
    text = orjson.dumps(value).decode()
    for letter, escaped in _ESCAPED.items():
        text = text.replace(letter, escaped)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _document(work: SourceWork, file: str) -> dict[str, Any]:
    """A chart's file as a map, {} where there is none. Raises RenderError: no YAML."""
    try:
        found = _loaded(work.snapshot.read(file)) if work.snapshot.entry(file) else None
    except YamlError as error:
        raise work.error(f"{file}:{error.line}: {error}") from None
    return found if isinstance(found, dict) else {}


@lru_cache(maxsize=1_000)
def _loaded(data: bytes) -> Any:
    """A thousand applications share a few charts."""
    return load(data)
