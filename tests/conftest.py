"""Real programs for the tests that ask for them, had once a session, before the first test.

The control plane is built and started; Chromium is installed where that can be done.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

import browser
from realcluster.binaries import Programs, Unavailable, programs
from realcluster.start import ControlPlane, RealCluster

REAL = frozenset({"real_programs", "real_cluster", "helm_binary"})

built = pytest.StashKey[Programs]()
missing = pytest.StashKey[str]()
chromium_found = pytest.StashKey[str]()
chromium_missing = pytest.StashKey[str]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if REAL & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build and install before the first test: that takes longer than any test may."""
    config = session.config
    if config.option.collectonly:
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")

    def say(line: str) -> None:
        assert reporter is not None and capture is not None
        with capture.global_and_fixture_disabled():
            reporter.write_line(line)

    if any(one.get_closest_marker("real") for one in session.items):
        try:
            config.stash[built] = programs(say)
        except Unavailable as error:
            config.stash[missing] = str(error)
    if any("chromium" in getattr(one, "fixturenames", ()) for one in session.items):
        try:
            config.stash[chromium_found] = browser.program(say)
        except browser.NoBrowser as error:
            config.stash[chromium_missing] = str(error)


def without(reason: str) -> NoReturn:
    """Skip a test that lacks a program; in CI, where all must be there, fail it."""
    if os.environ.get("TRUNKLINE_REQUIRE_ALL") == "1":
        pytest.fail(f"TRUNKLINE_REQUIRE_ALL=1, but {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> str:
    """The path of a real browser."""
    if chromium_found in pytestconfig.stash:
        return pytestconfig.stash[chromium_found]
    without(pytestconfig.stash[chromium_missing])


@pytest.fixture(scope="session")
def real_programs(pytestconfig: pytest.Config) -> Programs:
    """The built programs; where they cannot be had the test is skipped, or fails in CI."""
    if built in pytestconfig.stash:
        return pytestconfig.stash[built]
    without(pytestconfig.stash[missing])


@pytest.fixture(scope="session")
def helm_binary(real_programs: Programs) -> Path:
    return real_programs.helm


@pytest.fixture(scope="session")
def real_cluster(real_programs: Programs) -> Iterator[RealCluster]:
    plane, cluster = ControlPlane.start(real_programs)
    yield cluster
    plane.close()
