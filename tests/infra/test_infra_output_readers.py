"""Which outputs are read of whom: only their readers wait, and nobody loses one unheard."""

from __future__ import annotations

import pytest

from infra.region import MODULE_VPC, Region
from trunkline.core.infra.discover import discover_units
from trunkline.core.infra.output_readers import OutputReaders
from trunkline.core.infra.reading import Files
from trunkline.core.snapshot import FilesSnapshot

HEAD = 'terraform { source = "../m" }\ndependency "vpc" {\n  config_path = "../vpc"\n}\n'
READ = {
    "by name": ("inputs = { a = dependency.vpc.outputs.id }", {"id"}),
    "in a text and in a list": (
        'inputs = { a = "${dependency.vpc.outputs.id}", b = [dependency.vpc.outputs.zones[0]] }',
        {"id", "zones"},
    ),
    "all of them": ("inputs = dependency.vpc.outputs", None),
    "those of another": ("inputs = { a = dependency.other.outputs.id }", set()),
    "none, it only waits": ("", set()),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read(name: str) -> None:
    text, names = READ[name]
    tree = {"a/terragrunt.hcl": HEAD + text, "vpc/main.tf": "", "vpc/terragrunt.hcl": ""}
    snapshot = FilesSnapshot({**tree, "m/main.tf": ""})
    unit = discover_units(snapshot)["a"]
    found = OutputReaders(Files(snapshot)).of(unit, "vpc")
    assert found == (None if names is None else frozenset(names))


async def test_a_reader_of_other_outputs_does_not_wait(region: Region) -> None:
    await region.stand()
    more = MODULE_VPC + 'output "another" { value = 1 }\n'
    region.repo.write({"modules/vpc/main.tf": more}).commit()
    (vpc,) = (await region.plan()).units
    assert [one.name for one in vpc.outputs] == ["another"]


async def test_an_output_that_goes_under_its_reader_is_an_error_before_it_happens(
    region: Region,
) -> None:
    await region.stand()
    renamed = MODULE_VPC.replace('output "id"', 'output "network_id"')
    region.repo.write({"modules/vpc/main.tf": renamed}).commit()
    plan = await region.plan()
    assert [(one.unit, one.status) for one in plan.units] == [
        ("live/vpc", "planned"),
        ("live/rds", "deferred"),
    ]
    (finding,) = plan.findings
    assert (finding.component, finding.severity) == ("live/rds", "error")
    assert finding.message == "it reads the output id of live/vpc, which this change takes away"
