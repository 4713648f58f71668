"""Repositories as they are met: odd names, links, LFS, submodules; clones that lack something."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gitrepo import ENVIRONMENT, GitRepo
from trunkline.cli import main

Program = Callable[..., tuple[int, str, str]]

PROGRAM = str(Path(sys.executable).with_name("trunkline"))

SETTINGS = """\
repository: {urls: ["https://git.test/config.git"]}
clusters: [{name: eu}]
"""


def application(name: str = "shop", path: str = "shop") -> str:
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: "https://git.test/config.git", path: {path}, directory: {{recurse: true}}}}
  destination: {{name: eu, namespace: shop}}
"""


def config_map(name: str, value: str = "1") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{v: '{value}'}}\n"


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """Three commits, each with another value of one ConfigMap."""
    made = GitRepo(tmp_path / "source")
    made.write({"trunkline.yaml": SETTINGS, "apps/shop.yaml": application()})
    for version in "123":
        made.write({"shop/a.yaml": config_map("a", version)}).commit(f"version {version}")
    made.git("config", "uploadpack.allowFilter", "true")
    return made


@pytest.fixture
def trunkline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Type `trunkline …`: exit code, stdout, stderr. A traceback is never an answer."""
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str, repo: Path) -> tuple[int, str, str]:
        typed = [*words, "--repo", os.fspath(repo)]
        done = CliRunner().invoke(main.application(words), typed, catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return run


def environment(folder: Path) -> dict[str, str]:
    return {
        **ENVIRONMENT,
        "HOME": str(folder / "home"),
        "KUBECONFIG": os.devnull,
        "TRUNKLINE_CACHE": str(folder / "cache"),
    }


def clone(source: GitRepo, target: Path, *options: str) -> Path:
    subprocess.run(
        ["git", "clone", "--quiet", *options, f"file://{source.path}", os.fspath(target)],
        env=ENVIRONMENT,
        check=True,
        capture_output=True,
    )
    return target


ODD_NAMES = {
    b"caf\xe9.yaml": "latin",
    b"two\nlines.yaml": "lines",
    b"esc\x1b[31m.yaml": "escape",
    "\U0001f600 smile.yaml".encode(): "emoji",
    b"-rf.yaml": "dash",
    b"--output=x.yaml": "option",
    b"back\\slash.yaml": "backslash",
    b"co:lon.yaml": "colon",
    b"quote\"'.yaml": "quotes",
    b" blank .yaml": "blank",
}


def test_files_of_any_name_are_rendered_and_told(repo: GitRepo, trunkline: Program) -> None:
    for raw, name in ODD_NAMES.items():
        (repo.path / "shop" / os.fsdecode(raw)).write_text(config_map(name))
    repo.commit()
    code, out, _ = trunkline("plan", "HEAD~1..HEAD", "--output", "json", repo=repo.path)
    assert code == 0
    (component,) = json.loads(out)["components"]
    created = {one["ref"]["name"] for one in component["changes"]}
    assert created == set(ODD_NAMES.values())


def test_a_name_steers_no_terminal(repo: GitRepo, trunkline: Program) -> None:
    broken = application().replace("project: default", "project: [")
    name = os.fsdecode(b"\x1b]0;owned\x07\x1b[2J\xff\n! all is well.yaml")
    (repo.path / "apps" / name).write_text(broken)
    repo.commit()
    code, out, err = trunkline("components", repo=repo.path)
    assert code == 0
    assert "\x1b" not in out + err
    assert "\x07" not in out + err
    assert r"apps/\x1b]0;owned\x07\x1b[2J\xff\n! all is well.yaml:" in err
    code, out, _ = trunkline("plan", "HEAD~1..HEAD", "--output", "json", repo=repo.path)
    assert r"\xff\n! all" in json.loads(out)["findings"][0]["file"]


def test_a_terminal_of_another_alphabet_is_no_error(repo: GitRepo, tmp_path: Path) -> None:
    repo.write({"shop/b.yaml": config_map("b", "smile \U0001f600")}).commit()
    done = subprocess.run(
        [PROGRAM, "render", "--repo", os.fspath(repo.path)],
        env={**environment(tmp_path), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert b"smile" in done.stdout


def test_an_lfs_pointer_is_not_taken_for_an_empty_file(repo: GitRepo, trunkline: Program) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d' * 32}\nsize 12345\n"
    repo.write({"shop/b.yaml": pointer, "apps/b.yaml": pointer}).commit()
    code, _, err = trunkline("render", repo=repo.path)
    assert code == 1
    assert "shop/b.yaml is only a Git LFS pointer" in err
    _, _, err = trunkline("components", repo=repo.path)
    assert "apps/b.yaml" in err
    assert "what it declares is not in the commit" in err


def test_a_submodule_that_nothing_names_is_not_read(repo: GitRepo, trunkline: Program) -> None:
    """`git submodule update` does not know where it lies either."""
    repo.git(
        *("-c", "protocol.file.allow=always", "submodule", "--quiet", "add"),
        *(f"file://{repo.path}", "shop/sub"),
    )
    repo.git("rm", "--quiet", "--cached", "--", ".gitmodules")
    (repo.path / ".gitmodules").unlink()
    repo.write({"apps/sub.yaml": application("sub", "shop/sub")})
    repo.write({"apps/below.yaml": application("below", "shop/sub/shop")}).commit()
    code, out, _ = trunkline("render", "shop", repo=repo.path)
    assert code == 0
    assert out.count("kind: ConfigMap") == 1
    code, _, err = trunkline("render", "sub", repo=repo.path)
    assert code == 1
    assert "shop/sub is a submodule" in err
    code, _, err = trunkline("render", "below", repo=repo.path)
    assert code == 1
    assert "shop/sub/shop lies in the submodule shop/sub, which is not read" in err
    assert "name the submodule's own repository" in err


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("../../../etc/passwd", "points out of the repository"),
        ("/etc/passwd", "points out of the repository"),
        ("self.yaml", "links lead in a circle"),
    ],
    ids=["up", "absolute", "circle"],
)
def test_a_link_leads_nowhere_else(
    repo: GitRepo, trunkline: Program, target: str, told: str
) -> None:
    repo.link("shop/self.yaml", target).commit()
    code, out, err = trunkline("render", repo=repo.path)
    assert code == 1
    assert told in err
    assert "root:" not in out + err


@pytest.mark.parametrize(
    "options",
    [
        ("--filter=blob:none", "--no-checkout"),
        ("--filter=tree:0", "--no-checkout"),
        ("--filter=blob:none", "--bare"),
        ("--bare",),
        ("--sparse",),
        ("--shared",),
    ],
    ids=" ".join,
)
def test_any_clone_gives_the_same_plan(
    repo: GitRepo, trunkline: Program, tmp_path: Path, options: tuple[str, ...]
) -> None:
    target = clone(repo, tmp_path / "clone", *options)
    code, out, _ = trunkline("plan", "HEAD~1..HEAD", repo=target)
    assert code == 0
    assert '-  v: "2"' in out
    assert '+  v: "3"' in out


def test_a_partial_clone_without_its_remote_says_so(
    repo: GitRepo, trunkline: Program, tmp_path: Path
) -> None:
    target = clone(repo, tmp_path / "clone", "--filter=blob:none", "--no-checkout")
    shutil.rmtree(repo.path)
    code, out, err = trunkline("plan", "HEAD~1..HEAD", repo=target)
    assert (code, out) == (1, "")
    assert "is a partial clone that lacks" in err
    assert "fetch --refetch --no-filter origin" in err


def test_a_shallow_clone_plans_what_it_has_and_says_what_it_lacks(
    repo: GitRepo, trunkline: Program, tmp_path: Path
) -> None:
    target = clone(repo, tmp_path / "clone", "--depth", "1")
    code, out, _ = trunkline("render", repo=target)
    assert (code, out.count("kind: ConfigMap")) == (0, 1)
    code, _, err = trunkline("plan", "HEAD~1..HEAD", repo=target)
    assert code == 1
    assert "this clone is shallow: `git fetch --unshallow`" in err


def test_worktrees_and_a_detached_head(repo: GitRepo, trunkline: Program, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", os.fspath(tmp_path / "tree"), "HEAD~1", "--detach")
    _, out, _ = trunkline("render", repo=tmp_path / "tree")
    assert 'v: "2"' in out
    repo.git("checkout", "--quiet", "--detach", "HEAD~2")
    _, out, _ = trunkline("render", repo=repo.path)
    assert 'v: "1"' in out


def no_commit(path: Path) -> None:
    shutil.rmtree(path)
    GitRepo(path)


def no_objects(path: Path) -> None:
    shutil.rmtree(path / ".git" / "objects")
    (path / ".git" / "objects").mkdir()


def no_head(path: Path) -> None:
    (path / ".git" / "HEAD").write_text("nonsense\n")


def no_tree(path: Path) -> None:
    """The tree of HEAD's shop/ is gone, as after a disk that lost a file."""
    name = GitRepo(path).git("rev-parse", "HEAD:shop")
    (path / ".git" / "objects" / name[:2] / name[2:]).unlink()


