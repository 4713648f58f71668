"""What can go wrong with an API server, as exceptions; `refusal` and `unreachable` word them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from trunkline.core.trouble import Trouble


class ApiError(Trouble):
    """`status` is the HTTP status (0: no answer), `reason` the server's word for it."""

    def __init__(
        self, message: str, *, status: int = 0, reason: str = "", cluster: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.cluster = cluster

    def saying(self, message: str) -> Self:
        """The same error in other words."""
        return type(self)(message, status=self.status, reason=self.reason, cluster=self.cluster)


class Unauthorized(ApiError):
    """401: the server does not know who we are."""


class Forbidden(ApiError):
    """403: the server knows who we are, and that we may not."""


class NotFound(ApiError):
    """404: no such object, namespace or kind."""


class Unserved(NotFound):
    """The cluster has no such kind, or not in the version that is asked for."""


class Conflict(ApiError):
    """409: another version, another owner, or it is there already."""


class Gone(ApiError):
    """410: the version asked for is too old to continue from."""


class Invalid(ApiError):
    """422: the object is not valid, or a field of it cannot change."""


class TooManyRequests(ApiError):
    """429, after our patience with it has ended."""


class Unreachable(ApiError):
    """No answer at all: refused, timed out, an unknown name, a bad certificate, no way to it."""


BY_STATUS: Mapping[int, type[ApiError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Invalid,
    429: TooManyRequests,
}
