"""An answer's way out: piece by piece, as fast as it is taken, and not for ever.

Handed over in one, a state would lie in memory until its reader has taken it, however many do not.
How long it may take grows with its length, as for what is brought (`body.py`).
"""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Send

from trunkline.backend import body

PIECE = 256 * 2**10


async def delivered(response: Response, send: Send) -> bool:
    """Whether all of it was taken in time; where it was not, the server closes the connection."""
    data = memoryview(response.body)
    head = {"status": response.status_code, "headers": response.raw_headers}
    try:
        async with asyncio.timeout(body.PATIENCE + len(data) / body.SLOWEST):
            await send({"type": "http.response.start", **head})
            for at in range(0, len(data) or 1, PIECE):
                piece, more = bytes(data[at : at + PIECE]), at + PIECE < len(data)
                await send({"type": "http.response.body", "body": piece, "more_body": more})
    except TimeoutError:
        return False
    return True
