"""Kustomizations that read files outside of their own directory, where that is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from render_oracle import Files, asked, laid, ours, printed, written

from trunkline.core.rendering import RenderError
from trunkline.core.snapshot import FilesSnapshot
from trunkline.core.yaml import documents
from trunkline.edge.render import tool_kustomize
from trunkline.edge.render.pool import kubectl_program
from trunkline.edge.render.renderer import Renderer

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {at: here}\n"
MORE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {more: there}\n"
SWAP = """\
source: {kind: ConfigMap, name: web, fieldPath: metadata.name}
targets: [{select: {kind: ConfigMap}, fieldPaths: [data.name], options: {create: true}}]
"""
SHARED = {
    "shared/web.yaml": MAP,
    "shared/more.yaml": MORE,
    "shared/json.yaml": "- {op: add, path: /data/json, value: patched}\n",
    "shared/swap.yaml": SWAP,
    "shared/note.txt": "hello\n",
    "shared/some.env": "A=1\n",
    "shared/names.yaml": "namePrefix: [{path: metadata/name, kind: ConfigMap}]\n",
    "shared/labels.yaml": "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: x}\n"
    "labels: {team: red}\nfieldSpecs: [{path: metadata/labels, create: true}]\n",
}
WEB = "resources: [../../shared/web.yaml]\n"

OUTSIDE: dict[str, str] = {
    "resources": WEB,
    "patches": f"{WEB}patches: [{{path: ../../shared/more.yaml}}]\n",
    "old patches": f"{WEB}patchesStrategicMerge: [../../shared/more.yaml]\n"
    "patchesJson6902: [{target: {version: v1, kind: ConfigMap, name: web},"
    " path: ../../shared/json.yaml}]\n",
    "replacements": f"{WEB}replacements: [{{path: ../../shared/swap.yaml}}]\n",
    "generators' files": "configMapGenerator: [{name: a, files: [note=../../shared/note.txt],"
    " envs: [../../shared/some.env]}]\n",
    "secrets' files": "secretGenerator: [{name: a, files: [../../shared/note.txt]}]\n",
    "configurations": f"{WEB}namePrefix: x-\nconfigurations: [../../shared/names.yaml]\n",
    "transformers": f"{WEB}transformers: [../../shared/labels.yaml]\n",
}


def files(kustomization: str) -> dict[str, str]:
    return {**SHARED, "apps/eu/kustomization.yaml": kustomization}


def kustomized(folder: Path, there: Files) -> list[Any]:
    written(folder, there)
    flags = ("--load-restrictor", "LoadRestrictionsNone")
    said = printed([kubectl_program(), "kustomize", *flags, "apps/eu"], folder)
    return [one.value for one in documents(said)]


@pytest.mark.usefixtures("landlock")
@pytest.mark.parametrize("what", OUTSIDE)
async def test_as_kubectl_kustomize_without_restrictions(
    renderer: Renderer, tmp_path: Path, what: str
) -> None:
    there = files(OUTSIDE[what])
    made = await ours(renderer, there, path="apps/eu", loads_anywhere=True)
    assert made == kustomized(tmp_path, there)


@pytest.mark.usefixtures("landlock")
async def test_the_applications_patches_may_lie_outside_too(
    renderer: Renderer, tmp_path: Path
) -> None:
    section = {"patches": [{"path": "../../shared/more.yaml"}]}
    expected = kustomized(tmp_path, files(OUTSIDE["patches"]))
    made = await ours(renderer, files(WEB), path="apps/eu", loads_anywhere=True, kustomize=section)
    assert made == expected


@pytest.mark.parametrize("section", [{}, {"loadRestrictor": "LoadRestrictionsNone"}])
async def test_without_the_option_they_are_refused(
    renderer: Renderer, section: dict[str, str]
) -> None:
    with pytest.raises(RenderError, match="is not in or below") as caught:
        await ours(renderer, files(WEB), path="apps/eu", kustomize=section)
    assert "set kustomize.loadRestrictor: LoadRestrictionsNone" in caught.value.remedy


@pytest.mark.usefixtures("landlock")
@pytest.mark.parametrize(
    "name", ["../../../other.yaml", "/etc/hostname", "/proc/self/environ", "../../../../etc/hosts"]
)
async def test_nothing_outside_of_the_repository_is_read(renderer: Renderer, name: str) -> None:
    """Neither named in a kustomization, nor in what only Kustomize reads."""
    generator = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\n"
    inner = {"apps/eu/made.yaml": f"{generator}name: a\nfiles: [{name}]\n"}
    for there in (
        files(f"configMapGenerator: [{{name: a, files: [{name}]}}]\n"),
        files("generators: [made.yaml]\n") | inner,
    ):
        with pytest.raises(RenderError):
            await ours(renderer, there, path="apps/eu", loads_anywhere=True)


async def test_what_is_read_is_in_the_key() -> None:
    """And nothing else of that folder."""

    def key(**more: str) -> str:
        there = FilesSnapshot(laid({**files(WEB), **more}))
        return asked(there, path="apps/eu", loads_anywhere=True).key

    assert key() != key(**{"shared/web.yaml": MAP.replace("here", "there")})
    assert key() == key(**{"shared/more.yaml": "", "shared/other.yaml": MAP})


async def test_the_option_is_in_the_key() -> None:
    there = FilesSnapshot(laid(files(WEB)))
    assert asked(there, path="apps/eu").key != asked(there, path="apps/eu", loads_anywhere=True).key


async def test_it_is_refused_where_nothing_shuts_kustomize_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There Kustomize itself could read whatever its user can."""
    monkeypatch.setattr(tool_kustomize, "_program", None)
    monkeypatch.setattr(tool_kustomize, "_shut_in", True)
    tool_kustomize.prepare(Path(kubectl_program()), tmp_path, shut_in=False)
    options = asked(FilesSnapshot(laid(files(WEB))), path="apps/eu", loads_anywhere=True).options
    there = {f"tree/{path}": text.encode() for path, text in files(WEB).items()}
    with pytest.raises(RenderError, match="cannot keep Kustomize from") as caught:
        tool_kustomize.render(options, there)
    assert "LoadRestrictionsRootOnly in trunkline.yaml" in caught.value.remedy
