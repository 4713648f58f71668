"""Answers, as both programs read them: of most they show the status alone, of a lock its holder."""

from __future__ import annotations

import base64
import hashlib

import orjson
from starlette.responses import Response

from trunkline.core.infra.state.lock import LockInfo
from trunkline.core.trouble import Trouble
from trunkline.edge.store.states import Refused

JSON = "application/json"


class Answered(Exception):
    """A request that is answered before anything is done."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def md5_of(data: bytes) -> str:
    """As Content-MD5 spells it (RFC 1864): it finds what a wire broke, no more is asked of it."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def whole(data: bytes) -> Response:
    return Response(data, media_type=JSON, headers={"Content-MD5": md5_of(data)})


def done() -> Response:
    return Response(status_code=200)


def nothing() -> Response:
    return Response(status_code=204)


def failed(status: int, message: str, remedy: str = "", **headers: str) -> Response:
    body = orjson.dumps({"error": message, "remedy": remedy})
    return Response(body, status, media_type=JSON, headers=headers)


def of_trouble(status: int, error: Trouble) -> Response:
    return failed(status, str(error), error.remedy)


def locked(holder: LockInfo, status: int = 423) -> Response:
    """The lock's holder, in the words that its program used."""
    return Response(holder.whole, status, media_type=JSON)


def refused(why: Refused) -> Response:
    if why.holder is not None:
        return locked(why.holder)
    return failed(428 if why.unlocked else 409, why.message, why.remedy)
