"""Which programs are started to tell what a plan says: none more, where its file can be read."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from infra.ground import DATA, NET, Ground
from trunkline.core.infra.plan.values import InfraPlan

# What tells nothing of a plan.
ELSE = ("version", "init")
NOTES = """\
#!/bin/sh
echo "$1" >> "LOG"
BEFORE
exec "PROGRAM" "$@"
"""


class Notes:
    """A program that notes each of its starts, in the place of the real one."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str, real: Path):
        self.log, self.path, self.real = folder / "log", folder / kind, real
        self.write()
        monkeypatch.setenv(f"TRUNKLINE_{kind.upper()}", str(self.path))

    def write(self, before: str = "") -> None:
        text = NOTES.replace("LOG", str(self.log)).replace("PROGRAM", str(self.real))
        self.path.write_text(text.replace("BEFORE", before))
        self.path.chmod(0o755)

    def taken(self) -> Counter[str]:
        """The commands since the last look."""
        words = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return Counter(word for word in words if word not in ELSE)


@pytest.fixture
def notes(
    tmp_path: Path,
    each_ground: Ground,
    request: pytest.FixtureRequest,
    tofu: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Notes:
    kind = each_ground.program
    real = tofu if kind == "tofu" else request.getfixturevalue("terraform")
    return Notes(tmp_path, monkeypatch, kind, real)


async def planned(ground: Ground, text: str) -> InfraPlan:
    ground.write({"net": NET + text})
    ground.repo.commit(text or "as it was")
    async with await ground.app() as app:
        return await app.plan_infra("HEAD~1", "HEAD")


async def test_a_schema_is_asked_for_once_and_a_plan_is_never_printed(
    each_ground: Ground, notes: Notes
) -> None:
    ground = await each_ground.stand()
    first = notes.taken()
    # Both units are planned side by side; each has the same provider.
    assert (first["plan"], first["providers"], first["show"]) == (2, 1, 0)
    # Where nothing changed, no schema is needed, and so none that was forgotten is missed.
    shutil.rmtree(ground.places.cache / "infra" / "schemas")
    await ground.drift()
    assert notes.taken() == Counter(plan=2)
    plan = await planned(ground, 'output "new" { value = practice_network.main.id }\n')
    assert [one.name for one in plan.units[0].outputs] == ["new"]
    assert notes.taken() == Counter(plan=1, providers=1)
    ground.edit("bucket", "logs", versioning=False)
    (bucket,) = (one for one in (await ground.drift()).units[1].resources)
    assert bucket.change.address == "practice_bucket.logs"
    assert notes.taken() == Counter(plan=2)


MASKED = """
resource "practice_bucket" "token" {
  name = "is-a-token-of-somebody"
}
"""


async def test_where_anything_is_unsure_the_program_prints_the_plan(
    ground: Ground, tofu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = Notes(tmp_path, monkeypatch, "tofu", tofu)
    ground.repo.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
    ground.write({"data": DATA})
    # It does not tell its schemas.
    notes.write('[ "$1" = providers ] && exit 1')
    plan = await planned(ground, "")
    assert notes.taken() == Counter(plan=2, providers=1, show=2)
    assert len(plan.units) == 2
    # A provider is being developed, which has whatever schema it has now.
    notes.write()
    config = tmp_path / "home" / ".tofurc"
    config.parent.mkdir(exist_ok=True)
    config.write_text("provider_installation {\n  # no dev_overrides {}\n  direct {}\n}\n")
    await planned(ground, "# one")
    assert notes.taken() == Counter(plan=1, show=1)
    config.unlink()
    await planned(ground, "# two")
    assert notes.taken() == Counter(plan=1, providers=1)


async def test_a_credential_of_the_environment_is_masked_in_what_is_read(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRACTICE_TOKEN", "is-a-token-of-somebody")
    ground.repo.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
    plan = await planned(ground, MASKED)
    said = repr(plan.as_json())
    assert "practice_bucket.token" in said
    assert "is-a-token-of-somebody" not in said
