"""What is kept of units' outputs, with what is sensitive of it: that lies sealed in the vault."""

from __future__ import annotations

import contextlib
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

    What does not open is as what is not kept: it can be read again.
    """
    known = {unit: replace(one, secrets={}) for unit, one in (await store.outputs()).items()}
    for unit in await store.vault.names(SECRETS):
        with contextlib.suppress(KeysError, StoreError):
            data = await store.vault.kept(SECRETS, unit)
            if data and unit in known:
                values = {name: encoded(one) for name, one in orjson.loads(data).items()}
                known[unit] = replace(known[unit], secrets=values, stamp=_stamp(data))
    return known


def _stamp(data: bytes) -> str:
    """Tells one value from another in this process, and says nothing of either anywhere else."""
    return hmac.digest(_SALT, data, "sha256").hex()
