"""The charts and kustomizations of a directory."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from bench.parity.tries import tries
from trunkline.core.kinds.kustomization import FILES
from trunkline.core.yaml import YamlError, dump, load


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to render: a chart with values, or a kustomization. `path` is from the root."""

    id: str
    path: str
    helm: Mapping[str, Any] | None = None
    values: str = ""


@dataclass(slots=True)
class Found:
    """`skipped` says for each path why it is not tried; `local` depend on `file://` charts."""

    cases: list[Case] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    local: list[str] = field(default_factory=list)
    charts: int = 0
    kustomizations: int = 0


def find(root: Path, matching: str = "*") -> Found:
    """The cases below the root whose paths match.

    Charts that name a chart of the same tree get a copy of it.
    """
    found = Found()
    charts = {folder: _metadata(folder) for folder in _folders(root, ("Chart.yaml",))}
    siblings = {str(data.get("name")): folder for folder, data in charts.items()}
    for folder, data in sorted(charts.items()):
        path = folder.relative_to(root).as_posix()
        if not fnmatch(path, matching):
            continue
        if reason := _unfit(data) or _vendored(folder, data, siblings, ()):
            found.skipped[path] = reason
            continue
        found.charts += 1
        repositories = [str(one.get("repository", "")) for one in _listed(folder, data)]
        if any(one.startswith("file://") for one in repositories):
            found.local.append(path)
        for values, helm in tries(folder):
            found.cases.append(Case(f"case-{len(found.cases)}", path, helm, values))
    for folder in sorted(_folders(root, FILES)):
        path = folder.relative_to(root).as_posix()
        if not fnmatch(path, matching):
            continue
        found.kustomizations += 1
        found.cases.append(Case(f"case-{len(found.cases)}", path))
    return found


def _folders(root: Path, names: tuple[str, ...]) -> set[Path]:
    """The folders that hold such a file; charts inside of a chart belong to it."""
    found = {path.parent for name in names for path in root.rglob(name) if path.is_file()}
    if "Chart.yaml" not in names:
        return found
    return {one for one in found if not (found & set(one.parents)) or one.parent.name != "charts"}


def _metadata(folder: Path) -> dict[str, Any]:
    try:
        data = load((folder / "Chart.yaml").read_bytes())
    except YamlError:
        return {}
    return data if isinstance(data, dict) else {}


def _unfit(data: Mapping[str, Any]) -> str:
    if not data.get("name"):
        return "Chart.yaml is a template or broken"
    return "a library chart" if data.get("type") == "library" else ""


def _vendored(
    folder: Path, data: Mapping[str, Any], siblings: Mapping[str, Path], above: tuple[Path, ...]
) -> str:
    """Copy what the chart depends on from beside it; why that cannot be done, else "".

    An empty chart stands for what may be switched off and is not here: most charts are whole
    without.
    """
    for one in _listed(folder, data):
        name = str(one.get("name"))
        there = [*folder.glob(f"charts/{name}"), *folder.glob(f"charts/{name}-[0-9]*.tgz")]
        if there or str(one.get("repository", "")).startswith("file://"):
            continue
        sibling = siblings.get(name)
        if sibling is None or sibling in (*above, folder):
            if not (one.get("condition") or one.get("tags")):
                return f"its dependency {name} is not in the tree"
            _stand_in(folder / "charts" / name, name, str(one.get("version", "")))
            continue
        reason = _vendored(sibling, _metadata(sibling), siblings, (*above, folder))
        if reason:
            return reason
        shutil.copytree(sibling, folder / "charts" / name, symlinks=True)
    return ""


def _stand_in(folder: Path, name: str, wanted: str) -> None:
    """An empty chart of a version that fits: `~1.2.x` is met by 1.2.0."""
    numbers = [*re.findall(r"\d+", wanted.partition("-")[0].split("||")[0])[:3], "0", "0", "0"]
    folder.mkdir(parents=True)
    metadata = {"apiVersion": "v2", "name": name, "version": ".".join(numbers[:3])}
    (folder / "Chart.yaml").write_text(dump(metadata))


def _listed(folder: Path, data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    old = folder / "requirements.yaml"
    whole = data if data.get("dependencies") or not old.exists() else load(old.read_bytes())
    return [one for one in (whole or {}).get("dependencies") or () if isinstance(one, dict)]
