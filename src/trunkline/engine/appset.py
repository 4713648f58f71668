"""ApplicationSets: from generators to Applications, in the snapshot under plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.argo.appset.combine import BadGenerator, NotRun, crossed, overlaid, selected
from trunkline.core.argo.appset.files import Tree
from trunkline.core.argo.appset.generators import kind_of, not_run
from trunkline.core.argo.appset.gochart import explained, request
from trunkline.core.argo.appset.params import (
    Params,
    cluster_params,
    file_params,
    flat,
    joined,
    path_params,
)
from trunkline.core.argo.appset.parse import ApplicationSet
from trunkline.core.argo.appset.patch import application, elements, patch, patched
from trunkline.core.argo.appset.templates import (
    BadTemplate,
    merged,
    placed_strings,
    replaced,
    strings_of,
    unique,
    with_strings,
)
from trunkline.core.argo.fields import Path
from trunkline.core.argo.fleet import Fleet
from trunkline.core.argo.glob import BadPattern
from trunkline.core.argo.selector import BadSelector, is_empty, selects
from trunkline.core.manifest import Manifest
from trunkline.core.rendering import RenderError
from trunkline.core.snapshot import SnapshotError
from trunkline.edge.git import GitError
from trunkline.edge.render.renderer import Renderer
from trunkline.engine.sources import SourceError
from trunkline.engine.world import World

# Lists that multiply each other make a thousand million of a few lines.
MOST = 50_000

_REFUSED = (BadGenerator, BadPattern, BadSelector, BadTemplate)
_FAILURES = (*_REFUSED, GitError, SnapshotError, SourceError)


class Failure(Struct, frozen=True):
    """Why a generator gave nothing, and the field of the ApplicationSet that it lies in.

    `line` is how far into that field, for a text of several lines. `expected`: the generator is of
    a kind that is never run, so nothing of it was ever here, and nothing of it is missing.
    """

    message: str
    path: Path
    line: int = 0
    expected: bool = False
    remedy: str = ""


class Expanded(Struct):
    """What a set generates; a generator that fails takes nothing from the others."""

    applications: list[Manifest] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


class Generation:
    """Expands the ApplicationSets of one commit. `fleet` are the clusters known so far."""

    def __init__(self, world: World, renderer: Renderer) -> None:
        self._world = world
        self._renderer = renderer
        self._trees: dict[str, Tree] = {}
        self._made = 0
        self.fleet = Fleet()

    async def expanded(self, one: ApplicationSet) -> Expanded:
        """The Applications of every generator, in their order."""
        found = Expanded()
        for at, generator in enumerate(one.generators):
            try:
                found.applications += await _Expansion(self, one).applications(generator)
            except _FAILURES as error:
                found.failures.append(_failure(error, one, at))
        return found

    def count(self, sets: Sequence[Params]) -> None:
        """Raises BadGenerator where the sets of all generators together are too many."""
        self._made += len(sets)
        if self._made > MOST:
            raise BadGenerator(
                f"the ApplicationSets make more than {MOST:,} sets of parameters together"
            )

    async def tree(self, url: str, revision: str, project: str) -> Tree:
        """The files of a repository at a revision. Raises SourceError, GitError."""
        if self._world.is_own(url):
            snapshot = self._world.at(revision)
        else:
            snapshot = await self._world.other(url, revision, project)
        if snapshot.commit not in self._trees:
            self._trees[snapshot.commit] = Tree(snapshot, self._world.switches.deep_globs)
        return self._trees[snapshot.commit]

    async def rendered(
        self, templates: Sequence[str], sets: Sequence[Params], *, strict: bool
    ) -> list[Sequence[str]]:
        """The answers of Go templates, in their order, for each set; `strict`: a missing key is an
        error. Raises BadTemplate."""
        asked, snapshot = request(templates, sets, strict=strict)
        try:
            rendered = await self._renderer.render(asked, {"": snapshot})
        except RenderError as error:
            raise explained(str(error), templates) from None
        return [one["fields"] for one in rendered.manifests]


class _Expansion:
    """One generator of one ApplicationSet: its parameter sets, depth first, then the template."""

    def __init__(self, generation: Generation, one: ApplicationSet) -> None:
        self._generation = generation
        self._set = one

    async def applications(self, generator: Mapping[str, Any]) -> list[Manifest]:
        template = merged(dict(self._set.template), _own_template(generator))
        sets = await self.sets(generator, {})
        filled = await self._filled(template, sets)
        return [application(self._set, one) for one in await self._patched(filled, sets)]

    async def sets(self, generator: Mapping[str, Any], above: Params) -> list[Params]:
        """The parameter sets of one generator; `above` are those of the matrix around it."""
        kind = kind_of(generator)
        if reason := not_run(kind):
            raise NotRun(reason)
        section = generator[kind] or {}
        selector = generator.get("selector")
        if above:
            selector = await self._filled_once(selector, above)
            if kind not in ("matrix", "merge"):
                section = await self._interpolated(section, above)
        found = await GENERATORS[kind](self, section, above)
        if kind != "matrix":
            self._generation.count(found)
        return selected(found, selector)

    async def list_sets(self, section: Mapping[str, Any], _above: Params) -> list[Params]:
        found = [*(section.get("elements") or ()), *elements(section.get("elementsYaml"))]
        return [dict(one) if self._set.go else dict(flat(one)) for one in found]

    async def cluster_sets(self, section: Mapping[str, Any], above: Params) -> list[Params]:
        fleet, selector = self._generation.fleet, section.get("selector")
        labelled = [(one, fleet.selectable(one)) for one in fleet.clusters]
        chosen = [
            replace(one, server=fleet.server_of(one))
            for one, labels in labelled
            if is_empty(selector) or (labels is not None and selects(selector, labels))
        ]
        sets = [cluster_params(one, self._set.go) for one in chosen]
        sets = await self._with_values(sets, section, above)
        return [{"clusters": sets}] if section.get("flatList") and self._set.go else sets

    async def git_sets(self, section: Mapping[str, Any], above: Params) -> list[Params]:
        url, revision = section.get("repoURL") or "", section.get("revision") or ""
        tree = await self._generation.tree(url, revision, _project(self._set))
        prefix, go = section.get("pathParamPrefix") or "", self._set.go
        if section.get("directories"):
            folders = tree.directories(section["directories"])
            sets = [path_params(one, go, prefix) for one in folders]
        else:
            sets = [
                file_params(one, path, go, prefix)
                for path in tree.files(section["files"])
                for one in tree.contents(path)
            ]
        return await self._with_values(sets, section, above)

    async def matrix_sets(self, section: Mapping[str, Any], above: Params) -> list[Params]:
        first, second = section["generators"]
        found = []
        for one in await self.sets(first, above):
            others = await self.sets(second, joined(above, one))
            found += [crossed(one, other, self._set.go) for other in others]
        return found

    async def merge_sets(self, section: Mapping[str, Any], above: Params) -> list[Params]:
        base, *others = [await self.sets(one, above) for one in section["generators"]]
        return overlaid(base, others, section["mergeKeys"])

    async def _interpolated(self, section: Mapping[str, Any], above: Params) -> Mapping[str, Any]:
        """The section with what the matrix around it knows. `values` may ask for the section's
        own parameters too, and wait for them."""
        now = {key: one for key, one in section.items() if key not in ("values", "template")}
        later = {key: section[key] for key in section.keys() - now.keys()}
        return {**await self._filled_once(now, above), **later}

    async def _with_values(
        self, sets: list[Params], section: Mapping[str, Any], above: Params
    ) -> list[Params]:
        """The generator's own `values`, which are templates over each set."""
        if not section.get("values"):
            return sets
        filled = await self._filled(section["values"], [joined(above, one) for one in sets])
        if self._set.go:
            return [{**one, "values": value} for one, value in zip(sets, filled, strict=True)]
        return [
            {**one, **{f"values.{key}": each for key, each in value.items()}}
            for one, value in zip(sets, filled, strict=True)
        ]

    async def _filled_once(self, value: Any, params: Params) -> Any:
        return (await self._filled(value, [params]))[0]

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
        return await self._generation.rendered(templates, sets, strict=self._set.strict)

    async def _patched(self, filled: list[Any], sets: Sequence[Params]) -> list[Any]:
        template = self._set.patch
        if not template or not filled:
            return filled
        texts = await self._answers([template], sets)
        return [
            patched(one, patch(text, template)) for one, (text,) in zip(filled, texts, strict=True)
        ]


