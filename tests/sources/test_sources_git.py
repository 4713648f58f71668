"""Other Git repositories: over http, ssh and files, with credentials, and without network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gitrepo import GitRepo
from sources.gitserved import GitServer, SshServer
from sources.served import PASSWORD, USER, basic
from trunkline.core.sources.access import Keyring
from trunkline.edge.git import GitError, Mirrors, Repository, mirror
from trunkline.settings.sources import load_keyring

MakeMirrors = Callable[[str], Mirrors]


@pytest.fixture
def theirs(tmp_path: Path) -> GitRepo:
    """Another team's repository, with a branch, tags and a history of two commits."""
    repo = GitRepo(tmp_path / "srv" / "team.git").write({"a.txt": "one"})
    repo.commit()
    repo.git("tag", "v1.0.0")
    repo.git("tag", "--annotate", "v1.1.0", "--message", "annotated")
    repo.write({"a.txt": "two", "dir/b.txt": "b"}).commit()
    repo.git("branch", "feature/x")
    return repo


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[GitServer]:
    server = GitServer(folder=tmp_path / "srv")
    async with server.running():
        yield server


@pytest.fixture
async def ssh(tmp_path: Path) -> AsyncIterator[SshServer]:
    server = SshServer(tmp_path / "srv")
    async with server.running():
        yield server


@pytest.fixture
def mirrors(tmp_path: Path) -> MakeMirrors:
    """Mirrors for the sources file of a test; each call is a new run on the same folder."""
    return lambda text: Mirrors(load_keyring(text.encode(), "sources.yaml"), tmp_path / "cache")


def listed(url: str, extra: str = "") -> str:
    return f"repositories: [{{url: '{url}'{extra}}}]\n"


async def test_what_a_revision_means(
    theirs: GitRepo, served: GitServer, mirrors: MakeMirrors
) -> None:
    url = f"{served.url}/team.git"
    first, head = theirs.git("rev-parse", "v1.0.0"), theirs.git("rev-parse", "HEAD")
    one = mirrors(listed(url))
    meant = {
        "": head,
        "HEAD": head,
        "main": head,
        "feature/x": head,
        "refs/heads/main": head,
        "v1.0.0": first,
        "v1.1.0": first,
        "1.x": first,
        "^1.0": first,
        first: first,
        first[:10]: first,
    }
    assert {name: (await one.snapshot(url, name)).commit for name in meant} == meant


TAGS = ("v1.0.0", "v1.1.0", "v2.0.0-rc.1", "app/v1.0.0", "app/v1.4.0", "app/deep/v1.9.0", "odd")
VERSIONS = {
    ("1.*", ""): "v1.1.0",
    (">=1.0.0 <1.1.0", ""): "v1.0.0",
    ("~1.0", ""): "v1.0.0",
    ("*", ""): "v1.1.0",
    ("*-0", ""): "v2.0.0-rc.1",
    ("v1.*", "app/"): "app/v1.4.0",
    ("v1.0.*", "app/"): "app/v1.0.0",
    ("v1.0.0", "app/"): "app/v1.0.0",
    ("v1.*", "app/deep/"): "app/deep/v1.9.0",
    ("v1.1.0", "app/"): "v1.1.0",
    ("app/v1.0.0", "app/"): "app/v1.0.0",
    ("odd", ""): "odd",
}


@pytest.fixture
def tagged(tmp_path: Path) -> GitRepo:
    repo = GitRepo(tmp_path / "srv" / "tagged.git")
    for tag in TAGS:
        repo.write({"a.txt": tag}).commit()
        repo.git("tag", tag)
    repo.write({"a.txt": "main"}).commit()
    return repo


