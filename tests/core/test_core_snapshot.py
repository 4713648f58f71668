"""The in-memory snapshot keeps the Protocol's promises; the Git one passes its own tests."""

import pytest

from trunkline.core.snapshot import FilesSnapshot, SnapshotError, normal_path

FILES = {"apps/a.yaml": "a: 1\n", "apps/deep/b.yaml": "b: 2\n", "README.md": "hello\n"}


def test_entries_and_paths():
    snapshot = FilesSnapshot(FILES)
    assert list(snapshot.paths("apps")) == ["apps/a.yaml", "apps/deep/b.yaml"]
    assert (snapshot.entry("apps"), snapshot.entry("README.md")) == ("directory", "file")
    assert snapshot.entry("nothing") is None


def test_an_object_id_follows_what_stands_below_it():
    one, two = FilesSnapshot(FILES), FilesSnapshot({**FILES, "README.md": "changed\n"})
    assert one.object_id("apps") == two.object_id("apps")
    assert one.object_id("") != two.object_id("")


@pytest.mark.parametrize("path", ["../etc/passwd", "a/../../b", "a\0b"])
def test_no_path_leaves_the_root(path):
    with pytest.raises(SnapshotError):
        normal_path(path)


def test_a_missing_file_is_named():
    with pytest.raises(SnapshotError, match="values.yaml: no such file"):
        FilesSnapshot(FILES).read("values.yaml")
