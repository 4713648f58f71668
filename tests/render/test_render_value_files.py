"""Which files `valueFiles` stands for and in which order, and what a changed link changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from render_oracle import asked

from gitrepo import GitRepo
from trunkline.core.rendering import RenderError, RenderRequest
from trunkline.core.snapshot import FilesSnapshot
from trunkline.edge.git import Repository

TREE = {
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "chart/values/20-eu.yaml": "",
    "chart/values/10-base.yaml": "",
    "chart/values/zone/a.yaml": "",
    "chart/values/notes.txt": "",
    "chart/app.yaml": "",
    "shared/all.yaml": "",
}

OTHER = {"envs/eu/b.yaml": "", "envs/eu/a.yaml": "", "envs/us/a.yaml": ""}


def read(request: RenderRequest) -> list[str]:
    """The values files in their order, those of the other repository with its name."""
    found = [one for one in request.inputs if one.at.startswith("values/")]
    return [f"{one.repository}:{one.path}" if one.repository else one.path for one in found]


CASES: dict[str, tuple[list[str], list[str]]] = {
    "beside the chart": (["app.yaml"], ["chart/app.yaml"]),
    "above the chart": (["../shared/all.yaml"], ["shared/all.yaml"]),
    "from the root": (["/shared/all.yaml"], ["shared/all.yaml"]),
    "of a build variable": (["$ARGOCD_APP_NAME.yaml"], ["chart/app.yaml"]),
    "of another source": (["$other/envs/us/a.yaml"], ["other:envs/us/a.yaml"]),
    "a pattern, in the order of names": (
        ["values/*.yaml"],
        ["chart/values/10-base.yaml", "chart/values/20-eu.yaml"],
    ),
    "a directory's files before those below": (
        ["values/**/*.yaml"],
        ["chart/values/10-base.yaml", "chart/values/20-eu.yaml", "chart/values/zone/a.yaml"],
    ),
    "alternatives": (
        ["values/{20,10}-*.yaml"],
        ["chart/values/10-base.yaml", "chart/values/20-eu.yaml"],
    ),
    "a class of letters": (["values/[1]*.yaml"], ["chart/values/10-base.yaml"]),
    "what is listed stays in its place": (
        ["values/*.yaml", "app.yaml", "values/10-base.yaml"],
        ["chart/values/20-eu.yaml", "chart/app.yaml", "chart/values/10-base.yaml"],
    ),
    "matched twice, read once": (
        ["values/1*.yaml", "values/*.yaml"],
        ["chart/values/10-base.yaml", "chart/values/20-eu.yaml"],
    ),
    "a pattern in another source": (
        ["$other/envs/*/a.yaml"],
        ["other:envs/eu/a.yaml", "other:envs/us/a.yaml"],
    ),
}


@pytest.mark.parametrize(("names", "expected"), CASES.values(), ids=CASES)
def test_chosen(names: list[str], expected: list[str]) -> None:
    request = asked(
        FilesSnapshot(TREE),
        helm={"valueFiles": names},
        refs={"other": ("other", "")},
        others={"other": FilesSnapshot(OTHER)},
    )
    assert read(request) == expected


def test_missing_files_can_be_left_out() -> None:
    names = ["no.yaml", "no/*.yaml", "app.yaml"]
    request = asked(
        FilesSnapshot(TREE), helm={"valueFiles": names, "ignoreMissingValueFiles": True}
    )
    assert read(request) == ["chart/app.yaml"]


def test_a_pattern_whose_files_are_all_listed_is_not_missing() -> None:
    names = ["values/1*.yaml", "values/10-base.yaml"]
    assert read(asked(FilesSnapshot(TREE), helm={"valueFiles": names})) == [
        "chart/values/10-base.yaml"
    ]


LINKS = {
    "a values file": ("chart/eu.yaml", "../shared/all.yaml", {"valueFiles": ["eu.yaml"]}),
    "a template": ("chart/templates/one.yaml", "../../shared/all.yaml", {}),
    "a directory of templates": ("chart/templates", "../shared", {}),
}


@pytest.mark.parametrize(("link", "target", "section"), LINKS.values(), ids=LINKS)
def test_a_link_counts_with_what_it_leads_to(
    tmp_path: Path, link: str, target: str, section: dict[str, list[str]]
) -> None:
    repo = GitRepo(tmp_path).write({"chart/Chart.yaml": TREE["chart/Chart.yaml"]})
    repo.link(link, target)

    def key(text: str) -> str:
        commit = repo.write({"shared/all.yaml": text}).commit()
        return asked(Repository.open(tmp_path).snapshot(commit), helm=section).key

    assert key("a: 1") != key("a: 2")


def test_a_link_counts_with_where_others_lead_it(tmp_path: Path) -> None:
    """Out of the chart and in again: whoever had it rendered by another way out would say for all
    what the chart gives."""
    repo = GitRepo(tmp_path).write({"chart/Chart.yaml": TREE["chart/Chart.yaml"]})
    repo.write({"chart/a/x.yaml": "a: 1", "chart/b/x.yaml": "b: 1"})
    repo.link("chart/templates/x.yaml", "../../way/x.yaml")

    def key(way: str) -> str:
        (tmp_path / "way").unlink(missing_ok=True)
        snapshot = Repository.open(tmp_path).snapshot(repo.link("way", way).commit())
        return asked(snapshot, helm={}).key

    assert key("chart/a") != key("chart/b")


def test_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path).write({"chart/Chart.yaml": TREE["chart/Chart.yaml"]})
    repo.link("chart/templates/passwords.yaml", "../../../etc/passwd")
    snapshot = Repository.open(tmp_path).snapshot(repo.commit())
    with pytest.raises(RenderError, match="points out of the repository"):
        asked(snapshot, helm={})


def test_a_link_to_a_directory_above_is_refused(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path).write({"chart/Chart.yaml": TREE["chart/Chart.yaml"]})
    repo.link("chart/templates/all", "../..")
    snapshot = Repository.open(tmp_path).snapshot(repo.commit())
    with pytest.raises(RenderError, match="leads to a directory that holds it"):
        asked(snapshot, helm={})
