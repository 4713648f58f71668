"""A saved plan's own word on the state that it was made from."""

from __future__ import annotations

import io
import json
import zipfile


def state_of(plan: bytes) -> tuple[int, str]:
    """The serial and the lineage of the state in a plan file.

    (-1, "") for a file that is encrypted by the program itself, or of another form: the program
    alone can say then whether it is stale.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(plan)) as whole:
            state = json.loads(whole.read("tfstate"))
        return int(state.get("serial", -1)), str(state.get("lineage", ""))
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError):
        return -1, ""
