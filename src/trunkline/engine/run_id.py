"""Names of runs."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime


def new_run_id() -> str:
    """Ids sort by time, so that a list of runs reads like a log."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%d-%H%M%S}-{now.microsecond // 1000:03}{uuid.uuid4().hex[:4]}"
