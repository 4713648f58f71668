"""Plans of commit ranges by the real programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gitrepo import GitRepo
from infra.region import MOCKED, MODULE_RDS, MODULE_VPC, PLAIN, RDS, VPC, Region
from trunkline.core.infra.plan.values import InfraPlan, UnitPlan
from trunkline.core.report.infra_markdown import infra_markdown
from trunkline.core.report.infra_text import infra_text
from trunkline.core.report.schema import infra_plan_schema

SECRET = "hunter22-never-shown"


async def planned(region: Region) -> InfraPlan:
    return await region.plan()


def by_unit(plan: InfraPlan) -> dict[str, UnitPlan]:
    return {one.unit: one for one in plan.units}


def lines(plan: InfraPlan) -> list[str]:
    return [line for line in infra_text(plan).splitlines() if line]


async def begun(region: Region) -> Region:
    return await region.begin()


async def test_a_new_region_is_planned_as_far_as_it_can_be(region: Region) -> None:
    plan = await planned(await begun(region))
    found = by_unit(plan)
    assert {one: said.status for one, said in found.items()} == {
        "live/vpc": "planned",
        "live/rds": "deferred",
        "plain": "planned",
    }
    assert found["live/rds"].waits_for == ("live/vpc",)
    assert [(one.address, one.verb) for one in found["live/vpc"].changes] == [
        ("terraform_data.network", "create")
    ]
    assert [one.name for one in found["live/vpc"].outputs] == ["id"]
    assert [one.unit for one in plan.units].index("live/vpc") < [
        one.unit for one in plan.units
    ].index("live/rds")
    jsonschema.validate(plan.as_json(), infra_plan_schema())


EDGE = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: edge, namespace: argocd}
spec: {source: {repoURL: "https://git.test/x.git", path: x}, destination: {name: eu}}
"""


async def test_what_reads_what_an_application_brings_is_planned_after_it(region: Region) -> None:
    region.repo.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
    reads = PLAIN.replace("STATES", str(region.states)).replace('"a"', 'file("brought")')
    region.repo.write(
        {
            "edge.yaml": EDGE,
            "plain/main.tf": reads,
            "trunkline.yaml": "infra: {exclude: [live/**], "
            "units: [{path: plain, dependsOn: [edge]}]}\n",
        }
    ).commit()
    plan = await planned(region)
    (plain,) = plan.units
    assert (plain.status, plain.applications, plan.failed) == ("deferred", ("edge",), False)
    assert lines(plan)[0] == "plain  waits for Application edge  new"
    assert any("no file exists at" in line for line in lines(plan))
    jsonschema.validate(plan.as_json(), infra_plan_schema())


async def test_a_plan_is_text_that_reads_as_the_picture(region: Region) -> None:
    plan = await planned(await begun(region))
    ids = [one.plan for one in plan.units]
    assert lines(plan)[:-1] == [
        f"live/vpc  1 to create  new  plan {ids[0]}",
        "  live/root.hcl, live/vpc/terragrunt.hcl, modules/vpc/main.tf",
        "  + terraform_data.network",
        "      id: (known after apply)",
        "      input: 10.0.0.0/16",
        "      output: (known after apply)",
        "  · output id: (known after apply)",
        "live/rds  waits for live/vpc  new",
        "  live/rds/terragrunt.hcl, live/root.hcl, modules/rds/main.tf",
        f"plain  1 to create  new  plan {ids[2]}",
        "  plain/main.tf",
        "  + terraform_data.bucket",
        "      id: (known after apply)",
        "      input: a",
        "      output: (known after apply)",
    ]
    assert lines(plan)[-1].startswith("2 to create: 3 units, 1 waiting, ")


async def test_markdown_folds_each_unit(region: Region) -> None:
    text = infra_markdown(await planned(await begun(region)))
    assert "<summary><code>live/vpc</code> 1 to create (new)</summary>" in text
    assert "+ create terraform_data.network" in text
    assert "⏳ <code>live/rds</code> waits for live/vpc (new)" in text


async def test_a_saved_plan_is_sealed_and_bound(region: Region) -> None:
    plan = await planned(await begun(region))
    vpc = by_unit(plan)["live/vpc"]
    async with await region.app() as app:
        saved = await (await app.shelf()).named(vpc.plan)
    assert (saved.unit, saved.head, saved.commit) == ("live/vpc", plan.head, plan.head)
    assert saved.program.startswith("OpenTofu ")
    assert saved.file.startswith(b"PK")
    assert b"terraform_data" not in (region.repo.path.parent / "store.db").read_bytes()


