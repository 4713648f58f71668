"""ApplicationSets: from generators to Applications, in the snapshot under plan."""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from trunkline.core.argo.appset.combine import BadGenerator, overlaid, selected
from trunkline.core.argo.appset.gochart import NO_VALUE, request
from trunkline.core.argo.appset.params import (
    Params,
    cluster_params,
    flat,
    joined,
    path_params,
)
from trunkline.core.argo.appset.parse import ApplicationSet
from trunkline.core.argo.appset.templates import (
    merged,
    replaced,
    strings_of,
    unique,
    with_strings,
)
from trunkline.core.argo.fleet import Fleet, selectable_labels
from trunkline.core.argo.glob import deep_matches, path_matches
from trunkline.core.argo.selector import BadSelector, is_empty, selects
from trunkline.core.manifest import Manifest
from trunkline.core.rendering import RenderError
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.core.yaml import YamlError, documents, load
from trunkline.edge.render import Renderer
from trunkline.engine.world import World

FINALIZER = "resources-finalizer.argocd.argoproj.io"

NEEDS_A_FORGE = ("pullRequest", "scmProvider")
NOT_RUN = ("plugin", "clusterDecisionResource")


class Generation:
    """Expands the ApplicationSets of one commit."""

    def __init__(self, world: World, fleet: Fleet, renderer: Renderer) -> None:
        self._world = world
        self._fleet = fleet
        self._renderer = renderer

    async def applications(self, one: ApplicationSet) -> list[Manifest]:
        """The Applications that the set generates. Raises BadGenerator, RenderError."""
        try:
            return await _Expansion(one, self._world, self._fleet, self._renderer).applications()
        except (BadSelector, SnapshotError) as error:
            raise BadGenerator(str(error)) from None


class _Expansion:
    """One ApplicationSet: its generators, depth first, then its template."""

    def __init__(self, one: ApplicationSet, world: World, fleet: Fleet, renderer: Renderer) -> None:
        self._set = one
        self._world = world
        self._fleet = fleet
        self._renderer = renderer

    async def applications(self) -> list[Manifest]:
        found = []
        for one in self._set.generators:
            template = merged(dict(self._set.template), _own_template(one))
            sets = await self._sets(one, {})
            filled = await self._filled(template, sets)
            found += await self._patched(filled, sets)
        return [self._application(one) for one in found]

    async def _sets(self, generator: Mapping[str, Any], above: Params) -> list[Params]:
        """The parameter sets of one generator; `above` are those of the matrix around it."""
        kinds = [key for key in generator if key not in ("selector", "template")]
        if len(kinds) != 1:
            raise BadGenerator(f"a generator has one kind, this one has {kinds or 'none'}")
        kind = kinds[0]
        if kind in NEEDS_A_FORGE:
            raise BadGenerator(f"the {kind} generator needs a connection to the forge")
        if kind in NOT_RUN or kind not in GENERATORS:
            raise BadGenerator(f"the {kind} generator is not one that Trunkline runs")
        section = generator[kind] or {}
        if above and kind not in ("matrix", "merge"):
            section = (await self._filled(section, [above]))[0]
        found = await GENERATORS[kind](self, section, above)
        return selected(found, generator.get("selector"))

    async def _list(self, section: Mapping[str, Any], _above: Params) -> list[Params]:
        elements = list(section.get("elements") or ())
        if text := section.get("elementsYaml"):
            elements += load(str(text)) or []
        if not all(isinstance(one, dict) for one in elements):
            raise BadGenerator("list: each element is a map")
        return [dict(one) if self._set.go else _flat_list(one) for one in elements]

    async def _clusters(self, section: Mapping[str, Any], _above: Params) -> list[Params]:
        selector = section.get("selector")
        chosen = [
            one
            for one in self._fleet.clusters
            if is_empty(selector) or selects(selector, selectable_labels(one))
        ]
        sets = [cluster_params(one, self._set.go) for one in chosen]
        return await self._with_values(sets, section)

    async def _git(self, section: Mapping[str, Any], _above: Params) -> list[Params]:
        snapshot = self._snapshot(section)
        prefix = str(section.get("pathParamPrefix") or "")
        if section.get("directories"):
            paths = _directories(snapshot, section["directories"])
            sets = [path_params(one, self._set.go, prefix) for one in paths]
        elif section.get("files"):
            sets = [
                self._of_file(one, path, prefix)
                for path in _files(snapshot, section["files"])
                for one in _contents(snapshot, path)
            ]
        else:
            raise BadGenerator("git needs directories or files")
        return await self._with_values(sets, section)

    async def _matrix(self, section: Mapping[str, Any], above: Params) -> list[Params]:
        parts = list(section.get("generators") or ())
        if len(parts) != 2:
            raise BadGenerator(f"matrix takes two generators, not {len(parts)}")
        found = []
        for one in await self._sets(parts[0], above):
            others = await self._sets(parts[1], joined(above, one))
            found += [joined(one, other) for other in others]
        return found

    async def _merge(self, section: Mapping[str, Any], above: Params) -> list[Params]:
        parts = list(section.get("generators") or ())
        if len(parts) < 2:
            raise BadGenerator("merge takes two generators or more")
        base, *others = [await self._sets(one, above) for one in parts]
        return overlaid(base, others, section.get("mergeKeys") or ())

    def _of_file(self, content: Mapping[str, Any], path: str, prefix: str) -> Params:
        folder, file = posixpath.split(path)
        said = path_params(folder, self._set.go, prefix, file)
        own = dict(content) if self._set.go else dict(flat(content))
        return joined(own, said)

    def _snapshot(self, section: Mapping[str, Any]) -> Snapshot:
        url, revision = str(section.get("repoURL") or ""), str(section.get("revision") or "")
        if not self._world.is_own(url):
            raise BadGenerator(f"git: {url} is another repository")
        return self._world.at(revision)

    async def _with_values(self, sets: list[Params], section: Mapping[str, Any]) -> list[Params]:
        """The generator's own `values`, which are templates over each set."""
        if not section.get("values"):
            return sets
        filled = await self._filled(section["values"], sets)
        if self._set.go:
            return [{**one, "values": value} for one, value in zip(sets, filled, strict=True)]
        return [
            {**one, **{f"values.{key}": each for key, each in value.items()}}
            for one, value in zip(sets, filled, strict=True)
        ]

    async def _filled(self, value: Any, sets: Sequence[Params]) -> list[Any]:
        """The value for each parameter set, its templates rendered."""
        templates = unique(strings_of(value))
        if not templates or not sets:
            return [value for _ in sets]
        answers = await self._answers(templates, sets)
        return [with_strings(value, dict(zip(templates, one, strict=True))) for one in answers]

    async def _answers(
        self, templates: Sequence[str], sets: Sequence[Params]
    ) -> list[Sequence[str]]:
        if not self._set.go:
            return [[replaced(one, params) for one in templates] for params in sets]
        asked, snapshot = request(templates, sets)
        rendered = await self._renderer.render(asked, {"": snapshot})
        answers = [one["fields"] for one in rendered.manifests]
        if self._set.strict:
            _check_complete(templates, answers)
        return answers

    async def _patched(self, applications: list[Any], sets: Sequence[Params]) -> list[Any]:
        if not self._set.patch or not applications:
            return applications
        patches = await self._answers([self._set.patch], sets)
        try:
            return [
                merged(one, load(patch) or {})
                for one, (patch,) in zip(applications, patches, strict=True)
            ]
        except YamlError as error:
            raise BadGenerator(f"templatePatch, line {error.line}: {error}") from None

    def _application(self, filled: Mapping[str, Any]) -> Manifest:
        metadata = dict(filled.get("metadata") or {})
        metadata["namespace"] = self._set.namespace
        if not self._set.preserve and not metadata.get("finalizers"):
            # The controller deletes what a deleted ApplicationSet's Applications made.
            metadata["finalizers"] = [FINALIZER]
        return {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": metadata,
            "spec": filled.get("spec") or {},
        }


