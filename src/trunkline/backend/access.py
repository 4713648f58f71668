"""Who asks: a token, as the password of basic authentication or as a bearer."""

from __future__ import annotations

import base64
import binascii

from starlette.requests import Request

from trunkline.backend.answers import Answered, failed
from trunkline.core.infra.state.token import READ, WRITE, Token
from trunkline.edge.store.states import Tokens

NEEDS = {"GET": READ, "HEAD": READ}
CHALLENGE = 'Basic realm="trunkline", charset="UTF-8"'


async def token_of(request: Request, unit: str, tokens: Tokens) -> Token:
    """The token, if it allows this request for the unit. Raises Answered.

    One that is wrong is answered 403: of 401 the programs say that none was given.
    """
    secret = secret_of(request.headers.get("authorization", ""))
    if not secret:
        raise Answered(
            failed(
                401,
                "a token is needed: any name, and the token as the password",
                "TF_HTTP_USERNAME=trunkline TF_HTTP_PASSWORD=… (trunkline infra state token)",
                **{"WWW-Authenticate": CHALLENGE},
            )
        )
    token = await tokens.of(secret)
    if token is None:
        remedy = "trunkline infra state token lists those that count"
        raise Answered(failed(403, "this token is not known, or has expired", remedy))
    if not token.may(scope := NEEDS.get(request.method, WRITE), unit):
        raise Answered(failed(403, f"the token {token.name} may not {scope} this unit"))
    return token


def secret_of(header: str) -> str:
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() != "basic":
        return ""
    try:
        pair = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return pair.partition(":")[2]
