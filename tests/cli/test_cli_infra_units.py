"""`trunkline infra units` as a user types it."""

from __future__ import annotations

import pytest

from gitrepo import GitRepo

ROOT = 'include "root" { path = find_in_parent_folders("root.hcl") }\n'


ABSENT = 'terraform {{ source = "../../modules/vpc" }}\ndependencies {{ paths = ["../z{}"] }}\n'


@pytest.fixture
def region(repo: GitRepo) -> GitRepo:
    repo.write(
        {
            "infra/root.hcl": "",
            "infra/eu/vpc/terragrunt.hcl": ROOT + 'terraform { source = "../../modules/vpc" }\n',
            "infra/eu/apps/terragrunt.hcl": """\
terraform { source = "../../modules/apps" }
dependency "vpc" { config_path = "../vpc" }
""",
            "infra/modules/vpc/main.tf": "",
            "infra/modules/apps/main.tf": "",
            "trunkline.yaml": "infra: {units: [{path: infra/eu/**, labels: {region: eu}}]}",
        }
    ).commit("begin")
    return repo


def test_units_are_listed_in_the_order_of_their_dependencies(typed, region) -> None:
    lines = typed("infra", "units").out.splitlines()
    assert [line.split() for line in lines] == [
        ["UNIT", "KIND", "NAME", "LABELS", "WAITS", "FOR"],
        ["infra/eu/vpc", "terragrunt", "region=eu"],
        ["infra/eu/apps", "terragrunt", "region=eu", "infra/eu/vpc"],
    ]


EDGE = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: edge, namespace: argocd, annotations: {trunkline/depends-on: infra/eu/vpc}}
spec: {source: {repoURL: "https://git.test/x.git", path: x}, destination: {name: eu}}
"""
SETTINGS = "infra: {units: [{path: infra/eu/%s, dependsOn: [%s]}]}"


def test_a_unit_may_wait_for_an_application(typed, region) -> None:
    region.write({"edge.yaml": EDGE, "trunkline.yaml": SETTINGS % ("apps", "edge")}).commit()
    said = typed("infra", "units")
    assert said.out.splitlines()[2].split() == [
        "infra/eu/apps",
        "terragrunt",
        *("infra/eu/vpc,", "Application", "edge"),
    ]
    assert typed("infra", "units", "--output", "json").json[0]["applications"] == ["edge"]
    assert said.err == ""


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        (
            ("vpc", "edge"),
            "dependencies lead in a circle: Application edge → infra/eu/vpc → Application edge",
        ),
        (
            ("vpc", "edgy"),
            "it waits for edgy, which is no unit and no Application of this commit",
        ),
    ],
    ids=["a circle", "nobody"],
)
def test_what_cannot_be_waited_for_is_an_error(typed, region, unit, said) -> None:
    region.write({"edge.yaml": EDGE, "trunkline.yaml": SETTINGS % unit}).commit()
    assert said in typed("infra", "units").err.replace("\n", " ")


def test_a_range_shows_what_changes_and_through_which_file(typed, region) -> None:
    region.write({"infra/root.hcl": "locals {}", "infra/modules/apps/more.tf": ""}).commit()
    region.remove("infra/eu/apps/terragrunt.hcl").commit()
    assert typed("infra", "units", "HEAD~2..HEAD~1").out == (
        "~ infra/eu/apps  changed  infra/modules/apps/more.tf\n"
        "~ infra/eu/vpc  changed  infra/root.hcl\n"
        "changed units: 2 changed; 2 looked at\n"
    )
    (gone,) = typed("infra", "units", "HEAD~1..HEAD", "--output", "json").json
    assert (gone["id"], gone["how"]) == ("infra/eu/apps", "removed")
    assert gone["because"] == ["infra/eu/apps/terragrunt.hcl"]


def test_a_broken_file_is_told_with_its_line_and_the_rest_is_shown(typed, region) -> None:
    region.write({"infra/eu/vpc/terragrunt.hcl": "a = [\n}"}).commit()
    said = typed("infra", "units")
    assert "infra/eu/apps" in said.out
    assert "! infra/eu/vpc/terragrunt.hcl:2  infra/eu/vpc: cannot be parsed" in said.err


def test_a_range_tells_only_of_the_units_that_it_changes(typed, region) -> None:
    region.write({"infra/eu/vpc/terragrunt.hcl": "a = [\n}"}).commit()
    region.write({"infra/modules/apps/more.tf": ""}).commit()
    assert typed("infra", "units", "HEAD~1..HEAD").err == ""
    assert "cannot be parsed" in typed("infra", "units", "HEAD~2..HEAD").err


def test_of_many_findings_of_a_kind_the_first_are_told(typed, region) -> None:
    known = {f"infra/eu/y{n}/terragrunt.hcl": ABSENT.format(n) for n in range(45)}
    region.write(known).commit()
    lines = typed("infra", "units").err.splitlines()
    assert sum("which is no unit" in line for line in lines) == 40
    assert lines[-1] == "  … and 5 more of infra-dependency"


def test_without_infrastructure_it_says_how_to_name_some(typed, repo) -> None:
    repo.write({"README.md": ""}).commit()
    said = typed("infra", "units")
    assert said.out == ""
    assert "no infrastructure here" in said.err
    assert "infra.units" in said.err


def test_a_mistake_in_the_settings_has_its_line(typed, region) -> None:
    region.write({"trunkline.yaml": "infra:\n  units:\n    - pth: x\n"}).commit()
    assert "trunkline.yaml:3: infra.units[0].pth: unknown key; did you mean path?" in (
        typed("infra", "units").err
    )