Generator = Callable[[_Expansion, Mapping[str, Any], Params], Awaitable[list[Params]]]

GENERATORS: Mapping[str, Generator] = {
    "list": _Expansion._list,
    "clusters": _Expansion._clusters,
    "git": _Expansion._git,
    "matrix": _Expansion._matrix,
    "merge": _Expansion._merge,
}


def _own_template(generator: Mapping[str, Any]) -> Mapping[str, Any]:
    """A generator may bring a template of its own, laid over the set's."""
    for key, section in generator.items():
        if key != "selector" and isinstance(section, dict) and section.get("template"):
            found: Mapping[str, Any] = section["template"]
            return found
    return {}


def _flat_list(element: Mapping[str, Any]) -> Params:
    """In the older language an element's values are strings, its `values` map is flattened."""
    return dict(flat(element))


def _directories(snapshot: Snapshot, rules: Sequence[Mapping[str, Any]]) -> list[str]:
    wanted = [str(one.get("path", "")) for one in rules if not one.get("exclude")]
    unwanted = [str(one.get("path", "")) for one in rules if one.get("exclude")]
    folders = {
        folder
        for path in snapshot.paths()
        for folder in _above(path)
        if not any(part.startswith(".") for part in folder.split("/"))
    }
    return sorted(
        one
        for one in folders
        if any(path_matches(rule, one) for rule in wanted)
        and not any(path_matches(rule, one) for rule in unwanted)
    )


def _above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[: at + 1]) for at in range(len(parts))]


def _files(snapshot: Snapshot, rules: Sequence[Mapping[str, Any]]) -> list[str]:
    wanted = [str(one.get("path", "")) for one in rules if not one.get("exclude")]
    unwanted = [str(one.get("path", "")) for one in rules if one.get("exclude")]
    return [
        path
        for path in snapshot.paths()
        if any(deep_matches(rule, path) for rule in wanted)
        and not any(deep_matches(rule, path) for rule in unwanted)
    ]


def _contents(snapshot: Snapshot, path: str) -> list[Mapping[str, Any]]:
    """The maps of a file: one, or a list of them."""
    try:
        values = [one.value for one in documents(snapshot.read(path))]
    except YamlError as error:
        raise BadGenerator(f"{path}:{error.line}: {error}") from None
    found = list(chain.from_iterable(one if isinstance(one, list) else [one] for one in values))
    if not all(isinstance(one, dict) for one in found):
        raise BadGenerator(f"{path}: a map, or a list of maps, is expected")
    return found


def _check_complete(templates: Sequence[str], answers: Sequence[Sequence[str]]) -> None:
    """missingkey=error: what a template prints for a missing key is not let through."""
    for one in answers:
        for template, answer in zip(templates, one, strict=True):
            if NO_VALUE in answer and NO_VALUE not in template:
                raise RenderError(f"{template}: a key is missing (missingkey=error)")
