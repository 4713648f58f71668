"""The git generator's look at a commit: which directories and files its rules pick.

Directories are matched with Go's path.Match; files as `git ls-files` matches its arguments, whose
`*` runs over slashes. In the newer way, where that is switched on, `*` stops at one and `**` does
not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import orjson

from trunkline.core.argo.appset.combine import BadGenerator
from trunkline.core.argo.glob import deep_matches, path_matches, pathspec_matches
from trunkline.core.snapshot import Snapshot
from trunkline.core.yaml import YamlError, documents

Rules = Sequence[Mapping[str, Any]]
_Matches = Callable[[str, str], bool]


@dataclass(slots=True)
class Tree:
    """The paths of one commit. A matrix asks the same for each cluster, so each question is
    answered once. `deep_globs`: files are matched in the newer way."""

    snapshot: Snapshot
    deep_globs: bool = False
    _paths: tuple[str, ...] = field(init=False)
    _folders: tuple[str, ...] = field(init=False)
    _answers: dict[tuple[_Matches, bytes], list[str]] = field(default_factory=dict)
    _contents: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._paths = tuple(self.snapshot.paths())
        folders = {folder for path in self._paths for folder in _above(path)}
        self._folders = tuple(sorted(one for one in folders if not _is_hidden(one)))

    def directories(self, rules: Rules) -> list[str]:
        return self._answer(self._folders, rules, path_matches)

    def files(self, rules: Rules) -> list[str]:
        matches = deep_matches if self.deep_globs else pathspec_matches
        return self._answer(self._paths, rules, matches)

    def contents(self, path: str) -> list[Mapping[str, Any]]:
        """The maps of a YAML or JSON file: one, or a list of them. Raises BadGenerator."""
        if path not in self._contents:
            self._contents[path] = _maps(path, self.snapshot.read(path))
        return self._contents[path]

    def _answer(self, paths: Iterable[str], rules: Rules, matches: _Matches) -> list[str]:
        key = (matches, orjson.dumps(rules))
        if key not in self._answers:
            self._answers[key] = _picked(paths, rules, matches)
        return self._answers[key]


def _maps(path: str, data: bytes) -> list[Mapping[str, Any]]:
    try:
        values = [one.value for one in documents(data)]
    except YamlError as error:
        raise BadGenerator(f"{path}:{error.line}: {error}") from None
    found = list(chain.from_iterable(one if isinstance(one, list) else [one] for one in values))
    if not all(isinstance(one, dict) for one in found):
        raise BadGenerator(f"{path}: a map, or a list of maps, is expected")
    return found


def _picked(paths: Iterable[str], rules: Rules, matches: _Matches) -> list[str]:
    """Those that a rule picks and no rule excludes, in whatever order the rules stand."""
    wanted = [one["path"] for one in rules if not one.get("exclude")]
    unwanted = [one["path"] for one in rules if one.get("exclude")]
    return [
        path
        for path in paths
        if any(matches(rule, path) for rule in wanted)
        and not any(matches(rule, path) for rule in unwanted)
    ]


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: at + 1]) for at in range(len(parts))]


def _is_hidden(folder: str) -> bool:
    return any(part.startswith(".") for part in folder.split("/"))
