"""What `.gitmodules` says, and where a relative address of it leads."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from trunkline.core.snapshot import FilesSnapshot, SnapshotError
from trunkline.core.sources.gitmodules import resolved, urls_of
from trunkline.core.sources.whole import Gitlink, WholeSnapshot

FILE = rb"""
# What others made.
[core]
    path = not-a-submodule
[submodule "lib"]
	path = vendor/lib
	url = ../lib.git   ; beside us
[Submodule "with \"quotes\""] path = a b
    URL = "https://git.example.test/a#b.git" # all of it
[submodule "long"]
    path = long
    url = https://git.example.test/\
long.git
[submodule "later"]
    path = later
    url = https://git.example.test/old.git
    branch = main
    url = https://git.example.test/new.git
[submodule "left"]
    path = left
    url = https://git.example.test/left.git
    update = none
[submodule "half"]
    path = half
"""


def test_the_file_is_read_as_git_reads_it() -> None:
    assert urls_of(FILE) == {
        "vendor/lib": "../lib.git",
        "a b": "https://git.example.test/a#b.git",
        "long": "https://git.example.test/long.git",
        "later": "https://git.example.test/new.git",
    }
    assert urls_of(FILE.replace(b"\n", b"\r\n")) == urls_of(FILE)
    assert urls_of(b"\xff[submodule") == {}


HTTPS, SSH = "https://git.example.test/org/config.git", "git@git.example.test:org/config.git"
PLACES: Mapping[tuple[str, str], str] = {
    ("https://other.test/x.git", HTTPS): "https://other.test/x.git",
    ("../lib.git", HTTPS): "https://git.example.test/org/lib.git",
    ("../lib.git", f"{HTTPS}/"): "https://git.example.test/org/lib.git",
    ("./lib", HTTPS): "https://git.example.test/org/config.git/lib",
    ("../../team/./lib/", HTTPS): "https://git.example.test/team/./lib",
    ("../../../lib.git", HTTPS): "",
    ("../../../../lib.git", HTTPS): "",
    ("../lib.git", SSH): "git@git.example.test:org/lib.git",
    ("../../lib.git", SSH): "git@git.example.test:lib.git",
    ("../../../lib.git", SSH): "",
    ("../lib", "ssh://git@git.example.test:2222/org/config"): (
        "ssh://git@git.example.test:2222/org/lib"
    ),
    ("../lib", "/srv/git/config"): "/srv/git/lib",
    ("../lib", ""): "",
}


@pytest.mark.parametrize(("url", "parent"), PLACES)
def test_where_an_address_leads(url: str, parent: str) -> None:
    assert resolved(url, parent) == PLACES[url, parent]


def test_files_of_a_submodule_are_told_in_their_order() -> None:
    outer = FilesSnapshot({"a/lib.txt": "", "a/z": "", "b": ""})
    link = Gitlink("a/lib", "https://git.example.test/lib.git", "1" * 40, HTTPS)
    asked: list[Gitlink] = []
    whole = WholeSnapshot(outer, {"a/lib": link}, lambda _holder, one: asked.append(one))
    assert [*whole.paths("a", deep=False)] == ["a/lib.txt", "a/z"]
    before = whole.object_id("b")
    with pytest.raises(SnapshotError, match="whose files are not here"):
        whole.object_id("a")
    assert asked == [link]
    whole.put("a/lib", FilesSnapshot({"x": "1", "d/y": "2"}))
    listed = ["a/lib/d/y", "a/lib/x", "a/lib.txt", "a/z"]
    assert [*whole.paths("a")] == listed
    assert [*whole.paths()] == [*listed, "b"]
    assert [*whole.paths("a/lib/d")] == ["a/lib/d/y"]
    assert (whole.entry("a/lib"), whole.entry("a/lib/x")) == ("directory", "file")
    assert (whole.read("a/lib/d/y"), whole.read("b")) == (b"2", b"")
    assert whole.object_id("a") != outer.object_id("a")
    assert whole.object_id("b") == before
