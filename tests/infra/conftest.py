"""Infrastructure in a real repository, planned and applied by the real programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.region import Region
from trunkline.core.keys import KeyPlace
from trunkline.offline import Places


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
