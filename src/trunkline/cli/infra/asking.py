"""The clusters are asked how Applications stand, where a unit of an apply waits for some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trunkline.cli.running import opened
from trunkline.engine.infra.apply import Standing


def clusters_asked(repo: str, kubeconfig: str) -> Standing:
    """Opens what it needs when it is called: most applies wait for no Application."""

    async def standing(ids: Sequence[str], commit: str) -> Mapping[str, str]:
        from trunkline.app.delivery import DeliveryApp

        asking = opened(DeliveryApp, repo, kubeconfig=kubeconfig, revision=commit, quiet=True)
        async with asking as (app, _):
            return await app.standing(ids, commit)

    return standing
