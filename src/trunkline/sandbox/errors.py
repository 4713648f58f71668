"""What the API refuses, as the `Status` object that a client reads.

Reasons and codes are those of the Kubernetes API conventions ("Response Status Kind"); messages
follow the API server's, because users and tests recognise them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

Json = dict[str, Any]


class Cause(Struct, frozen=True):
    """One thing that is wrong with one field; `reason` is for instance `FieldValueInvalid`."""

    reason: str
    message: str
    field: str = ""

    def as_json(self) -> Json:
        found = {"reason": self.reason, "message": self.message}
        return found | {"field": self.field} if self.field else found


class ApiStatus(Exception):
    """An answer other than success."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message
        self.details = details or {}
        self.headers = dict(headers or {})

    def body(self) -> Json:
        found: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            found["reason"] = self.reason
        if self.details:
            found["details"] = self.details
        return found | {"code": self.code}


def resource_name(group: str, plural: str) -> str:
    return f"{plural}.{group}" if group else plural


def details(group: str, plural: str, name: str = "", causes: Sequence[Cause] = ()) -> Json:
    found: Json = {"name": name} if name else {}
    if group:
        found["group"] = group
    found["kind"] = plural
    if causes:
        found["causes"] = [one.as_json() for one in causes]
    return found


def not_found(group: str, plural: str, name: str) -> ApiStatus:
    said = f'{resource_name(group, plural)} "{name}" not found'
    return ApiStatus(404, "NotFound", said, details=details(group, plural, name))


class NoSuchPath(ApiStatus):
    """Nothing is served there: the one answer that is no Status but a line of text."""

    def __init__(self) -> None:
        super().__init__(404, "NotFound", "404 page not found")


def already_exists(group: str, plural: str, name: str) -> ApiStatus:
    said = f'{resource_name(group, plural)} "{name}" already exists'
    return ApiStatus(409, "AlreadyExists", said, details=details(group, plural, name))


def conflict(group: str, plural: str, name: str, why: str) -> ApiStatus:
    said = f'Operation cannot be fulfilled on {resource_name(group, plural)} "{name}": {why}'
    return ApiStatus(409, "Conflict", said, details=details(group, plural, name))


MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


def invalid(group: str, kind: str, name: str, causes: Sequence[Cause]) -> ApiStatus:
    """422, with every cause in the message as in the details."""
    said = [f"{one.field}: {one.message}" for one in causes]
    whole = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
    shown = f"{kind}.{group}" if group else kind
    message = f'{shown} "{name}" is invalid: {whole}'
    return ApiStatus(422, "Invalid", message, details=details(group, kind, name, causes))


def invalid_option(kind: str, field: str, message: str, reason: str) -> ApiStatus:
    """422 for an option of the request; `kind` is for instance `PatchOptions`."""
    return invalid("meta.k8s.io", kind, "", [Cause(reason, message, field)])


def bad_request(message: str) -> ApiStatus:
    return ApiStatus(400, "BadRequest", message)


def forbidden(
    group: str, plural: str, name: str, why: str, cause: Cause | None = None
) -> ApiStatus:
    said = f'{resource_name(group, plural)} "{name}" is forbidden: {why}'
    causes = (cause,) if cause else ()
    return ApiStatus(403, "Forbidden", said, details=details(group, plural, name, causes))


def unauthorized() -> ApiStatus:
    return ApiStatus(401, "Unauthorized", "Unauthorized")


def method_not_allowed() -> ApiStatus:
    said = "the server does not allow this method on the requested resource"
    return ApiStatus(405, "MethodNotAllowed", said)


def unsupported_media(accepted: Sequence[str]) -> ApiStatus:
    said = (
        "the body of the request was in an unknown format - accepted media types include: "
        f"{', '.join(accepted)}"
    )
    return ApiStatus(415, "UnsupportedMediaType", said)


def expired(message: str) -> ApiStatus:
    return ApiStatus(410, "Expired", message)
