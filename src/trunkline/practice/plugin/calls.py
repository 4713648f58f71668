"""From the path of a call to the function that answers it in bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trunkline.practice.plugin.messages import CALLS
from trunkline.practice.plugin.provider import Provider
from trunkline.practice.plugin.serve import Answer
from trunkline.practice.plugin.wire import decode, encode

SERVICE = "/tfplugin6.Provider/"
SHUTDOWN = "/plugin.GRPCController/Shutdown"


def calls(environment: Mapping[str, str]) -> Callable[[str], Answer | None]:
    """The calls of a new provider."""
    provider = Provider(environment)

    def found(path: str) -> Answer | None:
        name = path.removeprefix(SERVICE)
        return _answer(provider, name) if path.startswith(SERVICE) and name in CALLS else None

    return found


def _answer(provider: Provider, name: str) -> Answer:
    asked, answered = CALLS[name]
    call = getattr(provider, name)
    return lambda body: encode(answered, call(decode(asked, body)))