def bad_config(path: Path) -> None:
    with (path / ".git" / "config").open("a") as config:
        config.write("[[[\n")


def sha256(path: Path) -> None:
    files = {os.fspath(one.relative_to(path)): one.read_bytes() for one in path.rglob("*.yaml")}
    shutil.rmtree(path)
    path.mkdir()
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256"], cwd=path, check=True)
    GitRepo(path).write(dict(files)).commit()


@pytest.mark.parametrize(
    ("breaks", "told"),
    [
        (no_commit, "has no commit yet"),
        (no_objects, "HEAD names no commit that can be read"),
        (no_head, "HEAD names no commit that can be read"),
        (no_tree, "shop of "),
        (bad_config, "failed to parse config file"),
        (sha256, "only repositories of the object format sha1"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_broken_repository_is_told(
    repo: GitRepo, trunkline: Program, breaks: Callable[[Path], None], told: str
) -> None:
    breaks(repo.path)
    code, out, err = trunkline("render", repo=repo.path)
    assert (code, out) == (1, "")
    assert told in err


def test_a_hundred_thousand_files_are_discovered(repo: GitRepo, trunkline: Program) -> None:
    """Made by fast-import: a work tree of so many files takes longer than what is tested."""
    lines = ["commit refs/heads/main", "committer a <a@b.test> 1700000000 +0000", "data 4", "many"]
    lines += ["from refs/heads/main^0", "M 644 inline one", "data 5", "x: 1", ""]
    blob = repo.git("rev-parse", "HEAD:shop/a.yaml")
    lines += [f"M 100644 {blob} data/d{at % 1000}/f{at}.yaml" for at in range(100_000)]
    subprocess.run(
        ["git", "fast-import", "--quiet"],
        input="\n".join(lines).encode() + b"\n",
        cwd=repo.path,
        env=ENVIRONMENT,
        check=True,
    )
    code, out, _ = trunkline("plan", "HEAD~1..HEAD", repo=repo.path)
    assert code == 0
    assert out.startswith("No changes")
