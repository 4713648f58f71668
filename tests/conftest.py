"""Real programs for the tests that ask for them, had once a session, before the first test.

The control plane is built and started; Chromium and PostgreSQL are installed where that can be
done.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

import browser
import postgres as postgresql
from realcluster.binaries import Programs, Unavailable, programs
from realcluster.start import ControlPlane, RealCluster
from trunkline.edge.store import Store

REAL = frozenset({"real_programs", "real_cluster", "helm_binary"})

built = pytest.StashKey[Programs]()
missing = pytest.StashKey[str]()
chromium_found = pytest.StashKey[str]()
chromium_missing = pytest.StashKey[str]()
postgres_found = pytest.StashKey[Path]()
postgres_missing = pytest.StashKey[str]()


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
    stored = {"postgres", "store_place"}
    if any(stored & set(getattr(one, "fixturenames", ())) for one in session.items):
        try:
            config.stash[postgres_found] = postgresql.programs(say)
        except postgresql.NoPostgres as error:
            config.stash[postgres_missing] = str(error)


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


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[postgresql.Postgres]:
    """A real PostgreSQL."""
    if postgres_found not in pytestconfig.stash:
        without(pytestconfig.stash[postgres_missing])
    server = postgresql.Postgres(pytestconfig.stash[postgres_found])
    yield server
    server.close()


@pytest.fixture(scope="session")
def migrated(postgres: postgresql.Postgres) -> str:
    """A database that holds an empty store, for others to be copied from: that is quicker."""
    name = postgres.database()

    async def opened() -> None:
        async with await Store.open(postgres.url(name)):
            pass

    asyncio.run(opened())
    return name


def in_sqlite(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("tmp_path") / "store.db")


def in_postgresql(request: pytest.FixtureRequest) -> str:
    server = request.getfixturevalue("postgres")
    return str(server.url(server.database(request.getfixturevalue("migrated"))))


@pytest.fixture(params=[in_sqlite, in_postgresql], ids=["sqlite", "postgresql"])
def store_place(request: pytest.FixtureRequest) -> str:
    """Where a test keeps its store: each runs on both kinds of database."""
    made: Callable[[pytest.FixtureRequest], str] = request.param
    return made(request)
