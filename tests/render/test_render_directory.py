"""Directories of plain manifests: which files are read, what Jsonnet may see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from render_oracle import Files, asked, laid, ours

from gitrepo import GitRepo
from trunkline.core.rendering import RenderError
from trunkline.core.snapshot import FilesSnapshot
from trunkline.edge.git import Repository
from trunkline.edge.render.renderer import Renderer

pytestmark = pytest.mark.asyncio(loop_scope="session")


def manifest(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"


TREE = {
    "app/a.yaml": manifest("a"),
    "app/b.yml": manifest("b") + "---\n" + manifest("b2"),
    "app/c.json": '{"apiVersion": "v1",\n\t"kind": "Service", "metadata": {"name": "c"}}',
    "app/notes.txt": manifest("txt"),
    "app/values.yaml": "replicas: 2\n",
    "app/broken.yaml": "{{ this is no manifest }}: [",
    "app/skipped.yaml": "# +argocd:skip-file-rendering\n" + manifest("skipped"),
    "app/deep/d.yaml": manifest("d"),
    "app/deep/er/e.yaml": manifest("e"),
    "other/o.yaml": manifest("o"),
}

FILES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "the directory itself": ({}, ["a", "b", "b2", "c"]),
    "recurse": ({"recurse": True}, ["a", "b", "b2", "c", "d", "e"]),
    "include": ({"include": "*.yml"}, ["b", "b2"]),
    "include alternatives": ({"include": "{a,c}.*"}, ["a", "c"]),
    "include crosses directories": ({"recurse": True, "include": "deep/*"}, ["d", "e"]),
    "include one letter": ({"include": "?.yaml"}, ["a"]),
    "include a class": ({"include": "[ab].y*ml"}, ["a", "b", "b2"]),
    "exclude": ({"exclude": "b*"}, ["a", "c"]),
    "exclude wins over include": ({"include": "{a,b}.*", "exclude": "b.*"}, ["a"]),
    "exclude a directory": ({"recurse": True, "exclude": "deep/**"}, ["a", "b", "b2", "c"]),
    "disableExtensionFilter": ({"disableExtensionFilter": True, "include": "*.txt"}, ["txt"]),
}


@pytest.mark.parametrize(("section", "names"), FILES.values(), ids=FILES)
async def test_files(renderer: Renderer, section: dict[str, Any], names: list[str]) -> None:
    made = await ours(renderer, TREE, path="app", directory=section)
    assert [one["metadata"]["name"] for one in made] == names


async def test_a_file_alone_is_no_directory(renderer: Renderer) -> None:
    with pytest.raises(RenderError, match=r"app/a\.yaml is a file, a directory is expected"):
        await ours(renderer, TREE, path="app/a.yaml", directory={})


def jsonnet(text: str, **files: str) -> dict[str, str]:
    return {"app/x.jsonnet": text, **files}


NAMED = "{apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'x'}, data: {v: %s}}"

JSONNET: dict[str, tuple[Files, dict[str, Any], Any]] = {
    "an object": (jsonnet(NAMED % "'1'"), {}, "1"),
    "an array": (jsonnet(f"[{NAMED % 1}, {NAMED % 2}]"), {}, 1),
    "extVars": (
        jsonnet(NAMED % "std.extVar('a') + std.extVar('b').c"),
        {
            "extVars": [
                {"name": "a", "value": "$ARGOCD_APP_NAME:"},
                {"name": "b", "value": "{c: 1 + 1}", "code": True},
            ]
        },
        "app:2",
    ),
    "tlas": (
        jsonnet(f"function(a, b) {NAMED % '[a, b]'}"),
        {"tlas": [{"name": "a", "value": "1"}, {"name": "b", "value": "1", "code": True}]},
        ["1", 1],
    ),
    "an import beside it": (
        jsonnet(NAMED % "(import 'lib/one.libsonnet').v")
        | {"app/lib/one.libsonnet": "import 'two.libsonnet'", "app/lib/two.libsonnet": "{v: 3}"},
        {},
        3,
    ),
    "an import above it": (
        jsonnet(NAMED % 'importstr "../shared/note.txt"') | {"shared/note.txt": "hello"},
        {},
        "hello",
    ),
    "libraries, the last one first": (
        jsonnet(NAMED % "import 'k.libsonnet'")
        | {"one/k.libsonnet": "1", "two/k.libsonnet": "import 'm.libsonnet'"}
        | {"one/m.libsonnet": "'one'", "two/m.libsonnet": "'two'"},
        {"libs": ["one", "two"]},
        "two",
    ),
    "from the source's directory": (
        jsonnet(NAMED % "import '../lib/a.libsonnet'")
        | {"lib/a.libsonnet": "import 'deep/b.libsonnet'", "app/deep/b.libsonnet": "7"},
        {},
        7,
    ),
    "bytes": (
        jsonnet(NAMED % "importbin '../two.bin'") | {"two.bin": "ab"}, {}, [97, 98],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "section", "value"), JSONNET.values(), ids=JSONNET)
async def test_jsonnet(
    renderer: Renderer, files: Files, section: dict[str, Any], value: object
) -> None:
    made = await ours(renderer, files, path="app", directory={"jsonnet": section})
    assert made[0]["data"]["v"] == value


async def test_an_import_is_an_input_and_nothing_else_is() -> None:
    files = laid(JSONNET["an import above it"][0])

    def key(**changed: str) -> str:
        snapshot = FilesSnapshot({**files, **changed})
        return asked(snapshot, path="app", directory={}).key

    assert key() != key(**{"shared/note.txt": "changed"})
    assert key() == key(**{"shared/other.txt": "new", "app/readme.md": "new"})


ERRORS: dict[str, tuple[Files, str]] = {
    "broken YAML": ({"app/a.yaml": manifest("a") + "b: [\n"}, r"^app/a\.yaml:5: "),
    "a document of many": (
        {"app/a.yaml": manifest("a") + "---\nb: 1\n"},
        r"^app/a\.yaml:4: .*kind",
    ),
    "broken JSON": ({"app/a.json": '{"a": 1,\n"b"}'}, r"^app/a\.json:2: "),
    "Jsonnet": (jsonnet("{a: 1,\nb: error 'no!'}"), r"no!\n\s*app/x\.jsonnet:2:4"),
    "a Jsonnet import": (jsonnet("import 'no.libsonnet'"), r"no\.libsonnet: no such file"),
    "an import of the machine": (jsonnet("importstr '/etc/passwd'"), "no such file"),
    "an import above the repository": (jsonnet("importstr '../../../etc/passwd'"), "no such file"),
    "an external variable": (jsonnet("std.extVar('nosuch')"), "undefined external variable"),
    "an alias bomb": (
        {
            "app/a.yaml": manifest("a")
            + "data:\n  a0: &a0 [x, x, x, x, x, x, x, x]\n"
            + "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]\n" for n in range(1, 12))
        },
        "aliases make more than",
    ),
    "deep nesting": ({"app/a.yaml": manifest("a") + "data: " + "[" * 100_000}, r"app/a\.yaml"),
}


@pytest.mark.parametrize(("files", "said"), ERRORS.values(), ids=ERRORS)
async def test_errors(renderer: Renderer, files: Files, said: str) -> None:
    with pytest.raises(RenderError, match=said):
        await ours(renderer, files, path="app", directory={})


async def test_an_error_knows_its_file_and_line(renderer: Renderer) -> None:
    with pytest.raises(RenderError) as caught:
        await ours(renderer, ERRORS["broken YAML"][0], path="app", directory={})
    assert (caught.value.place, caught.value.line) == ("app/a.yaml", 5)


async def test_links(renderer: Renderer, tmp_path: Path) -> None:
    repo = GitRepo(tmp_path).write({"app/a.yaml": manifest("a"), "o/b.yaml": manifest("b")})
    repo.link("app/b.yaml", "../o/b.yaml").link("app/nothing.yaml", "../no.yaml")
    repo.link("app/folder.yaml", "../o")
    snapshot = Repository.open(tmp_path).snapshot(repo.commit())
    request = asked(snapshot, path="app", directory={})
    made = await renderer.render(request, {"": snapshot})
    assert [one["metadata"]["name"] for one in made.manifests] == ["a", "b"]


async def test_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path).write({"app/a.yaml": manifest("a")}).link("app/b.yaml", "/etc/passwd")
    snapshot = Repository.open(tmp_path).snapshot(repo.commit())
    with pytest.raises(RenderError, match="points out of the repository"):
        asked(snapshot, path="app", directory={})
