"""What is kept of units' outputs, with what is sensitive of it: that lies sealed in the vault."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from trunkline.core.infra.outputs import UnitOutputs
from trunkline.core.infra.secret_outputs import encoded
from trunkline.core.keys import KeysError
from trunkline.edge.store.errors import StoreError

if TYPE_CHECKING:
    from trunkline.edge.store import Store

SECRETS = "sensitive outputs"
"""The room of the vault."""

_SALT = secrets.token_bytes(16)


async def whole_outputs(store: Store) -> Mapping[str, UnitOutputs]:
    """What is known of all units, with what is sensitive of those whose is kept. Raises StoreError.

    What does not open concerns only those who ask for it.
    """
    known = {unit: replace(one, secrets={}) for unit, one in (await store.outputs()).items()}
    for unit in await store.vault.names(SECRETS):
        if unit in known:
            known[unit] = await _opened(store, known[unit])
    return known


async def _opened(store: Store, known: UnitOutputs) -> UnitOutputs:
    try:
        data = await store.vault.kept(SECRETS, known.unit) or b"{}"
    except (KeysError, StoreError) as error:
        return replace(known, unread=str(error))
    values = {name: encoded(one) for name, one in orjson.loads(data).items()}
    return replace(known, secrets=values, stamp=_stamp(data))


def _stamp(data: bytes) -> str:
    """Tells one value from another in this process, and says nothing of either anywhere else."""
    return hmac.digest(_SALT, data, "sha256").hex()
