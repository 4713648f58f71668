"""The store of states, and the options that its verbs share."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer

from trunkline.app.places import Places
from trunkline.cli.running import Failure
from trunkline.core.infra.state.address import unit_of
from trunkline.core.infra.state.head import StateHead, head_of, parse_state
from trunkline.core.infra.state.view import Things, view
from trunkline.edge.git import Repository
from trunkline.edge.store import Store

Unit = Annotated[str, typer.Argument(metavar="UNIT", help="Its path, such as infra/live/eu/rds.")]
AnyUnit = Annotated[str, typer.Argument(metavar="[UNIT]", help="Its path; all if none is named.")]


@contextlib.asynccontextmanager
async def states(repo: str) -> AsyncIterator[Store]:
    """The store that holds states. With TRUNKLINE_STORE no repository is needed."""
    places = Places.of_environment()
    place = places.states_of(_root(places, repo))
    async with await Store.open(place, keys=places.keys, precious=True) as store:
        yield store


def store_place(places: Places, repo: str) -> str:
    """Where the store is that holds everything else."""
    return places.store_of(_root(places, repo))


def _root(places: Places, repo: str) -> Path:
    return Path() if places.store else Repository.open(Path(repo)).root


async def parsed(store: Store, unit: str, version: int) -> tuple[StateHead, Things]:
    """A version of a unit's state, the newest for 0. Raises Failure."""
    data = await store.states.read(unit_of(unit), version)
    if data is None:
        which = f"version {version}" if version else "state"
        raise Failure(f"{unit} has no {which} here", "trunkline infra state list")
    state = parse_state(data)
    return head_of(state), view(state)


def moment(since: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(since)) if since else "–"


def size(count: int) -> str:
    amount, unit = float(count), "B"
    for larger in ("KiB", "MiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.1f} {unit}" if unit != "B" else f"{count} B"
