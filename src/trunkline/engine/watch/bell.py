"""A bell: whoever rings it has the branch looked at now instead of at the next poll.

By a line on a unix socket, which a Git hook or a webhook's receiver writes to:
`echo | nc -U SOCKET`. Each line is answered by one, so that the caller knows that it was heard.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

# A caller that says nothing is not listened to for longer; in seconds.
PATIENCE = 10.0


class Bell:
    """Rung from anywhere in the process."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a ring, for this long at most; whether there was one."""
        # Not wait_for: before Python 3.12 it loses a cancellation that comes with the ring.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        rung = self._rung.is_set()
        self._rung.clear()
        return rung

    @contextlib.asynccontextmanager
    async def at(self, path: Path) -> AsyncIterator[None]:
        """Listen on a unix socket, for this user only. Raises OSError that names it."""
        if path.is_socket():
            # One that a killed watch left; a living one would have answered.
            await _refuse_living(path)
            path.unlink()
        elif path.exists():
            raise FileExistsError(17, "there is something else than a socket", str(path))
        try:
            server = await asyncio.start_unix_server(self._heard, path)
        except OSError as error:
            raise OSError(error.errno or 0, error.strerror or str(error), str(path)) from error
        path.chmod(0o600)
        try:
            yield
        finally:
            server.close()
            path.unlink(missing_ok=True)

    async def _heard(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(TimeoutError, ConnectionError, ValueError):
            while await asyncio.wait_for(reader.readline(), PATIENCE):
                self.ring()
                writer.write(b"looking\n")
                await asyncio.wait_for(writer.drain(), PATIENCE)
        writer.close()


async def _refuse_living(path: Path) -> None:
    """Raises OSError where somebody listens at the socket."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_unix_connection(path), PATIENCE)
    except OSError:
        return
    writer.close()
    raise FileExistsError(17, "another watch listens there", str(path))
