"""Infrastructure in a real repository, planned and applied by the real programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.ground import Ground
from infra.kept import Kept, kept_by_backend
from infra.region import Region
from trunkline.app.places import Places
from trunkline.core.keys import KeyPlace
from trunkline.practice.install import Practice


@pytest.fixture
def machine(
    tmp_path: Path, tofu: Path, terragrunt: Path, monkeypatch: pytest.MonkeyPatch
) -> Places:
    """A machine with OpenTofu and Terragrunt, and nothing of the user's."""
    monkeypatch.setenv("TRUNKLINE_TOFU", str(tofu))
    monkeypatch.setenv("TRUNKLINE_TERRAGRUNT", str(terragrunt))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("TF_CLI_CONFIG_FILE", "TG_TF_PATH", "TRUNKLINE_TERRAFORM"):
        monkeypatch.delenv(name, raising=False)
    return Places(tmp_path / "cache", str(tmp_path / "store.db"), keys=KeyPlace(tmp_path / "keys"))


@pytest.fixture
def region(tmp_path: Path, machine: Places) -> Region:
    return Region(tmp_path, machine)


@pytest.fixture
def ground(
    tmp_path: Path,
    machine: Places,
    practice_provider: Practice,
    monkeypatch: pytest.MonkeyPatch,
) -> Ground:
    """Units in a practice cloud."""
    for name, value in practice_provider.environment(tmp_path / "cloud.json").items():
        monkeypatch.setenv(name, value)
    return Ground(tmp_path, machine)


@pytest.fixture(params=["tofu", "terraform"])
def each_ground(
    request: pytest.FixtureRequest, ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> Ground:
    """Units by OpenTofu and by Terraform."""
    if request.param == "terraform":
        path = request.getfixturevalue("terraform")
        monkeypatch.setenv("TRUNKLINE_TERRAFORM", str(path))
        ground.program = request.param
    return ground


@pytest.fixture(params=["tofu", "terraform"])
async def kept(
    request: pytest.FixtureRequest, region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Kept]:
    """A unit whose state a backend keeps, with OpenTofu and with Terraform."""
    if request.param == "terraform":
        monkeypatch.setenv("TRUNKLINE_TERRAFORM", str(request.getfixturevalue("terraform")))
    monkeypatch.setenv("TF_HTTP_USERNAME", "ci")
    monkeypatch.setenv("TF_HTTP_PASSWORD", "made by the backend")
    async with kept_by_backend(region, tmp_path, request.param) as made:
        yield made
