"""Whole stacks from other repositories: their units are known, planned and applied."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gitrepo import GitRepo
from infra.region import VPC, Region
from trunkline.core.infra.beyond import Elsewhere, WithOthers, elsewhere_of
from trunkline.core.infra.discover import discover_units
from trunkline.core.snapshot import FilesSnapshot

ADDRESSES = {
    "git::https://x.test/a/b.git//stacks/shop?ref=v1.2.0": (
        "https://x.test/a/b.git",
        "v1.2.0",
        "stacks/shop",
    ),
    "git::ssh://git@x.test/a/b.git//stacks/shop": (
        "ssh://git@x.test/a/b.git",
        "",
        "stacks/shop",
    ),
    "git@github.com:a/b.git//stacks/shop?ref=main": (
        "git@github.com:a/b.git",
        "main",
        "stacks/shop",
    ),
    "git::git@github.com:a/b.git": ("git@github.com:a/b.git", "", ""),
    "github.com/a/b//stacks/shop?ref=v1&depth=1": ("https://github.com/a/b", "v1", "stacks/shop"),
    "https://x.test/a.zip//stacks": None,
    "tfr:///a/b/c?version=1": None,
    "s3::https://x.test/a": None,
    "../stacks/shop": None,
}


@pytest.mark.parametrize("source", ADDRESSES)
def test_an_address_names(source: str) -> None:
    found, expected = elsewhere_of(source), ADDRESSES[source]
    assert found == (Elsewhere(*expected) if expected else None)


def stack(kind: str, name: str, source: str, values: str = "{}") -> str:
    return f"""\
{kind} "{name}" {{
  source = "{source}"
  path   = "{name}"
  values = {values}
}}
"""


SHOP = "git::https://x.test/catalog//stacks/shop?ref=v1"
UNIT = "git::https://x.test/catalog//units"
LIVE = {"live/terragrunt.stack.hcl": stack("stack", "shop", SHOP, '{ region = "eu" }')}
CATALOG = {
    "stacks/shop/terragrunt.stack.hcl": stack("unit", "vpc", f"{UNIT}/vpc")
    + stack("unit", "rds", f"{UNIT}/rds", '{ vpc = "../vpc", region = values.region }'),
    "units/vpc/terragrunt.hcl": "terraform {}",
}


def found_with(catalog: dict[str, str]) -> WithOthers:
    one = elsewhere_of(SHOP)
    assert one
    return WithOthers(FilesSnapshot(LIVE), {one.place: FilesSnapshot(catalog)})


def test_units_of_a_stack_from_elsewhere_are_those_that_its_file_makes() -> None:
    found = discover_units(found_with(CATALOG))
    below = "live/.terragrunt-stack/shop/.terragrunt-stack"
    assert [(one.id, one.dependencies, one.reads) for one in found.units] == [
        (f"{below}/rds", (f"{below}/vpc",), ("live/terragrunt.stack.hcl",)),
        (f"{below}/vpc", (), ("live/terragrunt.stack.hcl",)),
    ]
    assert {one.origin.file for one in found.units} == {"live/terragrunt.stack.hcl"}
    assert (found.findings, found.elsewhere) == ((), (SHOP,))


def test_what_is_broken_there_is_told_here() -> None:
    (finding,) = discover_units(found_with({"stacks/shop/terragrunt.stack.hcl": "}\n"})).findings
    assert finding.place == "live/terragrunt.stack.hcl"
    assert finding.message.startswith("stacks/shop/terragrunt.stack.hcl:1 of elsewhere: cannot be")


async def test_a_region_from_a_catalog_is_planned_and_applied(
    region: Region, tmp_path: Path
) -> None:
    catalog = GitRepo(tmp_path / "catalog")
    units = f"git::file://{catalog.path}//units"
    net = VPC.replace("../../modules", "${get_repo_root()}/modules")
    catalog.write(
        {
            "stacks/shop/terragrunt.stack.hcl": stack("unit", "net", f"{units}/net"),
            "units/net/terragrunt.hcl": net,
        }
    ).commit()
    catalog.git("tag", "v1")
    allowed = tmp_path / "sources.yaml"
    allowed.write_text(f"repositories: [{{url: 'file://{catalog.path}'}}]")
    region.places = replace(region.places, sources=allowed)
    await region.begin()
    shop = stack("stack", "shop", f"git::file://{catalog.path}//stacks/shop?ref=v1")
    region.repo.write({"live/eu/terragrunt.stack.hcl": shop}).commit()
    plan = await region.plan()
    id = "live/eu/.terragrunt-stack/shop/.terragrunt-stack/net"
    assert [(one.unit, one.how, one.error) for one in plan.units] == [(id, "added", "")]
    assert plan.counts["create"] == 1
    (run,) = (await region.apply()).units
    assert (run.unit, run.ended) == (id, "applied")


async def test_a_repository_that_does_not_answer_takes_no_unit_away(region: Region) -> None:
    await region.begin(plain=True)
    gone = stack("stack", "shop", f"git::file://{region.repo.path}/gone//stacks/shop")
    region.repo.write({"live/terragrunt.stack.hcl": gone}).commit()
    async with await region.app() as app:
        found = await app.units().at("HEAD")
    assert [one.id for one in found.units] == ["plain"]
    assert [one.message.partition(":")[0] for one in found.findings] == [
        "stack live/.terragrunt-stack/shop comes from another repository",
        "a stack is made from elsewhere",
    ]
    async with await region.app(trusted=False) as app:
        found = await app.units().at("HEAD")
    assert "is not asked for a change from outside" in found.findings[-1].message
