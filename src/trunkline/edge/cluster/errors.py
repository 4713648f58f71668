"""An API server's refusals as exceptions of ours, each with what to do about it.

The server's `Status` object says what it means:
https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson


class ApiError(Exception):
    """`status` is the HTTP status (0: no answer), `reason` the server's word for it."""

    def __init__(
        self, message: str, *, status: int = 0, reason: str = "", cluster: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.cluster = cluster


class Unauthorized(ApiError):
    """401: the server does not know who we are."""


class Forbidden(ApiError):
    """403: the server knows who we are, and that we may not."""


class NotFound(ApiError):
    """404: no such object, namespace or kind."""


class Conflict(ApiError):
    """409: another version, another owner, or it is there already."""


class Gone(ApiError):
    """410: the version asked for is too old to continue from."""


class Invalid(ApiError):
    """422: the object is not valid, or a field of it cannot change."""


class TooManyRequests(ApiError):
    """429, after our patience with it has ended."""


class Unreachable(ApiError):
    """No answer at all: refused, timed out, an unknown name, a bad certificate."""


BY_STATUS: Mapping[int, type[ApiError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Invalid,
    429: TooManyRequests,
}

RECREATE = (
    "; such a field cannot change in place: the sync option Replace=true,Force=true on the object "
    "deletes and creates it anew"
)


def refusal(status: int, body: bytes, cluster: str) -> ApiError:
    """The exception for an answer with a status of 400 or more."""
    told = _status_of(body)
    reason = str(told.get("reason") or "")
    message = str(told.get("message") or body[:300].decode(errors="replace").strip())
    kind = BY_STATUS.get(status, ApiError)
    return kind(
        _said(status, message, told, cluster),
        status=status,
        reason=reason,
        cluster=cluster,
    )


def _said(status: int, message: str, told: Mapping[str, Any], cluster: str) -> str:
    if status == 401:
        return f"{cluster} does not accept our credentials (401): renew the token or certificate"
    if status == 403 and "cannot" in message:
        return f"{cluster}: {message} (403): grant it by a Role or ClusterRole"
    if status == 422 and _is_fixed(message, told):
        return f"{message}{RECREATE}"
    return message or f"{cluster} answered {status}"


def _is_fixed(message: str, told: Mapping[str, Any]) -> bool:
    """Whether a field is refused because it may not change, whatever its value."""
    causes = (told.get("details") or {}).get("causes") or ()
    texts = [message, *(str(cause.get("message", "")) for cause in causes)]
    return any("immutable" in text or "are forbidden" in text for text in texts)


def _status_of(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) and found.get("kind") == "Status" else {}
