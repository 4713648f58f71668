"""One source rendered by Trunkline, and by the programs whose output it must equal."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

from msgspec.structs import replace

from trunkline.core.component import Component, Destination, Source
from trunkline.core.kinds import SourceWork, request
from trunkline.core.manifest import Manifest
from trunkline.core.rendering import Capabilities, Rendered, RenderRequest
from trunkline.core.snapshot import FilesSnapshot, Snapshot
from trunkline.core.yaml import documents, dump
from trunkline.edge.render.renderer import Renderer

Files = Mapping[str, str]

CAPABILITIES = Capabilities("v1.36.3")


def laid(files: Files) -> dict[str, str]:
    """The files as a test writes them: indented texts, and a Chart.yaml where one is missing."""
    found = {path: dedent(text).lstrip("\n") for path, text in files.items()}
    if any(path.startswith("chart/") for path in found):
        found.setdefault("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.2.3\n")
    return found


def asked(
    snapshot: Snapshot,
    *,
    path: str = "chart",
    name: str = "app",
    capabilities: Capabilities = CAPABILITIES,
    refs: Mapping[str, tuple[str, str]] | None = None,
    others: Mapping[str, Snapshot] | None = None,
    loads_anywhere: bool = False,
    **sections: Mapping[str, Any],
) -> RenderRequest:
    """The request of an Application whose source has these sections (`helm=`, `kustomize=`…)."""
    source = Source(repo_url="https://git.example.com/shop.git", path=path, **sections)
    component = Component(name, name, destination=Destination(namespace="shop"), sources=(source,))
    snapshots = {"": snapshot, **(others or {})}
    work = SourceWork(component, source, snapshots, "", refs or {}, capabilities)
    return request(component, source, replace(work, loads_anywhere=loads_anywhere))


async def rendered(renderer: Renderer, files: Files, **options: Any) -> Rendered:
    snapshot = FilesSnapshot(laid(files))
    return await renderer.render(asked(snapshot, **options), {"": snapshot})


async def ours(renderer: Renderer, files: Files, **options: Any) -> list[Manifest]:
    return list((await rendered(renderer, files, **options)).manifests)


def written(folder: Path, files: Files) -> Path:
    for path, text in laid(files).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return folder


def helm_template(
    helm: Path, folder: Path, section: Mapping[str, Any], *, name: str = "app"
) -> list[Manifest]:
    """What helm prints for the flags that Argo CD makes of a `helm` section."""
    said = printed([str(helm), "template", *flags(folder, section, name)], folder / "chart")
    return [one.value for one in documents(said)]


def flags(folder: Path, section: Mapping[str, Any], name: str) -> list[str]:
    found = [str(section.get("releaseName", name)), ".", "--kube-version", "v1.36.3"]
    found += ["--namespace", str(section.get("namespace", "shop"))]
    found += [] if section.get("skipCrds") else ["--include-crds"]
    found += ["--skip-tests"] if section.get("skipTests") else []
    found += ["--skip-schema-validation"] if section.get("skipSchemaValidation") else []
    for version in section.get("apiVersions", ()):
        found += ["--api-versions", version]
    for file in section.get("valueFiles", ()):
        found += ["--values", file]
    inline = section.get("valuesObject", section.get("values"))
    if inline is not None:
        file = folder / "inline.yaml"
        file.write_text(inline if isinstance(inline, str) else dump(inline))
        found += ["--values", str(file)]
    for one in section.get("parameters", ()):
        value = one["value"]
        if not value.startswith("{"):
            value = value.replace(",", "\\,")
        flag = "--set-string" if one.get("forceString") else "--set"
        found += [flag, f"{one['name']}={value}"]
    for one in section.get("fileParameters", ()):
        found += ["--set-file", f"{one['name']}={one['path']}"]
    return found


def printed(command: Sequence[str], folder: Path) -> bytes:
    done = subprocess.run(command, cwd=folder, env={"HOME": str(folder)}, capture_output=True)
    if done.returncode:
        raise AssertionError(f"{command[:2]} failed: {done.stderr.decode()}")
    return done.stdout


def by_place(manifests: Sequence[Manifest]) -> list[str]:
    """Manifests as sorted text: what differs is readable, the order does not count."""
    return sorted(dump(one) for one in manifests)
