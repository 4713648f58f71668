"""Which program runs: what a machine has and says beside what is taken, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from programs.built import HERE, OPENTOFU, TERRAGRUNT, required
from trunkline.edge.programs.environment import Outside, environment
from trunkline.edge.programs.errors import ProgramError
from trunkline.edge.programs.found import Program, Programs, find_programs

SAYS = {
    "tofu": "OpenTofu v1.12.6\non linux_amd64",
    "terraform": "Terraform v1.11.4\non linux_amd64\n\nYour version of Terraform is out of date!",
    "terragrunt": "terragrunt version v1.1.3",
    "broken": "",
}


def machine(folder: Path, *names: str, **variables: str) -> dict[str, str]:
    """A PATH of programs that say their version, and variables; {} is the folder of the others."""
    for place in (folder / "bin", folder / "other"):
        place.mkdir(exist_ok=True)
    for place, some in ((folder / "bin", names), (folder / "other", tuple(SAYS))):
        for name in some:
            (place / name).write_text(f"#!/bin/sh\ncat <<'END'\n{SAYS[name]}\nEND\n")
            (place / name).chmod(0o700)
    said = {name: value.format(folder / "other") for name, value in variables.items()}
    return {"PATH": str(folder / "bin"), **said}


TAKEN = {
    "OpenTofu before Terraform": (("tofu", "terraform"), {}, "", "bin/tofu"),
    "Terraform where it is alone": (("terraform",), {}, "", "bin/terraform"),
    "what the repository is written in": (("tofu", "terraform"), {}, "terraform", "bin/terraform"),
    "what Terragrunt is told": (("tofu",), {"TG_TF_PATH": "{}/terraform"}, "", "other/terraform"),
    "a name on PATH": (("tofu", "terraform"), {"TG_TF_PATH": "terraform"}, "", "bin/terraform"),
    "what Trunkline is told": (
        ("tofu",),
        {"TG_TF_PATH": "{}/terraform", "TRUNKLINE_TOFU": "{}/tofu"},
        "",
        "other/tofu",
    ),
    "of two that it is told, what the repository is written in": (
        ("tofu",),
        {"TRUNKLINE_TERRAFORM": "{}/terraform", "TRUNKLINE_TOFU": "{}/tofu"},
        "terraform",
        "other/terraform",
    ),
}


@pytest.mark.parametrize(("names", "variables", "kind", "path"), TAKEN.values(), ids=TAKEN)
async def test_what_is_taken(
    tmp_path: Path, names: tuple[str, ...], variables: dict[str, str], kind: str, path: str
) -> None:
    found = await find_programs(kind, machine(tmp_path, *names, **variables))
    assert found.terraform.path == tmp_path / path
    assert found.terraform.kind == Path(path).name
    assert found.terragrunt is None


REFUSED = {
    "nothing is there": ((), {}, "", "neither OpenTofu nor Terraform is on PATH"),
    "not what the repository is written in": (
        ("tofu",),
        {},
        "terraform",
        "Terraform is not on PATH",
    ),
    "a variable that names nothing": (
        ("tofu",),
        {"TG_TF_PATH": "{}/gone"},
        "",
        "TG_TF_PATH names .*/other/gone, which is no program on this machine",
    ),
    "a variable that names the other one": (
        ("tofu",),
        {"TG_TF_PATH": "{}/tofu"},
        "terraform",
        "TG_TF_PATH names OpenTofu 1.12.6, but infra.program of the settings asks for Terraform",
    ),
    "a program that says nothing": (
        (),
        {"TRUNKLINE_TOFU": "{}/broken"},
        "",
        "other/broken does not say its version",
    ),
}


@pytest.mark.parametrize(("names", "variables", "kind", "message"), REFUSED.values(), ids=REFUSED)
async def test_what_is_refused(
    tmp_path: Path, names: tuple[str, ...], variables: dict[str, str], kind: str, message: str
) -> None:
    with pytest.raises(ProgramError, match=message) as raised:
        await find_programs(kind, machine(tmp_path, *names, **variables))
    assert raised.value.remedy


async def test_terragrunt_is_needed_only_by_who_asks_for_it(tmp_path: Path) -> None:
    here = machine(tmp_path, "tofu", "terragrunt")
    assert str((await find_programs("", here)).for_terragrunt) == "Terragrunt v1.1.3".replace(
        "v", ""
    )
    (tmp_path / "bin" / "terragrunt").unlink()
    with pytest.raises(ProgramError, match="Terragrunt is not on PATH"):
        _ = (await find_programs("", here)).for_terragrunt


async def test_the_real_ones_say_the_versions_they_were_built_from(
    tofu: Path, terragrunt: Path
) -> None:
    here = {"TRUNKLINE_TOFU": str(tofu), "TRUNKLINE_TERRAGRUNT": str(terragrunt)}
    found = await find_programs("", here)
    assert f"v{found.terraform.version}" == required(HERE / "tofu", OPENTOFU)
    assert f"v{found.for_terragrunt.version}" == required(HERE / "terragrunt", TERRAGRUNT)


async def test_a_real_terraform_is_found_on_path(terraform: Path) -> None:
    found = await find_programs("terraform")
    assert (found.terraform.kind, found.terraform.path) == ("terraform", terraform)


PROGRAMS = Programs(Program("tofu", Path("/opt/tofu"), "1.12.6"))
OURS = {
    "CHECKPOINT_DISABLE": "1",
    "TF_IN_AUTOMATION": "1",
    "TF_INPUT": "0",
    "TF_PLUGIN_CACHE_DIR": "{}/plugins",
    "TG_NON_INTERACTIVE": "true",
    "TG_NO_COLOR": "true",
    "TG_TF_PATH": "/opt/tofu",
}
SHELL = {
    "PATH": "/bin",
    "HOME": "/home/me",
    "SSH_AUTH_SOCK": "/run/agent",
    "GIT_SSH_COMMAND": "ssh -i /home/me/.ssh/deploy",
    "HTTPS_PROXY": "http://proxy:3128",
    "AWS_PROFILE": "production",
    "TF_VAR_size": "large",
    "TF_HTTP_PASSWORD": "of the state",
    "PG_CONN_STR": "host=db",
    "TF_ENCRYPTION": "{}",
    "GITHUB_TOKEN": "of the forge",
    "TF_CLI_ARGS_apply": "-auto-approve",
    "TF_WORKSPACE": "staging",
    "TF_INPUT": "1",
    "TG_WORKING_DIR": "/elsewhere",
    "TF_CLI_CONFIG_FILE": "/gone.tfrc",
    "VAULT_ADDR": "https://vault",
}
OWN = ("PATH", "HOME", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND")
SEEN = {
    "the usual credentials, and nothing that changes a command": (
        Outside(),
        {*OWN, "HTTPS_PROXY", "AWS_PROFILE", "TF_VAR_size"}
        | {"TF_HTTP_PASSWORD", "PG_CONN_STR", "TF_ENCRYPTION"},
    ),
    "what the settings name instead": (
        Outside(("VAULT_*",)),
        {*OWN, "HTTPS_PROXY", "VAULT_ADDR"},
    ),
    "all but what changes a command": (
        Outside(("*",)),
        set(SHELL)
        - {"TF_CLI_ARGS_apply", "TF_WORKSPACE", "TF_INPUT", "TG_WORKING_DIR"}
        - {"TF_CLI_CONFIG_FILE"},
    ),
    "nothing of the user's, where the code is not trusted": (
        Outside((), Path("/another/home")),
        {"PATH", "HOME", "HTTPS_PROXY"},
    ),
}


@pytest.mark.parametrize(("outside", "names"), SEEN.values(), ids=SEEN)
def test_what_a_program_sees(tmp_path: Path, outside: Outside, names: set[str]) -> None:
    seen = environment(PROGRAMS, tmp_path, outside, machine=SHELL)
    assert seen.keys() - OURS.keys() == names
    assert {name: seen[name].replace(str(tmp_path), "{}") for name in OURS} == OURS
    assert seen["HOME"] == str(outside.home or "/home/me")
    assert (tmp_path / "plugins").is_dir()


def test_the_configuration_of_the_programs_is_the_users_own_and_there(tmp_path: Path) -> None:
    file = tmp_path / "tofurc"
    file.write_text("")
    shell = {"TF_CLI_CONFIG_FILE": str(file)}
    assert environment(PROGRAMS, tmp_path, machine=shell)["TF_CLI_CONFIG_FILE"] == str(file)
    untrusted = environment(PROGRAMS, tmp_path, Outside((), tmp_path), machine=shell)
    assert "TF_CLI_CONFIG_FILE" not in untrusted


async def test_terraforms_library_is_taken_at_last(tmp_path: Path, terraform_library: Path) -> None:
    here = machine(tmp_path)
    (tmp_path / "bin" / terraform_library.name).symlink_to(terraform_library)
    found = (await find_programs("", here)).terraform
    assert (found.kind, found.path.name) == ("terraform", "trunkline-terraform")
    here = machine(tmp_path, "terraform")
    assert (await find_programs("", here)).terraform.path.name == "terraform"
    with pytest.raises(ProgramError, match="OpenTofu is not on PATH"):
        await find_programs("tofu", {"PATH": str(terraform_library.parent)})
