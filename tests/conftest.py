"""Real programs for the tests that ask for them, had once a session, before the first test.

The control plane, OpenTofu and Terragrunt are built; Chromium and PostgreSQL are installed where
that can be done; Terraform is that on PATH, else the library of `make library`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

import browser
import postgres as postgresql
from gobuild import Say, Unavailable
from programs import built
from realcluster.binaries import Programs, programs
from realcluster.start import ControlPlane, RealCluster
from trunkline.edge.programs.library import launcher
from trunkline.edge.render.probe import confinement
from trunkline.edge.store import Store
from trunkline.practice.install import Practice, install

# How long an example takes says how busy the machine is, and nothing of what is tested.
hypothesis.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("no clock")

REAL = frozenset({"real_programs", "real_cluster", "helm_binary"})

# What the fixture of that name needs, and how it is had before the first test.
HAD: Mapping[str, Callable[[Say], Any]] = {
    "real_programs": programs,
    "tofu": built.tofu,
    "terragrunt": built.terragrunt,
    "chromium": browser.program,
    "postgres": postgresql.programs,
}
# Fixtures that ask for another only when they run.
LATE = {"store_place": "postgres"}

found = pytest.StashKey[dict[str, Any]]()
missing = pytest.StashKey[dict[str, str]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if REAL & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build and install before the first test: that takes longer than any test may."""
    config = session.config
    if config.option.collectonly:
        return
    say = teller(config)
    asked = {name for one in session.items for name in getattr(one, "fixturenames", ())}
    needed = {LATE.get(name, name) for name in asked}
    if any(one.get_closest_marker("real") for one in session.items):
        needed.add("real_programs")
    config.stash[found], config.stash[missing] = {}, {}
    for name in HAD.keys() & needed:
        try:
            config.stash[found][name] = HAD[name](say)
        except (Unavailable, browser.NoBrowser, postgresql.NoPostgres) as error:
            config.stash[missing][name] = str(error)


def teller(config: pytest.Config) -> Say:
    """Tells at once what takes minutes. A worker of pytest-xdist has no terminal of its own."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")

    def say(line: str) -> None:
        if reporter is None or capture is None:
            print(line, file=sys.__stderr__, flush=True)
            return
        with capture.global_and_fixture_disabled():
            reporter.write_line(line)

    return say


def without(reason: str) -> NoReturn:
    """Skip a test that lacks a program; in CI, where all must be there, fail it."""
    if os.environ.get("TRUNKLINE_REQUIRE_ALL") == "1":
        pytest.fail(f"TRUNKLINE_REQUIRE_ALL=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def had(config: pytest.Config, name: str) -> Any:
    if name in config.stash[found]:
        return config.stash[found][name]
    without(config.stash[missing][name])


@pytest.fixture(scope="session")
def landlock() -> None:
    """A kernel that keeps a renderer from the user's files; no program can be installed for it."""
    if "landlock" not in (held := confinement()):
        pytest.skip(f"this machine confines by {held} only")


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> str:
    """The path of a real browser."""
    path: str = had(pytestconfig, "chromium")
    return path


@pytest.fixture(scope="session")
def tofu(pytestconfig: pytest.Config) -> Path:
    """The path of OpenTofu."""
    path: Path = had(pytestconfig, "tofu")
    return path


@pytest.fixture(scope="session")
def terragrunt(pytestconfig: pytest.Config) -> Path:
    """The path of Terragrunt."""
    path: Path = had(pytestconfig, "terragrunt")
    return path


@pytest.fixture(scope="session")
def terraform() -> Path:
    """The path of Terraform: that on PATH, else the library as a program."""
    path = shutil.which("terraform")
    return Path(path) if path else library()


@pytest.fixture(scope="session")
def terraform_library() -> Path:
    """The path of Terraform's library as a program."""
    return library()


def library() -> Path:
    found = launcher()
    if found is None:
        without("Terraform's library is not installed (make library)")
    return found


@pytest.fixture(scope="session")
def practice_provider(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    """The provider of the practice cloud, where OpenTofu and Terraform find it."""
    return install(tmp_path_factory.mktemp("practice"))


@pytest.fixture(scope="session")
def infra_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for what all runs of the programs share."""
    return tmp_path_factory.mktemp("infra-cache")


@pytest.fixture(scope="session")
def real_programs(pytestconfig: pytest.Config) -> Programs:
    """The built programs; where they cannot be had the test is skipped, or fails in CI."""
    plane: Programs = had(pytestconfig, "real_programs")
    return plane


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
    server = postgresql.Postgres(had(pytestconfig, "postgres"))
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