async def test_a_unit_that_never_was_applied_is_waited_for(region: Region) -> None:
    await begun(region)
    region.repo.write({"live/rds/terragrunt.hcl": RDS + "# changed"}).commit()
    (rds,) = (await planned(region)).units
    assert (rds.status, rds.waits_for) == ("deferred", ("live/vpc",))


async def test_mock_outputs_are_no_outputs(region: Region) -> None:
    await begun(region)
    region.repo.write({"live/rds/terragrunt.hcl": MOCKED}).commit()
    (rds,) = (await planned(region)).units
    assert (rds.status, rds.waits_for, rds.changes) == ("deferred", ("live/vpc",), ())


async def test_mock_outputs_are_marked_where_the_settings_allow_them(region: Region) -> None:
    await begun(region)
    region.repo.write({"live/rds/terragrunt.hcl": MOCKED})
    region.repo.write({"trunkline.yaml": "infra: {mockOutputs: true}"}).commit()
    plan = await planned(region)
    assert by_unit(plan)["live/rds"].mocked == ("live/vpc",)
    assert "  ! on mock outputs of live/vpc" in lines(plan)
    assert "  ! + terraform_data.database" in lines(plan)


async def test_a_unit_that_never_asks_for_outputs_is_planned_and_destroyed_on_its_mocks(
    region: Region,
) -> None:
    """`skip_outputs`: its mocks are what it is given for good."""
    skips = MOCKED.replace("config_path", "skip_outputs = true\n  config_path")
    region.repo.write({"live/rds/terragrunt.hcl": skips})
    found = by_unit(await planned(await begun(region)))["live/rds"]
    assert (found.status, found.mocked, found.counts["create"]) == ("planned", (), 1)
    await region.apply()
    region.repo.git("rm", "-rq", "live/rds", "live/vpc")
    region.repo.commit()
    gone = by_unit(await planned(region))
    assert {one: said.counts["delete"] for one, said in gone.items()} == {
        "live/rds": 1,
        "live/vpc": 1,
    }


async def test_broken_files_fail_alone_with_file_and_line(region: Region) -> None:
    await begun(region)
    region.repo.write({"live/vpc/terragrunt.hcl": "inputs = {\n}}", "plain/main.tf": PLAIN})
    region.repo.write({"plain/more.tf": "# fine"}).commit()
    found = by_unit(await planned(region))
    assert found["live/vpc"].status == "failed"
    assert "live/vpc/terragrunt.hcl:2: cannot be parsed" in found["live/vpc"].error
    assert found["plain"].status == "planned"


BAD: dict[str, Any] = {
    "a missing module": (
        {"plain/more.tf": 'module "x" { source = "./nowhere" }'},
        "nowhere",
    ),
    "a missing provider": (
        {"plain/more.tf": 'resource "nowhere_thing" "x" {}'},
        "nowhere",
    ),
    "a missing variable": (
        {"plain/more.tf": 'variable "needed" {}\noutput "x" { value = var.needed }'},
        "No value for required variable",
    ),
    "a reference to nothing": (
        {"plain/more.tf": 'output "x" { value = terraform_data.nothing.id }'},
        "on plain/more.tf line 1",
    ),
}


async def test_what_is_missing_is_said_in_the_programs_words(region: Region) -> None:
    await begun(region)
    for name, (files, said) in BAD.items():
        region.repo.write(files).commit(name)
        (plain,) = (await planned(region)).units
        assert plain.status == "failed", name
        assert said in plain.error, name
        assert "│" not in plain.error, name


NOTHING = """\
output "x" { value = var.nothing }
output "y" { value = local.nothing }
"""


async def test_below_terragrunt_each_error_is_said_once_with_the_modules_file(
    region: Region,
) -> None:
    await begun(region)
    region.repo.write({"modules/vpc/main.tf": MODULE_VPC + NOTHING}).commit()
    assert by_unit(await planned(region))["live/vpc"].error.splitlines() == [
        "Error: Reference to undeclared input variable",
        "",
        '  on modules/vpc/main.tf line 4, in output "x":',
        '   4: output "x" { value = var.nothing }',
        "",
        'An input variable with the name "nothing" has not been declared. This',
        'variable can be declared with a variable "nothing" {} block.',
        "",
        "Error: Reference to undeclared local value",
        "",
        '  on modules/vpc/main.tf line 5, in output "y":',
        '   5: output "y" { value = local.nothing }',
        "",
        'A local value with the name "nothing" has not been declared.',
    ]


