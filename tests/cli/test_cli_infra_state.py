"""`trunkline infra state …` as a user types it, over states that a backend has kept."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cli.conftest import Typed
from trunkline.app.places import Places
from trunkline.core.infra.state.lock import LockInfo
from trunkline.edge.store import Store

UNIT = "infra/live/eu/rds"
DEAD = json.dumps({"ID": "L9", "Who": "ann@laptop", "Operation": "OperationTypeApply"})


def written(serial: int, size: str) -> bytes:
    attributes = {"id": "db-1", "size": size, "password": f"hunter{serial}"}
    instance = {"attributes": attributes, "sensitive_attributes": []}
    resource = {"mode": "managed", "type": "db", "name": "main", "instances": [instance]}
    value = {"version": 4, "terraform_version": "1.12.6", "serial": serial, "lineage": "aa-bb"}
    return json.dumps({**value, "resources": [resource], "outputs": {}}).encode()


@pytest.fixture
def kept(typed: Typed, tmp_path: Path) -> Typed:
    """Two versions of a state, and a lock that a dead run left."""

    async def keep() -> None:
        places = Places.of_environment()
        place = places.states_of(Path())
        async with await Store.open(place, keys=places.keys, precious=True) as store:
            for serial, size in ((1, "small"), (2, "large")):
                lock_id = f"L{serial}"
                await store.states.lock(UNIT, LockInfo(lock_id, "{}"), "ci")
                await store.states.keep(UNIT, written(serial, size), lock_id, "ci")
                await store.states.unlock(UNIT, lock_id, "ci", forced=False)
            await store.states.lock(UNIT, LockInfo("L9", DEAD), "ci")

    asyncio.run(keep())
    return typed


def test_list(kept: Typed) -> None:
    said = kept("infra", "state", "list")
    assert said.code == 0
    line = said.out.splitlines()[1].split()
    assert [*line[:4], line[6], *line[9:]] == [UNIT, "2", "2", "1", "1.12.6", "ci", "ann@laptop"]
    history = kept("infra", "state", "list", UNIT, "--output", "json").json
    assert [one["version"] for one in history["versions"]] == [2, 1]
    assert history["events"][0]["what"] == "locked"


def test_an_older_program_after_a_newer_one_is_told(kept: Typed) -> None:
    async def keep() -> None:
        places = Places.of_environment()
        place = places.states_of(Path())
        older = written(3, "large").replace(b"1.12.6", b"1.10.5")
        async with await Store.open(place, keys=places.keys, precious=True) as store:
            await store.states.keep(UNIT, older, "L9", "ci")

    assert kept("infra", "state", "list", UNIT).err == ""
    asyncio.run(keep())
    said = kept("infra", "state", "list", UNIT)
    assert "! version 1.12.6 wrote it before, and 1.10.5 after it" in said.err
    assert "→ trunkline infra state diff shows what" in said.err


def test_show(kept: Typed) -> None:
    assert (
        kept("infra", "state", "show", UNIT, "--version", "1").out
        == """\
db.main
  id = db-1
  size = small
  password = ••••••••
serial 1, lineage aa-bb, written by version 1.12.6
"""
    )
    assert "hunter" not in kept("infra", "state", "show", UNIT, "--output", "json").out


def test_diff(kept: Typed) -> None:
    assert (
        kept("infra", "state", "diff", UNIT).out
        == """\
~ db.main
    password  •••••••• → •••••••• (changed)
    size  small → large
version 1 → 2: 1 changed
"""
    )


def test_a_lock_is_shown_and_taken_away(kept: Typed) -> None:
    refused = kept("infra", "state", "restore", UNIT, "1")
    assert (refused.code, f"{UNIT} is locked by ann@laptop since" in refused.err) == (1, True)
    said = kept("infra", "state", "lock", UNIT)
    assert f"‖ {UNIT} is locked: ann@laptop (Apply) since" in said.out
    assert f"→ trunkline infra state lock {UNIT} --release L9" in said.out
    assert kept("infra", "state", "lock", UNIT, "--release", "L1").code == 1
    assert "is gone" in kept("infra", "state", "lock", UNIT, "--release", "L9").out
    assert "is not locked" in kept("infra", "state", "lock", UNIT).out


def test_restore(kept: Typed) -> None:
    kept("infra", "state", "lock", UNIT, "--release", "L9")
    said = kept("infra", "state", "restore", UNIT, "1")
    assert said.out.splitlines()[-2:] == [
        "    size  large → small",
        f"✓ {UNIT}: version 1 is now version 3, serial 3",
    ]


def test_tokens(typed: Typed) -> None:
    made = typed("infra", "state", "token", "ci", "--unit", "infra/**", "--scope", "read")
    assert made.out.startswith("tls_")
    assert "ci     read  infra/**" in typed("infra", "state", "token").out
    assert typed("infra", "state", "token", "ci", "--unit", "x").code == 1
    assert typed("infra", "state", "token", "ci", "--revoke").code == 0
    assert typed("infra", "state", "token", "--output", "json").json == []


WRONG = {
    "no unit": ("show nothing", "nothing has no state here"),
    "no version": (f"show {UNIT} --version 7", f"{UNIT} has no version 7 here"),
    "no older one": (f"diff {UNIT} 7 8", "has no version 7 here"),
    "nothing to restore": (f"restore {UNIT} 9", "has no version 9 that could be restored"),
    "a way up": ("show ../x", "a unit's path has no . or .. in it"),
    "no units for a token": ("token ci", "--unit: for which units?"),
    "no scope": ("token ci --unit x --scope all", "--scope: read or write, not 'all'"),
    "no time": ("token ci --unit x --expires soon", "--expires: 'soon' is no time"),
    "a token that never counts": ("token ci --unit x --expires 0d", "--expires: '0d' is no time"),
    "no such token": ("token ci --revoke", "no token is called 'ci'"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said(kept: Typed, what: str) -> None:
    words, message = WRONG[what]
    said = kept("infra", "state", *words.split())
    assert (said.code, message in said.err) == (1, True), said.err


async def plan_kept() -> None:
    places = Places.of_environment()
    async with await Store.open(places.store, keys=places.keys) as store:
        await store.vault.keep("plan", "7f3a", b"x")


def test_rotate(kept: Typed, tmp_path: Path) -> None:
    asyncio.run(plan_kept())
    assert "3 values are sealed under a new key" in kept("infra", "state", "rotate").out
    assert "hunter" not in kept("infra", "state", "show", UNIT).out
    file = Places.of_environment().keys
    assert file is not None
    keys = [line for line in file.file.read_text().splitlines() if not line.startswith("#")]
    assert len(keys) == 2
    assert file.file.stat().st_mode & 0o077 == 0
