"""docs/infrastructure.md tells of what stands: its settings are settings, its verbs are verbs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trunkline.cli.infra import GROUPS, VERBS
from trunkline.settings.file import load_settings

PAGE = (Path(__file__).parents[2] / "docs" / "infrastructure.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)


@pytest.mark.parametrize("block", BLOCKS)
def test_settings_of_the_page_are_settings(block: str) -> None:
    assert load_settings(block.encode(), "docs/infrastructure.md").infra


def test_verbs_of_the_page_for_those_who_come_are_verbs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "atlantis.md").read_text()
    said = set(re.findall(r"`trunkline infra (\w+)", page))
    assert said <= {*VERBS, *GROUPS}
    assert {"plan", "apply", "approve", "unlock", "import", "drift", "units"} <= said


def test_verbs_of_the_page_are_verbs() -> None:
    said = set(re.findall(r"`trunkline infra (\w+)", PAGE))
    assert said <= {*VERBS, *GROUPS}
    assert {"units", "plan", "apply", "approve", "resume", "unlock"} <= said
