"""Code that a plan runs: what a change brings is told, and from outside it is not planned."""

from __future__ import annotations

import pytest

from infra.region import PLAIN, Region
from trunkline.core.infra.code import brought
from trunkline.core.infra.reading import Files
from trunkline.core.snapshot import FilesSnapshot

BROUGHT: dict[str, tuple[str, str, str]] = {
    "an external data source": (
        "a/x.tf",
        'data "external" "x" {\n  program = ["sh", "-c", "id"]\n}',
        "data external x",
    ),
    "a request to somewhere": ("a/x.tf", 'data "http" "x" { url = "https://x" }', "data http x"),
    "a provisioner": (
        "a/x.tf",
        'resource "terraform_data" "x" {\n  provisioner "local-exec" { command = "id" }\n}',
        "provisioner local-exec",
    ),
    "a provider": (
        "a/x.tf",
        'terraform {\n  required_providers {\n    evil = { source = "evil/evil" }\n  }\n}',
        "provider evil",
    ),
    "a module from elsewhere": (
        "a/x.tf",
        'module "x" { source = "git::https://evil/x" }',
        "module x from elsewhere",
    ),
    "a command in Terragrunt": ("a/x.hcl", 'locals { x = run_cmd("id") }', "run_cmd"),
    "a hook": (
        "a/x.hcl",
        'terraform {\n  before_hook "x" {\n    execute = ["id"]\n  }\n}',
        "before_hook x",
    ),
    "another program": ("a/x.hcl", 'terraform_binary = "./evil"', "terraform_binary"),
    "generated code": ("a/x.hcl", 'generate "x" { contents = "" }', "generate x"),
    "a file of the machine": (
        "a/x.tf",
        'output "x" { value = file("/etc/passwd") }',
        "file of a file elsewhere",
    ),
    "a file above the repository": (
        "a/x.tf",
        'output "x" { value = file("${path.module}/../../x") }',
        "file of a file elsewhere",
    ),
    "a file that is only known when it runs": (
        "a/x.tf",
        'output "x" { value = file(pathexpand("~/.aws/credentials")) }',
        "file of a file elsewhere",
    ),
    "a file that a key names": (
        "a/x.tf",
        'output "x" { value = file("${path.module}/policies/${each.key}.json") }',
        "file of a file elsewhere",
    ),
    "another place of a state": ("a/prod.tfbackend", 'key = "x"', "it says where a state lies"),
    "code as JSON": ("a/x.tf.json", "{}", "it is code in JSON"),
    "other providers": ("a/.terraform.lock.hcl", "", "it pins providers"),
    "what cannot be parsed": ("a/x.tf", "}", "it cannot be parsed"),
}


@pytest.mark.parametrize("name", BROUGHT)
def test_a_change_brings(name: str) -> None:
    path, text, what = BROUGHT[name]
    before, after = Files(FilesSnapshot({})), Files(FilesSnapshot({path: text}))
    assert [one.what for one in brought(before, after, [path])] == [what]
    # Where it was, and only moved down in its file, nothing is brought.
    whole = any(one in path for one in ("json", "lock", "tfbackend"))
    moved = Files(FilesSnapshot({path: text if whole else f"\n{text}"}))
    if name != "what cannot be parsed":
        assert brought(after, moved, [path]) == []


def test_values_and_local_modules_are_no_code() -> None:
    text = 'module "x" { source = "../x" }\nresource "aws_vpc" "x" { cidr = "10.0.0.0/16" }'
    reads = 'include "root" { path = find_in_parent_folders("root.hcl") }\n'
    reads += 'locals { x = read_terragrunt_config("${get_terragrunt_dir()}/../x.hcl") }\n'
    reads += 'inputs = { y = templatefile("${get_terragrunt_dir()}/y.tpl", { b = 1 }) }'
    tree = {"a/x.tf": text, "a/y.tfvars": "a = 1", "a/b/terragrunt.hcl": reads}
    assert brought(Files(FilesSnapshot({})), Files(FilesSnapshot(tree)), list(tree)) == []


async def changed(region: Region, text: str, *, allowed: str = "") -> Region:
    await region.begin(plain=True)
    if allowed:
        region.repo.write({"trunkline.yaml": f"infra: {{untrusted: {allowed}}}\n"}).commit()
    region.repo.write({"plain/more.tf": text}).commit()
    return region


async def planned(region: Region) -> tuple[str, str]:
    async with await region.app(trusted=False) as app:
        (plain,) = (await app.plan_infra("HEAD~1", "HEAD")).units
    return plain.status.value, plain.error


async def test_nothing_from_outside_is_planned_unless_the_base_allows_it(region: Region) -> None:
    await changed(region, 'output "x" { value = 1 }')
    assert await planned(region) == (
        "failed",
        "a change from outside is not planned (infra.untrusted)",
    )


async def test_what_brings_no_code_is_planned_where_the_base_allows_it(region: Region) -> None:
    await changed(region, 'output "x" { value = 1 }', allowed="vetted")
    assert await planned(region) == ("planned", "")


async def test_what_brings_code_is_not_planned_and_the_code_does_not_run(region: Region) -> None:
    mark = region.states.parent / "ran"
    text = f'data "external" "x" {{\n  program = ["touch", "{mark}"]\n}}\n'
    await changed(region, text, allowed="vetted")
    status, error = await planned(region)
    assert status == "failed"
    assert error == (
        "a change from outside brings code that a plan runs: data external x (plain/more.tf:1)"
    )
    assert not mark.exists()


async def test_code_that_a_change_brings_is_a_warning_at_its_line(region: Region) -> None:
    await region.begin(plain=True)
    text = (region.repo.path / "plain/main.tf").read_text().replace(
        '{ input = "a" }', '{\n  input = "a"\n  provisioner "local-exec" { command = "true" }\n}'
    )  # fmt: skip
    region.repo.write({"plain/main.tf": text}).commit()
    (finding,) = (await region.plan()).findings
    assert (finding.rule, finding.place) == ("infra-code", "plain/main.tf:6")
    assert finding.message.startswith("provisioner local-exec: that runs with")
    assert "bucket" in PLAIN
