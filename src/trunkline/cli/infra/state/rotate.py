"""`trunkline infra state rotate`: everything sealed anew under a new key."""

from __future__ import annotations

from trunkline.app.places import Places
from trunkline.cli.console import escape, out
from trunkline.cli.infra.state.opening import states, store_place
from trunkline.cli.options import Debug, Repo
from trunkline.cli.running import run
from trunkline.edge.store import Store


def rotate_(repo: Repo = ".", debug: Debug = False) -> None:
    """Seal states and saved plans under a new key. The old one stays in the file of keys, for the
    backups that it opens.

    Example: trunkline infra state rotate
    """
    run(_rotate(repo), debug=debug)


async def _rotate(repo: str) -> None:
    places = Places.of_environment()
    async with states(repo) as store:
        count = await store.vault.rotate()
    if "://" not in places.store:
        # Saved plans lie beside the states, in a file of their own.
        async with await Store.open(store_place(places, repo), keys=places.keys) as store:
            count += await store.vault.reseal()
    place = places.keys
    where = f" in {escape(place.name)}" if place else ""
    out().print(f"[good]✓[/] {count} values are sealed under a new key, the first{where}")
