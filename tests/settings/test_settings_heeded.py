"""docs/forks.md says whose word counts for each setting; here a change from outside plants each.

The table of the page is the table of the test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import fields

from gitrepo import GitRepo
from trunkline.app.offline import OfflineApp
from trunkline.app.places import Places
from trunkline.core.event import unheard
from trunkline.engine.fleet import settled_at
from trunkline.settings.file import load_settings
from trunkline.settings.heeded import Trust
from trunkline.settings.section import Section
from trunkline.settings.values import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "forks.md").read_text()
ROW = re.compile(r"^\| (`[^|]+`) \| the (base|change)'s \|", re.M)
WHOSE = {
    key: whose for keys, whose in ROW.findall(PAGE) for key in re.findall(r"`([\w.\[\]]+)`", keys)
}

# The base says the first, the change from outside the second.
PLANTED: Mapping[str, tuple[Any, Any]] = {
    "repository.urls": (["https://git.example.test/ours"], ["https://git.example.test/theirs"]),
    "repository.branch": ("main", "mine"),
    "repository.submodules": (False, True),
    "discovery.include": (["apps/**"], ["mine/**"]),
    "discovery.exclude": (["old/**"], ["apps/**"]),
    "clusters": ([{"name": "eu"}], [{"name": "eu"}, {"name": "mine"}]),
    "metaCluster": ("eu", "us"),
    "clusters[].context": ([{"name": "eu"}], [{"name": "eu", "context": "admin"}]),
    "clusters[].kubeconfig": ([{"name": "eu"}], [{"name": "eu", "kubeconfig": "/root/config"}]),
    "clusters[].inCluster": ([{"name": "eu"}], [{"name": "eu", "inCluster": True}]),
    "clusters[].unit": ([{"name": "eu"}], [{"name": "eu", "unit": "live/eu"}]),
    "defaults.kubeVersion": ("1.35.0", "1.36.0"),
    "defaults.apiVersions": ([], ["apps/v9"]),
    "limits.render.workers": (1, 256),
    "limits.render.memory": (512, 65536),
    "limits.render.seconds": (10.0, 3600.0),
    "limits.render.output": (8, 4096),
    "limits.cluster.connections": (2, 1000),
    "limits.cluster.requestsPerSecond": (10.0, 100000.0),
    "limits.cluster.timeout": (5.0, 600.0),
    "limits.waveTimeout": (60.0, 90000.0),
    "kustomize.remoteBases": (False, True),
    "kustomize.loadRestrictor": ("LoadRestrictionsRootOnly", "LoadRestrictionsNone"),
    "health.rules": ([], ["mine"]),
    "infra.program": ("tofu", "terraform"),
    "infra.environment": ([], ["*"]),
    "infra.include": (["live/**"], []),
    "infra.exclude": ([], ["**"]),
    "infra.units": ([], [{"path": "live/rds", "secretsFor": ["**"]}]),
    "infra.parallelism": (2, 64),
    "infra.timeout": (60.0, 86400.0),
    "infra.lockTimeout": (5, 3600),
    "infra.mockOutputs": (False, True),
    "infra.untrusted": ("nothing", "vetted"),
    "infra.policy": ([{"apply": "approve"}], [{"apply": "auto"}]),
    "infra.data": (["acme_store*"], []),
}


def keys_of(section: type[Section], above: str = "") -> Iterator[str]:
    """Each setting by its path, those that are maps of settings by theirs."""
    for one in fields(section):
        key = f"{above}{one.encode_name}"
        inner = isinstance(one.default, Section)
        yield from keys_of(type(one.default), f"{key}.") if inner else [key]


def file_of(key: str, value: Any) -> str:
    """A settings file that says this and nothing else."""
    first, *more = re.sub(r"\[\].*", "", key).split(".")
    for part in reversed(more):
        value = {part: value}
    whole = {first: value}
    if key == "metaCluster":
        whole["clusters"] = [{"name": "eu"}, {"name": "us"}]
    return yaml.safe_dump(whole)


def test_the_page_tells_of_every_setting() -> None:
    ways = {one for one in WHOSE if "[]" in one}
    assert {*WHOSE} - ways == {*keys_of(Settings)}
    assert {*PLANTED} == {*WHOSE}


@pytest.mark.parametrize("key", WHOSE)
async def test_whose_word_counts(key: str, tmp_path: Path) -> None:
    base, head = (file_of(key, one) for one in PLANTED[key])
    repo = GitRepo(tmp_path / "repo")
    repo.write({"trunkline.yaml": base}).commit()
    repo.write({"trunkline.yaml": head}).commit()
    places = Places(tmp_path / "cache", str(tmp_path / "store.db"))
    opening = OfflineApp.open(str(repo.path), places, unheard, revision="HEAD~1", trust=Trust.BASE)
    async with await opening as app:
        assert app.settings == load_settings(base.encode(), "")
        told = [one.message for one in app.unheeded("HEAD")]
        settled = settled_at(app.repository.snapshot("HEAD"), app.settings)
    if WHOSE[key] == "change":
        assert (told, settled) == ([], load_settings(head.encode(), ""))
    else:
        (said,) = told
        assert said.startswith(f"{key.replace('[]', '[0]')}: of a change from outside")


async def test_where_there_is_no_base_nobody_gives_power(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "repo")
    planted = [file_of(key, values[1]) for key, values in PLANTED.items() if "[]" not in key]
    whole: dict[str, Any] = {}
    for one in planted:
        _merge(whole, yaml.safe_load(one))
    repo.write({"trunkline.yaml": yaml.safe_dump(whole)}).commit()
    places = Places(tmp_path / "cache", str(tmp_path / "store.db"))
    async with await OfflineApp.open(str(repo.path), places, trust=Trust.NOBODY) as app:
        found, default = app.settings, Settings()
    assert (found.limits, found.kustomize, found.health) == (
        default.limits,
        default.kustomize,
        default.health,
    )
    assert (found.infra.policy, found.infra.untrusted, found.infra.environment) == (
        (),
        "nothing",
        None,
    )
    assert found.repository.branch == "mine"


def _merge(whole: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(whole.get(key), dict):
            _merge(whole[key], value)
        else:
            whole[key] = value
