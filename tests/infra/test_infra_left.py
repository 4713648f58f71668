"""What is no unit any more, and is not destroyed: its files are still there, or cannot be read."""

from __future__ import annotations

import shutil

import pytest

from infra.region import VPC, Region
from trunkline.core.finding import Severity
from trunkline.core.infra.changed import changed_units
from trunkline.core.infra.discover import discover_units
from trunkline.core.report.infra_text import infra_text
from trunkline.core.snapshot import FilesSnapshot

UNIT = 'terraform {\n  source = "../../modules//vpc"\n}\n'
BACKEND = 'terraform {\n  backend "s3" {}\n}\n'
STACK = 'unit "a" {\n  source = "../catalog/a"\n  path = "a"\n}\n'
BASE = {
    "live/vpc/terragrunt.hcl": UNIT,
    "modules/vpc/main.tf": "",
    "net/main.tf": BACKEND,
    "dns/main.tf": BACKEND,
    "dns/prod.tfvars": "",
    "stack/terragrunt.stack.hcl": STACK,
    "catalog/a/terragrunt.hcl": "terraform {\n  source = values.source\n}\n",
}
EXCLUDED = (
    "live/vpc/terragrunt.hcl: this is no unit any more (it is excluded, or runs nothing by itself)"
)
NO_ROOT = "(no backend or provider, called as a module, or by workspaces)"
A = "stack/.terragrunt-stack/a"

