"""What a verb does not need is not loaded: it would be waited for at each start."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "aiohttp",
    "alembic",
    "asyncpg",
    "kubernetes",
    "markdown_it",
    "pydantic",
    "sqlalchemy",
    "sqlalchemy.dialects.postgresql",
    "starlette",
    "uvicorn",
}
NEEDED = {
    "version": set(),
    "components": set(),
    "render": set(),
    "plan": set(),
    "infra.units": set(),
    "infra.plan": set(),
    "sync": {"aiohttp"},
    "status": {"aiohttp"},
}


@pytest.mark.parametrize("verb", NEEDED)
def test_a_verb_loads_no_more_than_it_needs(verb: str) -> None:
    code = f"import sys, trunkline.cli.main, trunkline.cli.{verb}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & {*done.stdout.split()} == NEEDED[verb]
