"""Faults on demand: what a cluster does wrong, so that a client can be seen to cope.

Set from Python (`box.clusters["eu"].faults.latency = 0.2`) or over HTTP, as JSON of the same
names put to `/sandbox/faults`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, fields
from typing import Any

from trunkline.sandbox.errors import ApiStatus

# How soon a cluster that comes back to life goes on with what it holds, in seconds.
_LOOK = 0.02

_REASONS = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


class BadFault(ValueError):
    """A fault that there is not; the message names those that there are."""


@dataclass(slots=True)
class Fault:
    """The next `times` requests whose method and path match are answered with `status`."""

    status: int
    times: int = 1
    method: str = ""
    path: str = ""
    retry_after: float = 0.0
    message: str = ""

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("", method) and self.path in path

    def answer(self) -> ApiStatus:
        reason = _REASONS.get(self.status, "InternalError")
        headers = {"Retry-After": f"{self.retry_after:g}"} if self.retry_after else {}
        details = {"retryAfterSeconds": int(self.retry_after)} if self.retry_after else {}
        said = self.message or f"the practice cluster was told to answer {self.status}"
        return ApiStatus(self.status, reason, said, details=details, headers=headers)


@dataclass(slots=True)
class Faults:
    """`latency` in seconds for every request; `dead` accepts and never answers; `refuse` closes
    each connection without an answer; `mute`: watches stay open and say nothing of what happens;
    `markless`: they give no bookmarks; `errors` are used up in order.
    """

    latency: float = 0.0
    dead: bool = False
    refuse: bool = False
    mute: bool = False
    markless: bool = False
    errors: list[Fault] = field(default_factory=list)

    async def alive(self) -> None:
        """Come back once the cluster is not dead; for most requests that is never."""
        # A plain attribute that a test sets is worth a look now and then.
        while self.dead:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK)

    def fail(
        self,
        status: int,
        times: int = 1,
        *,
        method: str = "",
        path: str = "",
        retry_after: float = 0.0,
        message: str = "",
    ) -> None:
        """Answer the next matching requests with this status."""
        self.errors.append(Fault(status, times, method, path, retry_after, message))

    def throttle(self, times: int = 1, *, retry_after: float = 1.0) -> None:
        """429 with Retry-After, as API priority and fairness answers."""
        said = "Too many requests, please try again later."
        self.fail(429, times, retry_after=retry_after, message=said)

    def clear(self) -> None:
        self.set({})

    def next_error(self, method: str, path: str) -> ApiStatus | None:
        for fault in self.errors:
            if fault.matches(method, path):
                fault.times -= 1
                return fault.answer()
        return None

    def set(self, wanted: Any) -> None:
        """From JSON; what is not named goes back to normal. Raises BadFault."""
        names = {one.name for one in fields(self)}
        if not isinstance(wanted, dict) or not wanted.keys() <= names:
            raise BadFault(f"faults are {', '.join(sorted(names))}")
        try:
            errors = [Fault(**one) for one in wanted.get("errors", ())]
        except TypeError:
            known = ", ".join(one.name for one in fields(Fault))
            raise BadFault(f"an error has a status and may have {known}") from None
        self.latency = float(wanted.get("latency", 0.0))
        self.dead, self.refuse = bool(wanted.get("dead")), bool(wanted.get("refuse"))
        self.mute, self.markless = bool(wanted.get("mute")), bool(wanted.get("markless"))
        self.errors = errors

    def as_json(self) -> dict[str, Any]:
        return {
            "latency": self.latency,
            "dead": self.dead,
            "refuse": self.refuse,
            "mute": self.mute,
            "markless": self.markless,
            "errors": [
                {one.name: getattr(fault, one.name) for one in fields(fault)}
                for fault in self.errors
                if fault.times > 0
            ],
        }
