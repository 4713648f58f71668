"""Versions of programs that are known: of the very file that said them, and of no other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from trunkline.edge.programs.errors import ProgramError
from trunkline.edge.programs.found import find_programs
from trunkline.edge.programs.known import KnownVersions, key_of

# A program of the system that says no version: whoever asks it learns nothing.
MUTE = Path(shutil.which("true") or "/bin/true").resolve()
SCRIPT = "#!/bin/sh\necho OpenTofu v1.9.0\n"


@pytest.fixture
def known(tmp_path: Path) -> KnownVersions:
    return KnownVersions(tmp_path / "cache")


def mute(path: Path, more: bytes = b"") -> dict[str, str]:
    """A machine whose OpenTofu says nothing; with `more` at its end it is another file."""
    path.write_bytes(MUTE.read_bytes() + more)
    path.chmod(0o700)
    return {"TRUNKLINE_TOFU": str(path), "PATH": ""}


async def test_a_program_is_asked_once(tmp_path: Path, tofu: Path, known: KnownVersions) -> None:
    machine = {"TRUNKLINE_TOFU": str(tofu), "PATH": ""}
    asked = await find_programs("", machine, known)
    assert known.read(key_of(tofu)) == ("tofu", asked.terraform.version)
    here = mute(tmp_path / "tofu")
    known.write(key_of(tmp_path / "tofu"), "tofu", "1.9.0")
    assert (await find_programs("", here, known)).terraform.version == "1.9.0"


async def test_another_file_at_its_place_is_asked(tmp_path: Path, known: KnownVersions) -> None:
    mute(tmp_path / "tofu")
    known.write(key_of(tmp_path / "tofu"), "tofu", "1.9.0")
    here = mute(tmp_path / "tofu", b"\0")
    with pytest.raises(ProgramError, match="does not say its version"):
        await find_programs("", here, known)


async def test_what_may_start_another_program_is_asked_each_time(
    tmp_path: Path, known: KnownVersions
) -> None:
    (tmp_path / "script").mkdir()
    script = tmp_path / "script" / "tofu"
    script.write_text(SCRIPT)
    script.chmod(0o700)
    assert (await find_programs("", {"TRUNKLINE_TOFU": str(script)}, known)).terraform
    launcher, link = tmp_path / "launcher", tmp_path / "tofu"
    shutil.copy(MUTE, launcher)
    link.symlink_to(launcher)
    assert [key_of(script), key_of(link), key_of(tmp_path / "nothing")] == ["", "", ""]


async def test_what_is_damaged_is_asked_again(
    tmp_path: Path, tofu: Path, known: KnownVersions
) -> None:
    machine = {"TRUNKLINE_TOFU": str(tofu), "PATH": ""}
    asked = await find_programs("", machine, known)
    [kept] = (one for one in (tmp_path / "cache").rglob("*") if len(one.name) == 62)
    kept.write_bytes(b"\xff{")
    assert await find_programs("", machine, known) == asked
