"""`trunkline infra state rotate`: everything sealed anew under a new key."""

from __future__ import annotations

from trunkline.cli.console import escape, out
from trunkline.cli.infra.state.opening import states
from trunkline.cli.options import Debug, Repo
from trunkline.cli.running import run
from trunkline.offline import Places


def rotate_(repo: Repo = ".", debug: Debug = False) -> None:
    """Seal states and plans of this store under a new key. The old one stays in the file of keys,
    for the backups that it opens.

    Example: trunkline infra state rotate
    """
    run(_rotate(repo), debug=debug)


async def _rotate(repo: str) -> None:
    async with states(repo) as store:
        count = await store.vault.rotate()
    place = Places.of_environment().keys
    where = f" in {escape(place.name)}" if place else ""
    out().print(f"[good]✓[/] {count} values are sealed under a new key, the first{where}")