async def test_versions_mean_tags(tagged: GitRepo, mirrors: MakeMirrors) -> None:
    """In this repository as in another one."""
    url, own = f"file://{tagged.path}", Repository.open(tagged.path)
    other = mirrors(listed(url))
    for (revision, prefix), tag in VERSIONS.items():
        found = await other.snapshot(url, revision, "", prefix)
        assert found.read("a.txt") == tag.encode(), revision
        assert own.meant(revision, prefix) == found.commit, revision
    for prefix in ("", "app/"):
        with pytest.raises(GitError, match=r"no commit is called '3\.\*'"):
            own.meant("3.*", prefix)


async def test_only_the_commit_is_fetched_and_names_are_asked_for_once(
    theirs: GitRepo, served: GitServer, mirrors: MakeMirrors
) -> None:
    url = f"{served.url}/team.git"
    one = mirrors(listed(url))
    snapshot = await one.snapshot(url, "main")
    assert (snapshot.read("a.txt"), snapshot.read("dir/b.txt")) == (b"two", b"b")
    assert list(snapshot.paths()) == ["a.txt", "dir/b.txt"]
    asked = len(served.asked)
    await one.snapshot(url, "feature/x")
    assert len(served.asked) == asked
    theirs.write({"a.txt": "three"}).commit()
    assert (await one.snapshot(url, "main")).read("a.txt") == b"two"
    one.forget()
    assert (await one.snapshot(url, "main")).read("a.txt") == b"three"


async def test_a_commit_that_is_here_needs_no_network(
    theirs: GitRepo, served: GitServer, mirrors: MakeMirrors
) -> None:
    url, head = f"{served.url}/team.git", theirs.git("rev-parse", "HEAD")
    await mirrors(listed(url)).snapshot(url, head)
    served.asked.clear()
    served.locked = True
    assert (await mirrors(listed(url)).snapshot(url, head)).read("a.txt") == b"two"
    assert served.asked == []
    with pytest.raises(GitError) as told:
        await mirrors(listed(url)).snapshot(url, "main")
    assert "main is a name that has to be asked for" in str(told.value)
    assert f"the mirror holds commit {head[:12]}" in str(told.value)


async def test_credentials_over_http(
    theirs: GitRepo, served: GitServer, mirrors: MakeMirrors, capfd: pytest.CaptureFixture[str]
) -> None:
    served.locked = True
    url = f"{served.url}/team.git"
    text = f"credentials: [{{url: '{served.url}', username: {USER}, password: {PASSWORD}}}]"
    assert (await mirrors(text).snapshot(url, "main")).read("a.txt") == b"two"
    assert set(served.credentials) == {basic()}
    for wrong in (listed(url), text.replace(PASSWORD, "wr0ng-secret")):
        with pytest.raises(GitError) as told:
            await mirrors(wrong).snapshot(url, "feature/x")
        assert "refuses us" in str(told.value)
        assert "wr0ng" not in f"{told.value}{told.value.remedy}"
    assert "secret" not in "".join(capfd.readouterr())


async def test_the_repository_of_the_command_line(
    theirs: GitRepo, served: GitServer, tmp_path: Path
) -> None:
    """Whole, with its history, and brought up to date; with the credentials of the file."""
    served.locked = True
    url = f"{served.url}/team.git"
    text = f"credentials: [{{url: '{served.url}', username: {USER}, password: {PASSWORD}}}]"
    keyring = load_keyring(text.encode(), "sources.yaml")
    first = Repository.open(await mirror(url, tmp_path / "cache", keyring))
    assert len([*first.history("main")]) == 2
    theirs.write({"a.txt": "three"}).commit()
    again = Repository.open(await mirror(url, tmp_path / "cache", keyring))
    assert len([*again.history("main")]) == 3
    with pytest.raises(GitError, match="refuses us"):
        await mirror(url, tmp_path / "cache", Keyring())


async def test_two_runs_at_once_fetch_into_one_mirror(
    theirs: GitRepo, served: GitServer, mirrors: MakeMirrors
) -> None:
    url = f"{served.url}/team.git"
    names = ["main", "v1.0.0", "feature/x", theirs.git("rev-parse", "v1.0.0")]
    work = [mirrors(listed(url)).snapshot(url, name) for name in names]
    found = await asyncio.gather(*work)
    assert [one.read("a.txt") for one in found] == [b"two", b"one", b"two", b"one"]