CASES: dict[str, tuple[dict[str, str | None], str]] = {
    "an exclude": (
        {"live/vpc/terragrunt.hcl": f'{UNIT}exclude {{\n  if = true\n  actions = ["all"]\n}}\n'},
        f"left live/vpc {EXCLUDED}",
    ),
    "skip": ({"live/vpc/terragrunt.hcl": f"{UNIT}skip = true\n"}, f"left live/vpc {EXCLUDED}"),
    "an empty file": ({"live/vpc/terragrunt.hcl": ""}, f"left live/vpc {EXCLUDED}"),
    "another that includes it": (
        {"live/vpc/b/terragrunt.hcl": 'include {\n  path = "../terragrunt.hcl"\n}\n'},
        f"left live/vpc {EXCLUDED}",
    ),
    "its file in JSON": (
        {"live/vpc/terragrunt.hcl": None, "live/vpc/terragrunt.hcl.json": "{}"},
        f"left live/vpc {EXCLUDED.replace('hcl:', 'hcl.json:')}",
    ),
    "code without a backend": (
        {"net/main.tf": "terraform {}"},
        f"left net net/main.tf: this is no unit any more {NO_ROOT}",
    ),
    "another that calls it": (
        {"test/main.tf": 'module "net" {\n  source = "../net"\n}\n'},
        f"left net net/main.tf: this is no unit any more {NO_ROOT}",
    ),
    "a first workspace": (
        {"net/prod.tfvars": ""},
        f"left net net/main.tf: this is no unit any more {NO_ROOT}",
    ),
    "code that is broken": (
        {"net/main.tf": 'terraform {\n  backend "s3" {\n}\n'},
        "left net net/main.tf:4: cannot be parsed: } is missing",
    ),
    "broken code of a workspace": (
        {"dns/main.tf": "terraform {"},
        "left dns@prod dns/main.tf:1: cannot be parsed: } is missing",
    ),
    "a stack that is broken": (
        {"stack/terragrunt.stack.hcl": f'{STACK}unit "b" {{\n'},
        f"left {A} stack/terragrunt.stack.hcl:6: cannot be parsed: }} is missing",
    ),
    "a source that is not known": (
        {"stack/terragrunt.stack.hcl": STACK.replace('"../catalog/a"', 'run_cmd("x")')},
        f"left {A} stack/terragrunt.stack.hcl:1: the source of this unit is only known when it",
    ),
    "its files": ({"live/vpc/terragrunt.hcl": None}, "removed live/vpc"),
    "its code": ({"net/main.tf": None}, "removed net"),
    "its variables": ({"dns/prod.tfvars": None, "dns/dev.tfvars": ""}, "removed dns@prod"),
    "its block in a stack": ({"stack/terragrunt.stack.hcl": ""}, f"removed {A}"),
    "its stack": ({"stack/terragrunt.stack.hcl": None}, f"removed {A}"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_unit_is_none_any_more_by(name: str) -> None:
    change, expected = CASES[name]
    tree = {path: text for path, text in {**BASE, **change}.items() if text is not None}
    paths = [path for path in sorted({*BASE, *tree}) if BASE.get(path) != tree.get(path)]
    before, after = FilesSnapshot(BASE), FilesSnapshot(tree)
    changed = changed_units(discover_units(before), discover_units(after), paths, before, after)
    (said,) = [
        f"{one.how} {one.id}" + (f" {one.left.place}: {one.left.message}" if one.left else "")
        for one in changed
        if one.how in ("left", "removed")
    ]
    assert said.startswith(expected)
    assert ("what it made stays" in said) == said.startswith("left")


def test_who_depends_on_what_is_excluded_reads_what_it_put_out() -> None:
    reader = f'{UNIT}dependency "vpc" {{\n  config_path = "../vpc"\n}}\n'
    tree = {
        **BASE,
        "live/vpc/terragrunt.hcl": f"{UNIT}skip = true\n",
        "live/rds/terragrunt.hcl": reader,
    }
    found = discover_units(FilesSnapshot(tree))
    assert (found.broken, found["live/rds"].dependencies) == (frozenset(), ())


async def test_what_is_excluded_is_told_and_stays_as_it_is(region: Region) -> None:
    await region.stand()
    region.repo.write({"live/vpc/terragrunt.hcl": f"{VPC}skip = true\n"}).commit()
    plan = await region.plan()
    assert "live/vpc  no changes  no unit any more: what it made stays" in infra_text(plan)
    assert [one.severity for one in plan.findings] == [Severity.WARNING]
    assert (await region.apply()).units == ()
    assert '"10.0.0.0/16"' in region.state("vpc")


async def test_a_broken_root_module_fails_and_is_not_destroyed(region: Region) -> None:
    await region.stand(plain=True)
    region.repo.write({"plain/main.tf": "terraform {\n"}).commit()
    (plain,) = (await region.plan()).units
    assert (plain.status, plain.plan) == ("failed", "")
    assert plain.error.startswith("plain/main.tf:2: cannot be parsed: } is missing")
    assert "bucket" in region.state("plain")


async def test_what_others_merged_since_a_branch_parted_is_not_undone_by_it(region: Region) -> None:
    await region.stand(plain=True)
    parted, text = region.head, (region.repo.path / "plain/main.tf").read_text()
    region.repo.git("checkout", "--quiet", "-b", "branch")
    other = text.replace("/plain/", "/other/")
    region.repo.write({"other/main.tf": other}).commit("of the branch")
    region.repo.git("checkout", "--quiet", "main")
    region.repo.write({"new/main.tf": text.replace("/plain/", "/new/")})
    main = region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')}).commit("of others")
    region.repo.git("checkout", "--quiet", "branch")
    plan = await region.plan("main")
    assert [(one.unit, one.how) for one in plan.units] == [("other", "added")]
    (finding,) = plan.findings
    assert finding.message == (
        f"{region.head[:8]} does not know all commits of {main[:8]}: shown is what its own change "
        f"since {parted[:8]}, where both part"
    )
    # The way back of a range is asked for by name, and planned.
    assert [one.unit for one in (await region.plan("main", parted)).units] == ["plain", "new"]


@pytest.mark.parametrize(("action", "gone"), [("apply", False), ("destroy", True)])
async def test_what_a_unit_is_excluded_from_is_planned_and_not_done(
    region: Region, action: str, gone: bool
) -> None:
    await region.begin()
    exclude = f'exclude {{\n  if = true\n  actions = ["{action}"]\n}}\n'
    file = region.repo.path / "live/vpc/terragrunt.hcl"
    if gone:
        region.repo.write({"live/vpc/terragrunt.hcl": VPC + exclude}).commit()
        await region.plan("HEAD~2")
        await region.apply()
        shutil.rmtree(region.repo.path / "live/rds")
        file.unlink()
    else:
        region.repo.write({"live/vpc/terragrunt.hcl": VPC + exclude})
    region.repo.commit()
    async with await region.app() as app:
        vpc = (await app.plan_infra("HEAD~1", "HEAD", ["live/vpc"])).units[0]
        assert (vpc.status, bool(vpc.plan)) == ("planned", True)
        run = await app.apply("HEAD", ["live/vpc"])
    (vpc,) = run.units
    assert (run.failed, run.waits) == (False, False)
    assert (vpc.ended, vpc.message) == (
        "left",
        f"its own exclude block takes it out of {action}",
    )
