"""Time as the API writes it."""

from __future__ import annotations

from datetime import UTC, datetime

from trunkline.sandbox.errors import bad_request


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed(text: str) -> datetime:
    """Raises ApiStatus 400."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise bad_request(f'parsing time "{text}": it is not RFC 3339') from None
