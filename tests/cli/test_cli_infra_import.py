"""`trunkline infra import` as a user types it, with a resource that no code names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gitrepo import GitRepo
from trunkline.core.infra.importing import without_secrets
from trunkline.practice.cloud.file import CloudFile
from trunkline.practice.install import SOURCE

SECRET = "hunter22-never-shown"
MAIN = f"""\
terraform {{
  backend "local" {{ path = "STATE" }}
  required_providers {{
    practice = {{ source = "{SOURCE}" }}
  }}
}}
"""
MADE = """\
resource "practice_network" "main" {
  name   = "main"
  cidr   = "10.0.0.0/16"
  region = "eu"
}

resource "practice_database" "orders" {
  name       = "orders"
  engine     = "postgres"
  region     = "eu"
  password   = "hunter22-never-shown"
  network_id = practice_network.main.id
}
"""


@pytest.fixture(params=["tofu", "terraform"])
def made(
    request: pytest.FixtureRequest,
    repo: GitRepo,
    typed,
    practice_cloud: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> GitRepo:
    """A unit without resources, and a cloud in which somebody made some by other code."""
    if request.param == "terraform":
        monkeypatch.setenv("TRUNKLINE_TERRAFORM", str(request.getfixturevalue("terraform")))
    said = f'program: {request.param}, environment: [TF_DISABLE_PLUGIN_TLS, "PRACTICE_*"]'
    repo.write({"README.md": "", "trunkline.yaml": f"infra: {{{said}}}"}).commit()
    repo.write({"old/main.tf": MAIN.replace("STATE", f"{tmp_path}/old") + MADE}).commit()
    assert typed("infra", "plan", "HEAD~1..HEAD").code == 0
    assert typed("infra", "apply").code == 0
    repo.write({"net/main.tf": MAIN.replace("STATE", f"{tmp_path}/state")}).commit()
    return repo


def test_it_becomes_code_by_a_patch_that_git_applies(typed, made: GitRepo, tmp_path: Path) -> None:
    said = typed("infra", "import", "net", "practice_network.main", "main")
    assert (said.code, said.err) == (0, "")
    subprocess.run(("git", "apply"), cwd=made.path, input=said.out, text=True, check=True)
    code = (made.path / "net/imports.tf").read_text()
    assert code.startswith(
        'import {\n  to = practice_network.main\n  id = "main"\n}\n\n'
        'resource "practice_network" "main" {\n'
    )
    assert '\n  cidr   = "10.0.0.0/16"\n' in code
    made.git("add", "-A")
    made.commit("imported")
    (unit,) = typed("infra", "plan", "HEAD~1..HEAD", "-o", "json").json["units"]
    assert [(one["action"], one["imported"], one["attributes"]) for one in unit["changes"]] == [
        ("import", "main", [])
    ]
    assert typed("infra", "apply").code == 0
    assert CloudFile(tmp_path / "cloud.json").read().find("network", "main")


def test_what_is_sensitive_is_left_out_and_said(typed, made: GitRepo) -> None:
    said = typed("infra", "import", "net", "practice_database.orders", "orders")
    assert said.code == 0
    assert "+  password            = null # sensitive\n" in said.out
    assert "practice_database.orders would change password: (sensitive)" in said.err
    assert SECRET not in said.out + said.err


def test_what_is_not_there_is_the_programs_word(typed, made: GitRepo) -> None:
    said = typed("infra", "import", "net", "practice_network.main", "nowhere")
    assert (said.code, said.out) == (1, "")
    assert "! Error: " in said.err


def test_an_address_that_is_none_is_said(typed, made: GitRepo) -> None:
    said = typed("infra", "import", "net", "module.x.a.b", "main")
    assert said.code == 1
    assert "module.x.a.b is no address in a unit's own code" in said.err


def test_an_id_that_is_no_text_is_said(typed, repo: GitRepo) -> None:
    said = typed("infra", "import", "net", "practice_network.main", "\udcff")
    assert said.code == 1
    assert "! '\\udcff' is no text that HCL could hold" in said.err


def test_nothing_is_written_through_a_link_of_a_commit(
    typed, made: GitRepo, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (made.path / "net/trunkline_import.tf").symlink_to(precious)
    made.git("add", "-A")
    made.commit("a link where a file of ours lies for as long as a plan takes")
    assert typed("infra", "import", "net", "practice_network.main", "main").code == 0
    assert precious.read_text() == "mine"


def test_what_is_named_like_a_credential_is_no_code() -> None:
    generated = """\
# __generated__ by OpenTofu
# Please review these resources and move them into your main configuration files.

# __generated__ by OpenTofu from "x"
resource "a" "b" {
  name       = "x"
  access_key = "hunter22"
  login {
    password = "hunter22"
    token    = null
  }
}
"""
    assert (
        without_secrets(generated)
        == """\
resource "a" "b" {
  name       = "x"
  access_key = null # sensitive
  login {
    password = null # sensitive
    token    = null
  }
}
"""
    )
