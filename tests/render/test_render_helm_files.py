"""Which files make up a chart: `.helmignore`, local dependencies, links, archives."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from render_oracle import asked, by_place, helm_template, laid, ours, printed, written

from gitrepo import GitRepo
from trunkline.core.snapshot import FilesSnapshot
from trunkline.edge.git import Repository
from trunkline.edge.render.renderer import Renderer

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"

# Every file that a rule of the table may leave out, each seen in the output.
TREE = {
    **{
        f"chart/templates/{name}": MAP.format(name=name.replace("/", "-").replace(".", "-"))
        for name in ("a.yaml", "b.yaml", "ab.yaml", "deep/a.yaml", "deep/c.yaml", ".hidden.yaml")
    },
    "chart/templates/files.yaml": MAP.format(name="files")
    + "data:\n{{ range $path, $_ := .Files.Glob `**` }}  {{ $path }}: x\n{{ end }}",
    "chart/notes.txt": "x",
    "chart/docs/a.md": "x",
    "chart/docs/deep/b.md": "x",
    "chart/crds/a.yaml": "apiVersion: x/v1\nkind: CRD\nmetadata: {name: crd}\n",
}

RULES = {
    "nothing": "",
    "a comment": "# a.yaml\n\n",
    "a name, everywhere": "a.yaml",
    "a name, anchored": "/notes.txt",
    "a path": "templates/deep/a.yaml",
    "a star": "*.txt",
    "a star crosses no slash": "docs/*",
    "a directory": "docs/",
    "a directory's rule leaves files": "notes.txt/",
    "a question mark": "templates/?.yaml",
    "a class": "templates/[ab].yaml",
    "a negated class": "templates/[^a].yaml",
    "an escaped star": r"\*.txt",
    "a range": "[m-z]otes.txt",
    "an exclamation mark ignores all else": "!*.yaml",
    "crds": "crds/",
    "spaces around": "  docs/  ",
    "templates": "templates/deep",
}


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
async def test_helmignore(
    renderer: Renderer, helm_binary: Path, tmp_path: Path, rules: str
) -> None:
    files = {**TREE, "chart/.helmignore": rules}
    written(tmp_path, files)
    expected = by_place(helm_template(helm_binary, tmp_path, {}))
    assert by_place(await ours(renderer, files, helm={})) == expected


def packed(name: str, files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


HEAD = "apiVersion: v2\nname: shop\nversion: 1.2.3\n"
SIZE = MAP.format(name="{{ .Chart.Name }}") + "data: {size: {{ .Values.size | quote }}}\n"
DATABASE = {
    "Chart.yaml": "apiVersion: v2\nname: db\nversion: 0.1.0\n",
    "values.yaml": "size: 1\n",
    "templates/db.yaml": SIZE,
    "templates/secret.yaml": MAP.format(name="ignored"),
    ".helmignore": "secret.yaml\n",
}


async def test_archives_below_charts(renderer: Renderer, helm_binary: Path, tmp_path: Path) -> None:
    files: dict[str, Any] = {
        "chart/Chart.yaml": HEAD + "dependencies: [{name: db, version: 0.1.0, alias: main}]\n",
        "chart/values.yaml": "main: {size: 7}\n",
    }
    archive = packed("db", DATABASE)
    written(tmp_path, files)
    (tmp_path / "chart/charts").mkdir()
    (tmp_path / "chart/charts/db-0.1.0.tgz").write_bytes(archive)
    snapshot = FilesSnapshot({**files, "chart/charts/db-0.1.0.tgz": archive})
    made = await renderer.render(asked(snapshot, helm={}), {"": snapshot})
    assert by_place(made.manifests) == by_place(helm_template(helm_binary, tmp_path, {}))


LOCAL = {
    "chart/Chart.yaml": HEAD
    + "dependencies:\n"
    + "  - {name: db, version: 0.1.0, repository: file://../db}\n"
    + "  - {name: db, version: 0.1.0, repository: file://../db, alias: second}\n",
    "chart/values.yaml": "db: {size: 7}\n",
    **{f"db/{path}": text for path, text in DATABASE.items()},
}


async def test_local_dependencies_as_helm_builds_them(
    renderer: Renderer, helm_binary: Path, tmp_path: Path
) -> None:
    written(tmp_path, LOCAL)
    printed([str(helm_binary), "dependency", "build", "."], tmp_path / "chart")
    expected = helm_template(helm_binary, tmp_path, {})
    assert len(expected) == 2
    assert by_place(await ours(renderer, LOCAL, helm={})) == by_place(expected)


async def test_local_dependencies_of_old_charts(renderer: Renderer) -> None:
    files = {
        **LOCAL,
        "chart/Chart.yaml": "apiVersion: v1\nname: shop\nversion: 1.2.3\n",
        "chart/requirements.yaml": LOCAL["chart/Chart.yaml"].removeprefix(HEAD),
    }
    assert await ours(renderer, files, helm={}) == await ours(renderer, LOCAL, helm={})


async def test_a_local_dependency_is_part_of_the_key() -> None:
    one = FilesSnapshot(laid(LOCAL))
    other = FilesSnapshot({**laid(LOCAL), "db/values.yaml": "size: 2\n"})
    assert asked(one, helm={}).key != asked(other, helm={}).key


async def test_what_lies_beside_the_chart_is_not_part_of_the_key() -> None:
    one = FilesSnapshot(laid(LOCAL))
    other = FilesSnapshot({**laid(LOCAL), "README.md": "x", "other/x.yaml": "y"})
    assert asked(one, helm={}).key == asked(other, helm={}).key


async def test_links_inside_the_repository(renderer: Renderer, tmp_path: Path) -> None:
    repo = GitRepo(tmp_path).write(
        {
            "shared/templates/one.yaml": MAP.format(name="one"),
            "shared/two.yaml": MAP.format(name="two"),
            "chart/Chart.yaml": HEAD,
            "chart/files/v1/x.txt": "x",
            "chart/templates/three.yaml": MAP.format(name="three")
            + 'data: {x: {{ .Files.Get "files/latest/x.txt" }}}\n',
        }
    )
    repo.link("chart/templates/more", "../../shared/templates")
    repo.link("chart/templates/two.yaml", "../../shared/two.yaml")
    repo.link("chart/files/latest", "v1")
    repo.link("shown", "chart")
    snapshot = Repository.open(tmp_path).snapshot(repo.commit())
    made = await renderer.render(asked(snapshot, path="shown", helm={}), {"": snapshot})
    names = [one["metadata"]["name"] for one in made.manifests]
    assert names == ["one", "three", "two"]
    assert made.manifests[1]["data"] == {"x": "x"}


async def test_a_byte_order_mark_is_no_text(renderer: Renderer) -> None:
    files = {"chart/templates/a.yaml": "\ufeff" + MAP.format(name="a")}
    assert [one["metadata"]["name"] for one in await ours(renderer, files, helm={})] == ["a"]
