"""Each contract test runs twice: against a practice cluster and against the real control plane."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.objects import namespace
from contract.place import Place, opened
from trunkline.sandbox import Sandbox

numbers = itertools.count(1)


@pytest.fixture(params=["sandbox", pytest.param("real", marks=pytest.mark.real)])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """A cluster with a client and a fresh namespace. The real one lasts for the session, and what
    a test leaves in it does no harm to the next.
    """
    fresh = f"contract-{next(numbers)}"
    if request.param == "real":
        kubeconfig = request.getfixturevalue("real_cluster").kubeconfig
        async with opened("real", kubeconfig, fresh) as found:
            await found.client.create(namespace(fresh))
            yield found
        return
    async with Sandbox(["sandbox"]) as box:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(box.kubeconfig())
        async with opened("sandbox", kubeconfig, fresh) as found:
            await found.client.create(namespace(fresh))
            yield found
