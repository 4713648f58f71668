"""A commit read from Git objects keeps the promises of the Snapshot Protocol."""

import pytest

from gitrepo import GitRepo
from trunkline.core.snapshot import SnapshotError
from trunkline.edge.git import GitError, Repository


@pytest.fixture
def repo(tmp_path):
    return GitRepo(tmp_path / "repo")


def test_any_commit_reads_beside_any_other(repo):
    first = repo.write({"apps/a.yaml": "a: 1\n", "apps/deep/b.yaml": "b\n"}).commit()
    second = repo.write({"apps/a.yaml": "a: 2\n"}).commit()
    opened = Repository.open(repo.path / "apps")
    assert opened.snapshot(first).read("apps/a.yaml") == b"a: 1\n"
    assert opened.snapshot(second).read("apps/./a.yaml") == b"a: 2\n"
    assert list(opened.snapshot("main").paths("apps")) == ["apps/a.yaml", "apps/deep/b.yaml"]
    deep = "apps/deep"
    assert opened.snapshot(first).object_id(deep) == opened.snapshot(second).object_id(deep)
    assert opened.changed_paths(first, second) == {"apps/a.yaml"}


def test_links_are_followed_inside_the_tree_only(repo):
    repo.write({"real/file": "text"}).link("link", "real").link("up/link", "../real/file")
    repo.link("out", "../../etc").link("absolute", "/etc/passwd").link("circle", "circle")
    repo.commit()
    snapshot = Repository.open(repo.path).snapshot("main")
    assert snapshot.read("link/file") == snapshot.read("up/link") == b"text"
    assert list(snapshot.paths("link")) == ["link/file"]
    for path in ("out/passwd", "absolute", "circle"):
        with pytest.raises(SnapshotError):
            snapshot.read(path)


def test_what_is_not_there_is_named(repo, tmp_path):
    repo.write({"a/b": ""}).commit()
    opened = Repository.open(repo.path)
    with pytest.raises(SnapshotError, match="a/c: no such file"):
        opened.snapshot("main").read("a/c")
    with pytest.raises(SnapshotError, match="a: is a directory"):
        opened.snapshot("main").read("a")
    with pytest.raises(GitError, match="did you mean main"):
        opened.resolve("mian")
    with pytest.raises(GitError, match="no Git repository"):
        Repository.open(tmp_path)
    assert opened.snapshot("main").entry("nothing/at/all") is None


def test_an_error_holds_no_credentials():
    assert "pass" not in str(GitError("cannot reach https://user:pass@host/x.git"))


def test_a_file_that_a_clone_lacks_is_named_with_what_to_do(repo, tmp_path):
    repo.write({"services/web/values.yaml": "a: 1\n", "other.yaml": "b: 1\n"}).commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    url = f"file://{repo.path}"
    repo.git("clone", "-q", "--no-checkout", "--filter=blob:none", url, str(clone))
    with pytest.raises(GitError, match=r"^services/web/values\.yaml of ") as caught:
        Repository.open(clone).snapshot("main").read("services/web/values.yaml")
    assert caught.value.remedy == f"git -C {clone}/.git/ fetch --refetch --no-filter origin"


def test_a_file_whose_object_is_gone_is_named_with_what_to_do(repo):
    repo.write({"services/web/values.yaml": "a: 1\n"}).commit()
    lost = repo.git("rev-parse", "HEAD:services/web/values.yaml").strip()
    (repo.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
    with pytest.raises(GitError, match=r"^services/web/values\.yaml of ") as caught:
        Repository.open(repo.path).snapshot("main").read("services/web/values.yaml")
    assert caught.value.remedy.startswith(f"git -C {repo.path}/.git/ fsck")
