"""The state of one practice cluster that all verbs and controllers share."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from trunkline.sandbox.kinds.registry import Registry
from trunkline.sandbox.kinds.resource import Resource, StorageKey
from trunkline.sandbox.store import Store

Json = dict[str, Any]

NAMESPACES = StorageKey("", "namespaces")

# What the API server appends to `generateName`: no vowels and no digits that look like one.
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"


class Addresses(Struct):
    """Service addresses and node ports, each given once."""

    services: Iterator[int] = field(default_factory=lambda: itertools.count(10))
    pods: Iterator[int] = field(default_factory=lambda: itertools.count(10))
    balancers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    ports: Iterator[int] = field(default_factory=lambda: itertools.count(30000))

    def service(self) -> str:
        return _address("10.96", next(self.services))

    def pod(self) -> str:
        return _address("10.244", next(self.pods))

    def balancer(self) -> str:
        """Of the range that RFC 5737 keeps for documentation."""
        return f"203.0.113.{next(self.balancers) % 254 + 1}"

    def node_port(self) -> int:
        return 30000 + (next(self.ports) - 30000) % 2768


def _address(prefix: str, number: int) -> str:
    return f"{prefix}.{number // 250 % 256}.{number % 250 + 1}"


class Api:
    def __init__(self, name: str) -> None:
        self.name = name
        self.store = Store()
        self.registry = Registry()
        self.addresses = Addresses()
        self._random = random.Random(name)

    def resource(self, group: str, kind: str) -> Resource:
        """A kind that is surely there, in its first version."""
        for one in self.registry.all():
            if (one.group, one.kind) == (group, kind):
                return one
        raise LookupError(f"{self.name} serves no {kind} of the group {group!r}")

    def suffix(self, length: int = 5) -> str:
        return "".join(self._random.choice(_SUFFIX) for _ in range(length))

    def uid(self) -> str:
        return str(uuid.uuid4())

    def namespace(self, name: str) -> Json | None:
        return self.store.get(NAMESPACES, "", name)
