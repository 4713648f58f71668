"""Charts that a kustomization inflates: `helmCharts`, its older form, and generators of that kind.

Kustomize runs `helm template` on a chart that lies in its chart home, and would pull one that does
not. A render has no network, so the chart has to lie there, or is fetched and laid there before;
it is an input like any base.
https://kubectl.docs.kubernetes.io/references/kustomize/builtins/#_helmchartinflationgenerator_
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.kinds.work import Need, SourceWork
from trunkline.core.rendering import RenderError
from trunkline.core.sources.chart import Inflated, Wanted
from trunkline.core.yaml import YamlError, load

_GENERATOR = "HelmChartInflationGenerator"


class Inflation(Struct, frozen=True):
    """A chart and its values files, as paths from the kustomization's directory. `wanted`: where
    it comes from, None for one that can only lie there.
    """

    chart: str
    values: tuple[str, ...]
    wanted: Wanted | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        return self.chart, *self.values


def inflations(work: SourceWork, document: Mapping[str, Any], directory: str) -> list[Inflation]:
    """The charts that a kustomization inflates."""
    return [*_declared(document), *_generators(work, document, directory)]


def missing_charts(
    work: SourceWork, charts: Iterable[Inflation], directory: str
) -> dict[Need, RenderError]:
    """Those that do not lie where Kustomize looks, and how one says so.

    Raises RenderError for one that comes from nowhere.
    """
    found: dict[Need, RenderError] = {}
    for one in charts:
        place = work.inside(one.chart, "helmCharts", base=directory)
        if work.snapshot.entry(work.followed(place, place)) == "directory":
            continue
        error = work.error(
            f"{directory}: the chart {place} does not exist, and a render has no network",
            remedy=f"run `helm pull --untar --untardir {posixpath.dirname(place)}` and commit "
            "what it brings",
        )
        if one.wanted is None:
            raise error
        wanted = replace(one.wanted, project=work.component.project)
        found[Inflated(wanted, place)] = error
    return found


def _declared(document: Mapping[str, Any]) -> Iterator[Inflation]:
    home = _map(document.get("helmGlobals")).get("chartHome")
    for one in document.get("helmCharts") or ():
        yield _inflation(_map(one), home)
    for old in map(_map, document.get("helmChartInflationGenerator") or ()):
        renamed = {
            "name": old.get("chartName"),
            "version": old.get("chartVersion"),
            "repo": old.get("chartRepoUrl"),
            "valuesFile": old.get("values"),
        }
        yield _inflation(renamed, old.get("chartHome"))


def _generators(
    work: SourceWork, document: Mapping[str, Any], directory: str
) -> Iterator[Inflation]:
    """A generator is a file, or YAML in the kustomization itself."""
    for one in document.get("generators") or ():
        text: str | bytes = str(one)
        if "\n" not in str(one):
            path = work.inside(str(one), "generators", base=directory)
            if work.snapshot.entry(path) != "file":
                continue
            text = work.snapshot.read(path)
        try:
            generator = _map(load(text))
        except YamlError:
            continue  # Kustomize says what is wrong with it.
        if generator.get("kind") == _GENERATOR:
            yield _inflation(generator, generator.get("chartHome"))


def _inflation(chart: Mapping[str, Any], home: object) -> Inflation:
    """Where Kustomize looks: a chart of a repository has its version in the folder's name."""
    name, version = str(chart.get("name") or ""), chart.get("version")
    repository = str(chart.get("repo") or "")
    wanted = Wanted(repository, name, str(version or "")) if repository else None
    folder = f"{name}-{version}" if version and chart.get("repo") else ""
    more = chart.get("additionalValuesFiles")
    files = [chart.get("valuesFile"), *(more if isinstance(more, list) else ())]
    return Inflation(
        posixpath.join(str(home or "charts"), folder, name),
        tuple(str(one) for one in files if one),
        wanted,
    )


def _map(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
