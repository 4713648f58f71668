"""docs/argocd.md tells of options that stand: each room is there, and each test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "argocd.md").read_text()


def named(pattern: str) -> list[str]:
    return sorted(set(re.findall(pattern, PAGE)))


@pytest.mark.parametrize("room", named(r"`((?:core|engine)/[\w/]+\.py)`"))
def test_the_room_of_an_option_exists(room: str) -> None:
    assert (ROOT / "src" / "trunkline" / room).is_file()


def test_each_option_has_its_test() -> None:
    files = (ROOT / "tests").rglob("test_*.py")
    known = {name for one in files for name in re.findall(r"def (test_\w+)", one.read_text())}
    assert set(named(r"`(test_\w+)`")) - known == set()