async def test_a_file_of_terragrunts_is_named_once_as_the_repository_has_it(
    region: Region,
) -> None:
    await begun(region)
    said = VPC.replace('"10.0.0.0/16"', 'file("cidr.txt")')
    region.repo.write({"live/vpc/terragrunt.hcl": said}).commit()
    error = by_unit(await planned(region))["live/vpc"].error
    assert error.splitlines()[:3] == [
        "Error: Invalid function argument",
        "on live/vpc/terragrunt.hcl line 3:",
        '3: inputs = { cidr = file("cidr.txt") }',
    ]
    assert str(region.places.cache) not in error and error.count("no file exists") == 1


async def test_a_sensitive_value_is_nowhere(region: Region) -> None:
    await begun(region)
    region.repo.write({"live/rds/terragrunt.hcl": MOCKED})
    region.repo.write({"trunkline.yaml": "infra: {mockOutputs: true}"}).commit()
    plan = await planned(region)
    whole = f"{plan.as_json()}{infra_text(plan, full=True)}{infra_markdown(plan)}"
    assert "(sensitive)" in whole
    assert SECRET not in whole
    left = [one for one in region.places.cache.rglob("plan") if one.is_file()]
    assert left == []


async def test_a_module_that_nobody_changed_plans_nothing(region: Region) -> None:
    await begun(region)
    region.repo.write({"README.md": "# changed"}).commit()
    plan = await planned(region)
    assert plan.units == ()
    assert lines(plan)[0].startswith("No infrastructure changes: ")


async def test_init_does_not_run_again_where_nothing_that_it_reads_changed(region: Region) -> None:
    await begun(region)
    await planned(region)
    (mark,) = region.places.cache.rglob("initialised")
    before = mark.stat().st_mtime_ns
    region.repo.write({"plain/main.tf": (region.repo.path / "plain/main.tf").read_text() + "#"})
    region.repo.commit()
    await planned(region)
    assert mark.stat().st_mtime_ns == before
    region.repo.write({"plain/module/main.tf": ""})
    region.repo.write({"plain/more.tf": 'module "x" { source = "./module" }'}).commit()
    (plain,) = (await planned(region)).units
    assert plain.status == "planned"
    assert mark.stat().st_mtime_ns > before


async def test_workspaces_have_their_own_variables_and_states(region: Region) -> None:
    region.repo.write(
        {
            "plain/vars.tf": 'variable "size" {}\noutput "size" { value = var.size }',
            "plain/prod.tfvars": "size = 3",
            "plain/dev.tfvars": "size = 1",
        }
    )
    found = by_unit(await planned(await begun(region)))
    assert [found[f"plain@{name}"].outputs[0].after for name in ("dev", "prod")] == [1, 3]


async def test_a_partial_backend_is_completed_by_its_file(region: Region) -> None:
    """Both of one workspace, which then is none, and of all."""
    region.repo.write(
        {
            "plain/main.tf": 'terraform {\n  backend "local" {}\n}\nvariable "size" {}\n'
            'resource "terraform_data" "x" { input = var.size }\n',
            "plain/prod.tfvars": "size = 3",
            "plain/prod.local.tfbackend": f'path = "{region.states}/p.tfstate"\n',
            "plain/dev.tfvars": "size = 1",
            "plain/backend.tfbackend": f'workspace_dir = "{region.states}/spaces"\n',
        }
    )
    await begun(region)
    await region.plan()
    assert not (await region.apply()).failed
    prod, dev = (region.states / one for one in ("p.tfstate", "spaces/dev/terraform.tfstate"))
    assert ['"value": 3' in prod.read_text(), '"value": 1' in dev.read_text()] == [True, True]
    region.repo.write({"plain/prod.local.tfbackend": f'path = "{region.states}/q.tfstate"\n'})
    region.repo.commit()
    (plan,) = (await region.plan()).units
    assert (plan.unit, plan.because) == ("plain@prod", ("plain/prod.local.tfbackend",))
    assert plan.doubt.startswith("its state is gone")


CATALOG_NET = VPC.replace("../../modules/vpc", "${get_repo_root()}/modules/${values.module}")


async def test_variables_say_which_module_and_which_state(region: Region) -> None:
    """As OpenTofu takes them: a workspace is then told by its state, and none is selected."""
    code = PLAIN.replace("STATES/plain", f"{region.states}/${{var.env}}")
    more = 'variable "env" {}\nmodule "of" { source = "./kinds/${var.env}" }\n'
    region.repo.write(
        {
            "trunkline.yaml": "infra: {exclude: [live/**], policy: [{apply: auto}]}\n",
            "plain/main.tf": code + more,
            "plain/kinds/prod/main.tf": 'resource "terraform_data" "prod" {}\n',
            "plain/prod.tfvars": 'env = "prod"\n',
        }
    ).commit()
    region.repo.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
    empty = region.repo.git("hash-object", "-t", "tree", "/dev/null")
    base = region.repo.git("commit-tree", "-m", "nothing", empty)
    (prod,) = (await region.plan(base)).units
    assert (prod.unit, prod.error, prod.counts["create"]) == ("plain@prod", "", 2)
    (done,) = (await region.apply()).units
    assert (done.ended, done.message) == ("applied", "")
    assert '"prod"' in region.state("prod")
    async with await region.app() as app:
        assert await app.read_outputs(["plain@prod"], "HEAD")


