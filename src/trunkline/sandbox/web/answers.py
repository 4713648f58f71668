"""Answers: JSON bodies, errors and warnings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from aiohttp import web

from trunkline.sandbox.errors import ApiStatus, NoSuchPath


def json_answer(
    body: Any, status: int = 200, *, kind: str = "application/json", warnings: Iterable[str] = ()
) -> web.Response:
    answer = web.Response(body=orjson.dumps(body), status=status)
    answer.headers["Content-Type"] = kind
    for one in warnings:
        # RFC 7234, 5.5: code 299, no agent, the text quoted.
        text = one.replace("\\", "\\\\").replace('"', '\\"')
        answer.headers.add("Warning", f'299 - "{text}"')
    return answer


def failure(error: ApiStatus) -> web.Response:
    if isinstance(error, NoSuchPath):
        return web.Response(text=f"{error}\n", status=error.code)
    answer = json_answer(error.body(), error.code)
    answer.headers.update(error.headers)
    return answer
