"""What a sync was asked for on the command line, whichever way it is done."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from trunkline.cli.options import RunOutput
from trunkline.engine.sync.component import How
from trunkline.settings.values import Settings


class Asked(Struct, frozen=True):
    """`ids` and `clusters` are all where none is named; `timeout`, in seconds, is that of the
    settings where it is None.
    """

    how: How
    ids: Sequence[str]
    revision: str
    clusters: Sequence[str]
    timeout: float | None
    repo: str
    kubeconfig: str
    output: RunOutput

    def how_by(self, settings: Settings) -> How:
        """How, with the time for a wave that counts."""
        seconds = self.timeout
        if seconds is None:
            seconds = settings.limits.wave_timeout
        return replace(self.how, wave_timeout=seconds)