async def test_two_runs_at_once_make_one_mirror_of_the_command_line(
    theirs: GitRepo, served: GitServer, tmp_path: Path
) -> None:
    work = [mirror(f"{served.url}/team.git", tmp_path / "cache") for _ in range(2)]
    first, second = [Repository.open(one) for one in await asyncio.gather(*work)]
    assert [*first.history("main")] == [*second.history("main")]


def killed_in(folder: Path) -> Path:
    """The only mirror below a folder, as a git leaves it that is killed while it fetches."""
    (found,) = folder.glob("*.git")
    for name in ("shallow", "packed-refs", "HEAD", "refs/heads/main"):
        (found / f"{name}.lock").parent.mkdir(parents=True, exist_ok=True)
        (found / f"{name}.lock").touch()
    return found


async def test_what_a_killed_git_left_is_in_nobodys_way(
    theirs: GitRepo, served: GitServer, mirrors: MakeMirrors, tmp_path: Path
) -> None:
    url = f"{served.url}/team.git"
    await mirrors(listed(url)).snapshot(url, "main")
    killed_in(tmp_path / "cache/git")
    theirs.write({"a.txt": "three"}).commit()
    assert (await mirrors(listed(url)).snapshot(url, "main")).read("a.txt") == b"three"

    await mirror(url, tmp_path / "whole")
    killed_in(tmp_path / "whole/git")
    theirs.git("branch", "-D", "feature/x")
    theirs.write({"a.txt": "four"}).commit()
    again = Repository.open(await mirror(url, tmp_path / "whole"))
    assert len([*again.history("main")]) == 4


async def test_a_mirror_that_was_begun_is_made_anew(
    theirs: GitRepo, served: GitServer, tmp_path: Path
) -> None:
    url = f"{served.url}/team.git"
    made = await mirror(url, tmp_path / "cache")
    (made / "HEAD").unlink()
    again = Repository.open(await mirror(url, tmp_path / "cache"))
    assert len([*again.history("main")]) == 2


async def test_a_broken_mirror_says_what_to_do(
    theirs: GitRepo, served: GitServer, mirrors: MakeMirrors, tmp_path: Path
) -> None:
    url = f"{served.url}/team.git"
    await mirrors(listed(url)).snapshot(url, "main")
    (mirror_of_it,) = (tmp_path / "cache/git").glob("*.git")
    (mirror_of_it / "HEAD").unlink()
    with pytest.raises(GitError, match="its mirror is broken") as told:
        await mirrors(listed(url)).snapshot(url, "main")
    assert str(mirror_of_it) in told.value.remedy


async def test_redirects_are_not_followed(
    theirs: GitRepo, served: GitServer, tmp_path: Path, mirrors: MakeMirrors
) -> None:
    other = GitServer(folder=tmp_path / "srv")
    async with other.running():
        served.moved["/old.git"] = f"{other.url}/team.git"
        url = f"{served.url}/old.git"
        text = listed(url, f", username: {USER}, password: {PASSWORD}")
        with pytest.raises(GitError, match="it redirects elsewhere, which is not followed"):
            await mirrors(text).snapshot(url, "main")
        assert other.asked == []


async def test_over_ssh(
    theirs: GitRepo, ssh: SshServer, mirrors: MakeMirrors, tmp_path: Path
) -> None:
    url = ssh.url("team.git")
    key = tmp_path / "key"
    key.write_text(ssh.private_key)
    text = listed(url, f", sshPrivateKeyFile: '{key}'") + f"knownHosts: '{ssh.known_hosts}'\n"
    assert (await mirrors(text).snapshot(url, "v1.0.0")).read("a.txt") == b"one"
    assert ssh.asked == ["git-upload-pack /team.git"] * 2


