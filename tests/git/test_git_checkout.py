"""The files of a commit as a directory: moved on, restored, and never shared."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gitrepo import ENVIRONMENT, GitRepo
from trunkline.edge.git.checkout import Checkouts
from trunkline.edge.git.errors import GitError


def files(tree: Path) -> dict[str, str]:
    found = (one for one in sorted(tree.rglob("*")) if one.is_file() and ".git" not in one.parts)
    return {str(one.relative_to(tree)): one.read_text() for one in found}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo(tmp_path / "repo").write({"a/one.tf": "1", "b/two.tf": "2"})


@pytest.fixture
def checkouts(tmp_path: Path, repo: GitRepo) -> Checkouts:
    return Checkouts(tmp_path / "checkouts", repo.path / ".git")


async def test_it_holds_a_commits_files_and_is_moved_on(repo, checkouts) -> None:
    first = repo.commit()
    second = repo.remove("b/two.tf").write({"a/one.tf": "new", "c.tf": "3"}).commit()
    async with checkouts.at(first, "head") as one:
        assert files(one.tree) == {"a/one.tf": "1", "b/two.tf": "2"}
    async with checkouts.at(second, "head") as other:
        assert other.tree == one.tree
        assert files(other.tree) == {"a/one.tf": "new", "c.tf": "3"}


async def test_files_that_stay_are_not_written_again(repo, checkouts) -> None:
    first = repo.commit()
    second = repo.write({"a/one.tf": "new"}).commit()
    async with checkouts.at(first, "head") as one:
        before = (one.tree / "b/two.tf").stat()
    async with checkouts.at(second, "head") as one:
        after = (one.tree / "b/two.tf").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


async def test_what_a_program_changed_or_left_is_gone_and_its_caches_stay(repo, checkouts) -> None:
    commit = repo.commit()
    async with checkouts.at(commit, "head") as one:
        (one.tree / "a/one.tf").write_text("changed by a program")
        (one.tree / "a/backend.tf").write_text("generated")
        (one.tree / "a/.terraform").mkdir()
        (one.tree / "a/.terraform/provider").write_text("kept")
    async with checkouts.at(commit, "head") as one:
        assert files(one.tree) == {
            "a/.terraform/provider": "kept",
            "a/one.tf": "1",
            "b/two.tf": "2",
        }


async def test_two_at_a_time_have_one_each(repo, checkouts) -> None:
    commit = repo.commit()
    async with checkouts.at(commit, "head") as one, checkouts.at(commit, "head") as other:
        assert one.tree != other.tree
        assert files(one.tree) == files(other.tree)


async def test_what_a_killed_process_left_is_in_nobodys_way(repo, checkouts, tmp_path) -> None:
    commit = repo.commit()
    place = tmp_path / "checkouts" / "head-0"
    place.mkdir(parents=True)
    (place / "index.lock").touch()
    async with checkouts.at(commit, "head") as one:
        assert "a/one.tf" in files(one.tree)


async def test_what_is_secret_goes_with_its_process(repo, checkouts) -> None:
    commit = repo.commit()
    async with checkouts.at(commit, "head") as one:
        one.clear.joinpath("plan").write_text("every variable")
    assert not one.clear.exists()
    # As a process that was killed leaves it, in a checkout that another does not take.
    killed = one.tree.parent.with_name("head-7") / "clear/some"
    killed.mkdir(parents=True)
    async with checkouts.at(commit, "head") as one:
        one.clear.joinpath("plan").write_text("every variable")
        assert not killed.parent.exists()
        async with checkouts.at(commit, "head"):
            assert one.clear.joinpath("plan").exists()


async def test_git_finds_its_root_and_its_commit(repo, checkouts) -> None:
    commit = repo.commit()
    async with checkouts.at(commit, "head") as one:
        asked = await asyncio.create_subprocess_exec(
            *("git", "rev-parse", "--show-toplevel", "HEAD"),
            cwd=one.tree / "a",
            env=ENVIRONMENT,
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await asked.communicate()
    assert said.decode().split() == [str(one.tree), commit]


async def test_the_work_tree_of_the_repository_is_left_alone(repo, checkouts) -> None:
    commit = repo.commit()
    repo.write({"a/one.tf": "in the middle of editing"})
    async with checkouts.at(commit, "head") as one:
        assert (one.tree / "a/one.tf").read_text() == "1"
    assert repo.git("status", "--short") == "M a/one.tf"


async def test_a_commit_that_is_not_there_is_an_error(repo, checkouts) -> None:
    repo.commit()
    with pytest.raises(GitError, match="the checkout of 00000000"):
        async with checkouts.at("0" * 40, "head"):
            pass


async def test_a_fresh_one_holds_what_the_commit_holds_and_nothing_is_left_of_it(
    repo, checkouts
) -> None:
    """No filter of the user's settings turns a pointer of a stranger into what it names."""
    repo.write({".gitattributes": "*.bin filter=lfs"})
    commit = repo.write({"x.bin": "pointer"}).commit()
    repo.git("config", "filter.lfs.smudge", "echo fetched from where the commit says")
    repo.git("config", "filter.lfs.required", "true")
    fresh = Checkouts(checkouts.folder, checkouts.git_dir, fresh=True)
    async with checkouts.at(commit, "head") as one:
        assert (one.tree / "x.bin").read_text().startswith("fetched")
        (one.tree / "a/.terraform").mkdir()
    async with fresh.at(commit, "head") as other:
        assert (other.tree / "x.bin").read_text() == "pointer"
        assert not (other.tree / "a/.terraform").exists()
        (other.beside / "left").touch()
    assert not other.tree.exists() and not other.beside.exists()


async def test_a_part_of_a_work_tree_is_no_part_of_the_commit(repo, checkouts) -> None:
    commit = repo.commit()
    repo.git("sparse-checkout", "set", "--no-cone", "a")
    async with checkouts.at(commit, "head") as one:
        assert files(one.tree) == {"a/one.tf": "1", "b/two.tf": "2"}
