"""What changed outside, written into the code: before, what changed, after; or why not."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from trunkline.core.infra.plan.attributes import attribute_changes
from trunkline.core.infra.plan.values import ResourceChange, Verb
from trunkline.core.infra.takeover import Editor, TakeOver

WHERE = "net/main.tf"


def taken(code: str, before: Any, after: Any, address: str = "a.b", **more: Any) -> TakeOver:
    changes = attribute_changes({"before": before, "after": after, **more})
    editor = Editor()
    change = ResourceChange(address, "a", more.pop("verb", Verb.UPDATE), changes)
    editor.unit("net", {WHERE: code}, [change])
    return editor.done()


def block(body: str) -> str:
    return f'resource "a" "b" {{\n{body}\n}}\n'


SAFE: dict[str, tuple[str, Any, Any, str]] = {
    "a text": (
        '  size = "small" # why',
        {"size": "small"},
        {"size": "huge"},
        '  size = "huge" # why',
    ),
    "a flag": ("  on=true", {"on": True}, {"on": False}, "  on=false"),
    "a number": ("  n = 3", {"n": 3}, {"n": 4}, "  n = 4"),
    "a number as text": ('  n = "3"', {"n": 3}, {"n": 4}, "  n = 4"),
    "signs": ('  s = "a"', {"s": "a"}, {"s": 'x"${y}\\'}, '  s = "x\\"$${y}\\\\"'),
    "a longer list": ('  z = ["a"]', {"z": ["a"]}, {"z": ["a", "b"]}, '  z = ["a", "b"]'),
    "a shorter list": (
        '  z = ["a", "b", "c"]',
        {"z": ["a", "b", "c"]},
        {"z": ["a"]},
        '  z = ["a"]',
    ),
    "a key": (
        '  t = { x = "1" }',
        {"t": {"x": "1"}},
        {"t": {"x": "2", "y z": "3"}},
        '  t = { x = "2", "y z" = "3" }',
    ),
    "a key that goes": (
        '  t = {\n    x   = "1"\n    yes = "2"\n  }',
        {"t": {"x": "1", "yes": "2"}},
        {"t": {"x": "1"}},
        '  t = {\n    x = "1"\n  }',
    ),
}


@pytest.mark.parametrize(("body", "before", "after", "new"), SAFE.values(), ids=SAFE)
def test_what_is_taken_over(body: str, before: Any, after: Any, new: str, tmp_path: Path) -> None:
    found = taken(block(body), before, after)
    assert found.left == ()
    (tmp_path / "net").mkdir()
    (tmp_path / WHERE).write_text(block(body))
    subprocess.run(("git", "apply"), cwd=tmp_path, input=found.patch, text=True, check=True)
    assert (tmp_path / WHERE).read_text() == block(new)


LEFT: dict[str, tuple[str, Any, Any, dict[str, Any], str]] = {
    "worked out": ("  s = var.s", {"s": 1}, {"s": 2}, {}, "the code works it out (net/main.tf:2)"),
    "in part": ('  s = "${var.s}-a"', {"s": "1-a"}, {"s": 2}, {}, "the code works it out"),
    "not said": ("", {"s": 1}, {"s": 2}, {}, "the code does not say it (net/main.tf:1)"),
    "a block": ("  s {\n  }", {"s": [{"a": 1}]}, {"s": [{"a": 2}]}, {}, "a block of its own"),
    "sensitive": (
        '  s = "x"',
        {"s": "x"},
        {"s": "y"},
        {"after_sensitive": {"s": True}},
        "it is sensitive",
    ),
    "long": ('  s = "x"', {"s": "x"}, {"s": "y" * 999}, {}, "it is too long to be shown"),
    "comments": (
        '  s = [\n    # why\n    "a"]',
        {"s": ["a"]},
        {"s": ["b"]},
        {},
        "comments stand in it",
    ),
    "not applied yet": ("  s = 3", {"s": 1}, {"s": 2}, {}, "otherwise than what was applied"),
    "unset": ("  s = 1", {"s": 1}, {}, {}, "it is not set any more"),
    "a list of objects that is shorter": (
        "  s = [{ a = 1 }, { a = 2 }]",
        {"s": [{"a": 1}, {"a": 2}]},
        {"s": [{"a": 1}]},
        {},
        "it is not set any more",
    ),
    "several": ("  count = 2\n  s = 1", {"s": 1}, {"s": 2}, {}, "count or for_each"),
    "one of several": ("  s = 1", {"s": 1}, {"s": 2}, {"address": "a.b[0]"}, "count or for_each"),
    "a module": ("", {"s": 1}, {"s": 2}, {"address": "module.x.a.b"}, "its code is a module"),
    "elsewhere": ("", {"s": 1}, {"s": 2}, {"address": "a.c"}, "no block of it is in the unit's"),
    "deleted": ("  s = 1", {"s": 1}, None, {"verb": Verb.DELETE}, "it was deleted: take its block"),
}


@pytest.mark.parametrize(("body", "before", "after", "more", "said"), LEFT.values(), ids=LEFT)
def test_what_is_left_to_a_person(
    body: str, before: Any, after: Any, more: dict[str, Any], said: str
) -> None:
    found = taken(block(body), before, after, **more)
    assert (found.patch, found.taken) == ("", ())
    assert said in found.left[0].reason


def test_files_without_a_last_line_end_and_with_a_mark_stay_so(tmp_path: Path) -> None:
    code = "\ufeff" + block("  s = 1").rstrip("\n")
    (tmp_path / "net").mkdir()
    (tmp_path / WHERE).write_bytes(code.encode())
    patch = taken(code, {"s": 1}, {"s": 2}).patch
    subprocess.run(("git", "apply"), cwd=tmp_path, input=patch.encode(), check=True)
    assert (tmp_path / WHERE).read_bytes().decode() == code.replace("s = 1", "s = 2")


def test_a_unit_without_code_of_its_own_is_a_module() -> None:
    editor = Editor()
    editor.unit("live/net", {}, [ResourceChange("a.b", "a", Verb.UPDATE)])
    assert editor.done().left[0].reason.startswith("its code is a module, which others may use")