async def test_secrets_are_in_no_argument(
    theirs: GitRepo,
    ssh: SshServer,
    mirrors: MakeMirrors,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A command in place of ssh sees what any program on the machine could see of it."""
    seen = tmp_path / "seen"
    stand_in = tmp_path / "ssh.sh"
    stand_in.write_text(
        f'#!/bin/sh\necho "$@" >> {seen}\nfor last; do :; done\n'
        f'eval "$(echo "$last" | sed "s#\'/#\'{tmp_path}/srv/#")"\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(stand_in))
    url, key = ssh.url("team.git"), tmp_path / "key"
    key.write_text(ssh.private_key)
    text = listed(url, f", sshPrivateKeyFile: '{key}'") + f"knownHosts: '{ssh.known_hosts}'\n"
    assert (await mirrors(text).snapshot(url, "main")).read("a.txt") == b"two"
    told = seen.read_text()
    assert "StrictHostKeyChecking=yes" in told and "IdentityAgent=none" in told
    assert not any(line in told for line in ssh.private_key.splitlines())
    files = [Path(word) for word in told.split() if word.endswith("/key")]
    assert files and not any(one.exists() for one in files)


@pytest.mark.parametrize("what", ["an unknown host", "another key"])
async def test_ssh_that_is_refused(
    theirs: GitRepo, ssh: SshServer, mirrors: MakeMirrors, tmp_path: Path, what: str
) -> None:
    url = ssh.url("team.git")
    key = tmp_path / "key"
    key.write_text((SshServer(tmp_path) if what == "another key" else ssh).private_key)
    known = "" if what == "an unknown host" else f"knownHosts: '{ssh.known_hosts}'\n"
    with pytest.raises(GitError) as told:
        await mirrors(listed(url, f", sshPrivateKeyFile: '{key}'") + known).snapshot(url, "main")
    said = "host key is not known" if what == "an unknown host" else "refuses the ssh key"
    assert said in str(told.value)
    assert told.value.remedy


async def test_files_only_where_they_are_listed(theirs: GitRepo, mirrors: MakeMirrors) -> None:
    for url in (str(theirs.path), f"file://{theirs.path}"):
        assert (await mirrors(listed(url)).snapshot(url, "main")).read("a.txt") == b"two"
        with pytest.raises(GitError, match="file:// is asked only where"):
            await mirrors("").snapshot(url, "main")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://169.254.169.254/x.git", "x.git: it is link-local"),
        ("https://127.0.0.1:1/x.git", "x.git: it is private, and its host is not listed"),
        ("git@127.0.0.1:x.git", "x.git: it is private, and its host is not listed"),
        ("https://localhost:1/x.git", "localhost leads to "),
        ("http://git.test/x.git", "http:// is asked only where"),
        ("ext::sh -c true", "is no address"),
        ("-oProxyCommand=true:x", "is no name of a host"),
        ("ssh://-oProxyCommand=true/x", "is no name of a host"),
        ("https://git.test/../x.git", "the path holds what no repository's path holds"),
        ("https://u:p4ss@git.test/x.git", "carries a password"),
        ("https://git.test/x.git?a=b", "is no address of a repository"),
        ("oci://git.test/x", "is no Git repository"),
    ],
)
async def test_what_a_pull_request_must_not_reach(
    mirrors: MakeMirrors, url: str, said: str
) -> None:
    with pytest.raises(GitError) as told:
        await mirrors("").snapshot(url, "main")
    assert said in str(told.value)
    assert "asked for" not in str(told.value)
    assert "p4ss" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "revision", "said"),
    [
        ("none.git", "main", "no such repository is there"),
        ("team.git", "mian", "no branch, tag or commit is called mian; did you mean main?"),
        ("team.git", "0" * 40, "team.git"),
    ],
)
async def test_what_is_not_there(
    theirs: GitRepo, served: GitServer, mirrors: MakeMirrors, name: str, revision: str, said: str
) -> None:
    url = f"{served.url}/{name}"
    with pytest.raises(GitError) as told:
        await mirrors(listed(url)).snapshot(url, revision)
    assert said in str(told.value)