Generator = Callable[[_Expansion, Mapping[str, Any], Params], Awaitable[list[Params]]]

GENERATORS: Mapping[str, Generator] = {
    "list": _Expansion.list_sets,
    "clusters": _Expansion.cluster_sets,
    "git": _Expansion.git_sets,
    "matrix": _Expansion.matrix_sets,
    "merge": _Expansion.merge_sets,
}


def _project(one: ApplicationSet) -> str:
    """The project of all that the set makes, "" where each may have another: such a set gets
    no credential of a project."""
    found = str((one.template.get("spec") or {}).get("project") or "")
    return "" if "{{" in found else found


def _own_template(generator: Mapping[str, Any]) -> Mapping[str, Any]:
    """A generator may bring a template of its own, laid over the set's."""
    kind = kind_of(generator)
    section: Mapping[str, Any] = {} if not_run(kind) else generator[kind] or {}
    found: Mapping[str, Any] = section.get("template") or generator.get("template") or {}
    return found


def _failure(error: Exception, one: ApplicationSet, at: int) -> Failure:
    """The failure at the template that it names, else at its generator."""
    if isinstance(error, BadTemplate) and error.template:
        if error.template == one.patch:
            # A text of several lines begins below its key.
            line = error.line + 1 if "\n" in one.patch else 0
            return Failure(f"templatePatch: {error}", ("spec", "templatePatch"), line)
        whole = {"spec": {"template": one.template, "generators": list(one.generators)}}
        for path, template in placed_strings(whole):
            if template == error.template:
                return Failure(f"{template}: {error}", path)
    place, remedy = ("spec", "generators", at), getattr(error, "remedy", "")
    return Failure(str(error), place, expected=isinstance(error, NotRun), remedy=remedy)
