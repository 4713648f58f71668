"""An answer stands for as long as all that it rests on does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkline.core.footprint import Footprint, Shared
from trunkline.core.snapshot import FilesSnapshot, Snapshot, SnapshotError

FILES = {"chart/Chart.yaml": "name: a", "chart/values.yaml": "x: 1", "values/eu.yaml": "x: 2"}

QUESTIONS: dict[str, Callable[[Snapshot], object]] = {
    "read": lambda files: files.read("values/eu.yaml"),
    "entry": lambda files: files.entry("values/us.yaml"),
    "object_id": lambda files: files.object_id("chart"),
    "paths": lambda files: list(files.paths("chart")),
    "commit": lambda files: files.commit,
}


@pytest.mark.parametrize(
    ("question", "change", "holds"),
    [
        ("read", {"values/us.yaml": "x: 3"}, True),
        ("read", {"values/eu.yaml": "x: 3"}, False),
        ("entry", {"values/eu.yaml": "x: 3"}, True),
        ("entry", {"values/us.yaml": "x: 3"}, False),
        ("object_id", {"values/us.yaml": "x: 3"}, True),
        ("object_id", {"chart/values.yaml": "x: 3"}, False),
        ("paths", {"values/us.yaml": "x: 3"}, True),
        ("paths", {"chart/templates/a.yaml": ""}, False),
        ("commit", {"README.md": "another commit"}, False),
    ],
)
def test_it_holds_for_a_commit_that_says_the_same(
    question: str, change: dict[str, str], holds: bool
) -> None:
    base, head = FilesSnapshot(FILES), FilesSnapshot({**FILES, **change})
    footprint = Footprint(base)
    assert QUESTIONS[question](footprint) == QUESTIONS[question](base)
    assert footprint.holds_for(head) is holds
    assert footprint.holds_for(base)


def test_a_question_without_an_answer_is_asked_of_the_next_commit_too() -> None:
    footprint = Footprint(FilesSnapshot(FILES))
    with pytest.raises(SnapshotError):
        footprint.read("values/us.yaml")
    assert not footprint.holds_for(FilesSnapshot({**FILES, "values/us.yaml": ""}))


def test_what_was_worked_out_for_one_serves_the_next_who_rests_on_it_too() -> None:
    files, walks = FilesSnapshot(FILES), []

    def walk(seen: Snapshot) -> bytes:
        walks.append(seen)
        return seen.read("values/eu.yaml")

    shared: Shared = {}
    first, second = Footprint(files, shared), Footprint(files, shared)
    for one in (first, second):
        assert one.once("values", walk, keeps=lambda _: True) == b"x: 2"
    assert len(walks) == 1
    for one in (first, second):
        assert one.holds_for(FilesSnapshot({**FILES, "values/us.yaml": ""}))
        assert not one.holds_for(FilesSnapshot({**FILES, "values/eu.yaml": "x: 3"}))


def test_what_is_not_to_be_kept_is_worked_out_again_and_rested_on_all_the_same() -> None:
    shared: Shared = {}
    footprint = Footprint(FilesSnapshot(FILES), shared)
    footprint.once("one", lambda seen: seen.read("values/eu.yaml"), keeps=lambda _: False)
    with pytest.raises(SnapshotError):
        footprint.once("two", lambda seen: seen.read("values/us.yaml"), keeps=lambda _: True)
    assert not shared
    assert not footprint.holds_for(FilesSnapshot({**FILES, "values/eu.yaml": "x: 3"}))
    assert not footprint.holds_for(FilesSnapshot({**FILES, "values/us.yaml": ""}))
