"""What a program prints, in bounded memory: the beginning and the end of it are kept."""

from __future__ import annotations

from collections import deque


class Captured:
    """Half of the limit holds the beginning, the other half what came last."""

    def __init__(self, limit: int) -> None:
        """`limit` in bytes."""
        self._half = max(limit // 2, 1)
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._held = 0
        self.left_out = 0

    def add(self, data: bytes) -> None:
        free = self._half - len(self._head)
        self._head += data[:free]
        if rest := data[free:]:
            self._tail.append(rest)
            self._held += len(rest)
            self._drop()

    @property
    def whole(self) -> bytes | None:
        """All of it, None where something is missing."""
        return None if self.left_out else bytes(self._head) + b"".join(self._tail)

    def text(self) -> str:
        """The whole, or both ends with a line between them that says how much is missing."""
        head, tail = bytes(self._head), b"".join(self._tail)
        if not self.left_out:
            return (head + tail).decode(errors="replace")
        between = f"\n… {self.left_out:,} bytes left out …\n"
        return head.decode(errors="replace") + between + tail.decode(errors="replace")

    def _drop(self) -> None:
        while self._held > self._half:
            first = self._tail.popleft()
            keep = first[self._held - self._half :] if self._held - len(first) < self._half else b""
            self._held -= len(first) - len(keep)
            self.left_out += len(first) - len(keep)
            if keep:
                self._tail.appendleft(keep)
