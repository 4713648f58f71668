"""Links and submodules: what is read through them changes the units that read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitrepo import GitRepo
from trunkline.core.infra.changed import changed_units
from trunkline.core.infra.discover import discover_units
from trunkline.core.infra.memory import Memory
from trunkline.core.infra.reading import Files
from trunkline.edge.git import Repository

BACKEND = 'terraform {\n  backend "s3" {}\n}\n'


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """A backend, a unit's file and the modules are links; a module calls one through a link."""
    made = GitRepo(tmp_path / "repo").write(
        {
            "common/backend.txt": BACKEND,
            "common/unit.txt": 'terraform {\n  source = "../../modules//vpc"\n}\n',
            "net/main.tf": "",
            "shared/vpc/main.tf": 'module "sub" {\n  source = "../sub"\n}\n',
            "shared/sub/main.tf": "",
            "other/vpc/main.tf": "",
            "live/vpc/README.md": "",
        }
    )
    (made.path / "net/backend.tf").symlink_to("../common/backend.txt")
    (made.path / "live/vpc/terragrunt.hcl").symlink_to("../../common/unit.txt")
    (made.path / "modules").symlink_to("shared")
    (made.path / "net/gone.tf").symlink_to("../nowhere")
    (made.path / "net/out.tf").symlink_to("/etc/hostname")
    made.commit()
    return made


def changed(repo: GitRepo, memory: Memory) -> list[str]:
    """What the last commit changes, by a memory of the commits before."""
    found = Repository.open(repo.path)
    before, after = found.snapshot("HEAD~1"), found.snapshot("HEAD")
    base, head = (discover_units(Files(one), memory=memory) for one in (before, after))
    paths = sorted(found.changed_paths("HEAD~1", "HEAD"))
    units = changed_units(base, head, paths, before, after)
    return [f"{one.how} {one.id}: {' '.join(one.because)}" for one in units]


CASES = {
    "a backend that is a link": ("common/backend.txt", f"{BACKEND}# more", "changed net"),
    "a unit's file that is a link": (
        "common/unit.txt",
        'terraform {\n  source = "../../other//vpc"\n}\n',
        "changed live/vpc",
    ),
    "a module in a directory that is a link": ("shared/vpc/main.tf", "# more", "changed live/vpc"),
    "what such a module calls": ("shared/sub/main.tf", "# more", "changed live/vpc"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_unit_is_changed_through(name: str, repo: GitRepo) -> None:
    path, text, expected = CASES[name]
    memory = Memory()
    repo.write({path: text}).commit()
    assert changed(repo, memory) == [f"{expected}: {path}"]
    # What is remembered of the file before is not taken for what it says now.
    found = Repository.open(repo.path)
    anew = discover_units(Files(found.snapshot("HEAD")))
    assert discover_units(Files(found.snapshot("HEAD")), memory=memory) == anew


def test_a_link_that_leads_elsewhere_changes_who_reads_through_it(repo: GitRepo) -> None:
    (repo.path / "modules").unlink()
    (repo.path / "modules").symlink_to("other")
    repo.commit()
    assert changed(repo, Memory()) == ["changed live/vpc: modules"]


def test_a_submodule_that_goes_on_changes_who_reads_in_it(tmp_path: Path) -> None:
    modules = GitRepo(tmp_path / "modules").write({"vpc/main.tf": ""})
    modules.commit()
    repo = GitRepo(tmp_path / "repo")
    source = 'terraform {\n  source = "../../modules//vpc"\n}\n'
    repo.write({"live/vpc/terragrunt.hcl": source})
    allowed = ("-c", "protocol.file.allow=always")
    repo.git(*allowed, "submodule", "--quiet", "add", str(modules.path), "modules")
    repo.commit()
    head = modules.write({"vpc/more.tf": ""}).commit()
    repo.git("update-index", "--cacheinfo", f"160000,{head},modules")
    repo.git("commit", "--quiet", "--message", "newer modules")
    assert changed(repo, Memory()) == ["changed live/vpc: modules"]
    (finding,) = discover_units(Repository.open(repo.path).snapshot("HEAD")).findings
    assert (finding.place, finding.message) == (
        "live/vpc/terragrunt.hcl:2",
        "it runs the module modules/vpc, which lies in the submodule modules, which is not read",
    )
