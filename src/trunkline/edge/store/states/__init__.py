"""States of infrastructure units in the store: every version, sealed; their locks and tokens."""

from trunkline.edge.store.states.outcome import Kept, Refused
from trunkline.edge.store.states.rows import UnitState, Version
from trunkline.edge.store.states.states import States
from trunkline.edge.store.states.tokens import Tokens

__all__ = ["Kept", "Refused", "States", "Tokens", "UnitState", "Version"]
