"""A wait for what nobody is called: every command that looks at it says so, once, with its line."""

from __future__ import annotations

import pytest

from gitrepo import GitRepo

UNIT = 'terraform {\n  backend "local" {}\n}\n'
APP = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  annotations: {trunkline/depends-on: "WAITS"}
spec:
  source: {path: shop, repoURL: "https://git.example.test/ours"}
  destination: {name: eu, namespace: default}
"""
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata: {at: 'VALUE'}\n"
SETTINGS = "infra:\n  units:\n    - path: net\n      dependsOn: [shop, shopp]\n"
NOBODY = "which is no Application and no unit of this commit"


@pytest.fixture
def shop(repo: GitRepo) -> GitRepo:
    """An Application that waits for a unit that is there."""
    repo.write({"app.yaml": APP.replace("WAITS", "net"), "shop/object.yaml": OBJECT})
    repo.write({"net/main.tf": UNIT}).commit()
    return repo


def test_all_is_well_where_everybody_is_there(typed, shop: GitRepo) -> None:
    assert typed("components").err == ""


def test_components_and_plans_tell_of_an_application(typed, shop: GitRepo) -> None:
    shop.write({"app.yaml": APP.replace("WAITS", "net, operator")}).commit()
    told = f"trunkline/depends-on names operator, {NOBODY}"
    said = typed("components")
    assert f"‖ app.yaml:1  shop: {told}\n  → it is not waited for" in said.err
    assert said.err.count(told) == 1
    said = typed("plan", "HEAD~1..HEAD", "--no-infra")
    assert said.out.count(told) == 1
    # What the base says already is not this change's.
    shop.write({"shop/object.yaml": OBJECT.replace("VALUE", "there")}).commit()
    assert told not in typed("plan", "HEAD~1..HEAD", "--no-infra").out


def test_a_unit_that_goes_leaves_who_waits_for_it(typed, shop: GitRepo, tofu, monkeypatch) -> None:
    monkeypatch.setenv("TRUNKLINE_TOFU", str(tofu))
    shop.remove("net/main.tf").commit()
    told = f"trunkline/depends-on names net, {NOBODY}"
    assert told in typed("plan", "HEAD~1..HEAD", "--no-infra").out
    said = typed("infra", "plan", "HEAD~1..HEAD", "--output", "json")
    rules = [(one["rule"], one["file"], one["line"]) for one in said.json["findings"]]
    assert ("dependency-unknown", "app.yaml", 1) in rules


def test_a_unit_that_goes_leaves_who_reads_its_outputs(typed, shop: GitRepo) -> None:
    reads = APP.replace("trunkline/depends-on", "trunkline/values-from").replace("WAITS", "net")
    shop.write({"app.yaml": reads}).commit()
    assert "dependency-unknown" not in typed("plan", "HEAD~1..HEAD", "--output", "json").out
    shop.remove("net/main.tf").commit()
    said = typed("plan", "HEAD~1..HEAD", "--no-infra")
    assert "trunkline/values-from names net, which is no unit of this commit" in said.out


def test_settings_name_nobody(typed, shop: GitRepo) -> None:
    shop.write({"trunkline.yaml": SETTINGS}).commit()
    told = "infra.units[0].dependsOn names shopp, which is no unit and no Application"
    said = typed("components")
    assert f"‖ trunkline.yaml:4  {told}" in said.err
    assert told in typed("plan", "HEAD~1..HEAD", "--no-infra").out


def test_a_cluster_is_made_by_nobody(typed, shop: GitRepo) -> None:
    shop.write({"trunkline.yaml": "clusters:\n  - name: eu\n    unit: nett\n"}).commit()
    said = typed("components")
    assert "‖ trunkline.yaml:3  clusters[0].unit names nett, which is no unit of this" in said.err
    shop.write({"trunkline.yaml": "clusters:\n  - name: eu\n    unit: net\n"}).commit()
    assert typed("components").err == ""


def test_applications_in_a_circle_are_told_before_a_sync(typed, shop: GitRepo) -> None:
    shop.write({"app.yaml": APP.replace("WAITS", "shop")}).commit()
    told = "trunkline/depends-on leads in a circle: shop → shop"
    assert told in typed("components").err
    assert told in typed("plan", "HEAD~1..HEAD").out


def test_a_circle_of_both_is_told_before_a_sync(typed, shop: GitRepo) -> None:
    shop.write({"trunkline.yaml": "infra: {units: [{path: net, dependsOn: [shop]}]}\n"}).commit()
    told = "dependencies lead in a circle: Application shop → net → Application shop"
    for words in (("components",), ("plan", "HEAD~1..HEAD", "--no-infra")):
        said = typed(*words)
        assert (said.out + said.err).count(told) == 1
