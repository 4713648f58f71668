"""ARCHITECTURE.md describes the house that stands: its rooms exist, its arrows are enforced."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "trunkline"
PAGE = (ROOT / "ARCHITECTURE.md").read_text()

STOREYS = (
    "core",
    "edge",
    "engine",
    "sandbox",
    "practice",
    "demo",
    "backend",
    "cli",
    "app",
    "settings",
)
ARROW = " ──▶ "


def rooms() -> list[str]:
    """Every path in backticks that begins with a storey of the house, or with `tests/`."""
    storeys = "|".join((*STOREYS, "tests"))
    found = re.findall(rf"`((?:{storeys})/[\w./-]+)`", PAGE)
    return sorted(set(found))


def place(room: str) -> Path:
    return ROOT / room if room.startswith("tests/") else SOURCE / room


def furnished(path: Path) -> bool:
    """A file that says something, or a folder with one."""
    if path.is_file():
        return path.stat().st_size > 0
    return any(one.stat().st_size > 0 for one in path.glob("*.py"))


@pytest.mark.parametrize("room", rooms())
def test_the_room_exists(room: str) -> None:
    assert furnished(place(room)), f"ARCHITECTURE.md names {room}, which is not there"


def packages() -> list[str]:
    """The packages below core, edge and engine, which have one subject each."""
    found = (path for storey in ("core", "edge", "engine") for path in (SOURCE / storey).iterdir())
    return sorted(f"{one.parent.name}/{one.name}/" for one in found if is_package(one))


def is_package(path: Path) -> bool:
    return (path / "__init__.py").exists()


@pytest.mark.parametrize("package", packages())
def test_the_page_names_the_package(package: str) -> None:
    assert f"`{package}`" in PAGE, f"{package} is not in ARCHITECTURE.md"


def test_the_picture_names_every_storey() -> None:
    found = {path.name for path in SOURCE.iterdir() if is_package(path)}
    assert found == set(STOREYS)
    assert [name for name in STOREYS if not re.search(rf"^  {name}/ ", PAGE, re.M)] == []


def drawn() -> list[list[str]]:
    """The chains of the picture's line of arrows: each room imports what stands to its right."""
    (line,) = (one for one in PAGE.splitlines() if f"engine{ARROW}edge" in one)
    return [chain.split(ARROW) for chain in re.split(r"\s{3,}", line.strip())]


def contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


def short(modules: list[str]) -> list[str]:
    every = (name for one in modules for name in one.split(" | "))
    return [one.strip("()").removeprefix("trunkline.") for one in every]


def test_the_arrows_are_the_layers_that_are_enforced() -> None:
    (layers,) = (one["layers"] for one in contracts() if one["name"].startswith("Rooms"))
    assert drawn()[0] == [one for one in short(layers) if one in drawn()[0]]
    assert ["engine", "settings", "core"] in drawn()
    assert set(short(layers)) == {*drawn()[0], "settings"}


def test_the_sandbox_stands_alone() -> None:
    assert ["sandbox", "core"] in drawn()
    forbidden = {
        module
        for one in contracts()
        if one["type"] == "forbidden" and short(one["source_modules"]) == ["sandbox"]
        for module in short(one["forbidden_modules"])
    }
    assert {"cli", "edge", "engine"} <= forbidden


def test_no_edge_imports_another() -> None:
    (edges,) = (one["modules"] for one in contracts() if one["type"] == "independence")
    found = [path.name for path in (SOURCE / "edge").iterdir() if is_package(path)]
    assert short(edges) == [f"edge.{name}" for name in sorted(found)]


def test_the_imports_keep_to_it() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
