"""The real control plane for every test that asks for it: built once, started once a session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from realcluster.binaries import Programs, Unavailable, programs
from realcluster.start import ControlPlane, RealCluster

REAL = frozenset({"real_programs", "real_cluster", "helm_binary"})

built = pytest.StashKey[Programs]()
missing = pytest.StashKey[str]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if REAL & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build before the first test: a build takes longer than any test may."""
    config = session.config
    if config.option.collectonly or not any(i.get_closest_marker("real") for i in session.items):
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")

    def say(line: str) -> None:
        assert reporter is not None and capture is not None
        with capture.global_and_fixture_disabled():
            reporter.write_line(line)

    try:
        config.stash[built] = programs(say)
    except Unavailable as error:
        config.stash[missing] = str(error)


@pytest.fixture(scope="session")
def real_programs(pytestconfig: pytest.Config) -> Programs:
    """The built programs; where they cannot be had the test is skipped, or fails in CI."""
    if built in pytestconfig.stash:
        return pytestconfig.stash[built]
    reason = pytestconfig.stash[missing]
    if os.environ.get("TRUNKLINE_REQUIRE_ALL") == "1":
        pytest.fail(f"TRUNKLINE_REQUIRE_ALL=1, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def helm_binary(real_programs: Programs) -> Path:
    return real_programs.helm


@pytest.fixture(scope="session")
def real_cluster(real_programs: Programs) -> Iterator[RealCluster]:
    plane, cluster = ControlPlane.start(real_programs)
    yield cluster
    plane.close()