async def test_units_of_a_stack_are_planned(region: Region) -> None:
    region.repo.write(
        {
            "live/stacks/terragrunt.stack.hcl": """\
unit "net" {
  source = "../../catalog/net"
  path   = "net"
}
""",
            "catalog/net/terragrunt.hcl": VPC.replace(
                "../../modules", "${get_repo_root()}/modules"
            ),
        }
    )
    found = by_unit(await planned(await begun(region)))
    (net,) = [one for name, one in found.items() if "stack" in name]
    assert net.error == ""
    assert [(one.address, one.verb) for one in net.changes] == [
        ("terraform_data.network", "create")
    ]


async def test_units_of_a_stack_whose_files_lie_elsewhere_are_planned(
    region: Region, tmp_path: Path
) -> None:
    catalog = GitRepo(tmp_path / "catalog").write({"net/terragrunt.hcl": CATALOG_NET})
    catalog.commit()
    stack = f"""\
unit "net" {{
  source = "git::file://{catalog.path}//net"
  path   = "net"
  values = {{ module = "vpc" }}
}}
"""
    region.repo.write({"live/stacks/terragrunt.stack.hcl": stack})
    found = by_unit(await planned(await begun(region)))
    net = found["live/stacks/.terragrunt-stack/net"]
    assert net.error == ""
    assert [(one.address, one.verb) for one in net.changes] == [
        ("terraform_data.network", "create")
    ]


def test_the_module_has_a_secret() -> None:
    assert SECRET in MODULE_RDS


async def test_a_state_that_no_backend_keeps_is_a_warning_and_is_not_applied(
    region: Region,
) -> None:
    await region.begin(plain=True)
    region.repo.write({"trunkline.yaml": "infra: {units: [{path: plain}]}"})
    for name, backend in {"none": "", "relative": 'terraform {\n  backend "local" {}\n}\n'}.items():
        text = f'{backend}resource "terraform_data" "{name}" {{}}\n'
        region.repo.write({"plain/main.tf": text}).commit()
        plan = await region.plan()
        assert [one.rule for one in plan.findings] == ["infra-state"], name
        (plain,) = (await region.apply()).units
        assert plain.ended == "refused", name
        assert plain.message.startswith("its state would lie in a working folder"), name


CHECK = """\
check "size" {
  assert {
    condition     = terraform_data.bucket.input == "b"
    error_message = "it is too small; see the runbook"
  }
}
"""


@pytest.mark.parametrize("program", ["tofu", "terraform"])
async def test_what_a_program_warns_of_is_a_finding(
    region: Region, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    path = request.getfixturevalue(program)
    monkeypatch.setenv(f"TRUNKLINE_{program.upper()}", str(path))
    await region.begin(plain=True)
    region.repo.write({"trunkline.yaml": f"infra: {{program: {program}}}", "plain/check.tf": CHECK})
    region.repo.commit()
    (finding,) = (await region.plan()).findings
    assert (finding.rule, finding.place) == ("infra-warning", "plain/check.tf:3")
    assert finding.message.endswith('in check "size": it is too small; see the runbook')


async def test_a_dependency_that_goes_in_the_same_commit_is_said(region: Region) -> None:
    await region.begin()
    region.repo.remove("live/vpc").commit()
    found = by_unit(await region.plan())
    assert (found["live/vpc"].how, found["live/vpc"].status) == ("removed", "planned")
    assert found["live/rds"].status == "failed"
    assert "it depends on live/vpc, which is no unit of this commit" in found["live/rds"].error


async def test_some_units_are_planned_and_the_plans_of_the_others_stay(region: Region) -> None:
    await region.begin()
    await region.plan()
    async with await region.app() as app:
        again = await app.plan_infra("HEAD~1", "HEAD", ["plain"])
        span = await (await app.shelf()).span(again.head)
    assert [one.unit for one in again.units] == ["plain"]
    assert span is not None
    assert sorted(one.unit for one in span.entries) == ["live/rds", "live/vpc", "plain"]
