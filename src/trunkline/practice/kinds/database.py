"""A database like RDS. It holds what cannot be made again, so it is the one to be careful with."""

from __future__ import annotations

from typing import Any

from trunkline.practice.kinds.kind import (
    BOOL,
    EVERY,
    NUMBER,
    Kind,
    Values,
    address,
    computed,
    derived,
    optional,
    required,
)

PORTS = {"postgres": 5432, "mysql": 3306, "redis": 6379}


def _made(id: str, values: Values) -> dict[str, Any]:
    host = f"{id}.{values['region']}.db.practice.test"
    port = PORTS[values["engine"]]
    password = values["password"] or derived(id, "password", length=24)
    user = values["username"]
    return {
        "id": id,
        "address": address("database", id, values),
        "endpoint": host,
        "port": port,
        "url": f"{values['engine']}://{user}:{password}@{host}:{port}/{values['name']}",
    }


def _also_replaces(before: Values, after: Values) -> tuple[str, ...]:
    """A disk grows in place; it does not shrink."""
    return ("storage_gb",) if after["storage_gb"] < before["storage_gb"] else ()


def _held(found: Values) -> str:
    if found["deletion_protection"]:
        return "it is protected from deletion: set deletion_protection = false and apply that first"
    return ""


DATABASE = Kind(
    "database",
    "db",
    (
        *EVERY,
        required("name", replaces=True, says="Its name in the region."),
        required("engine", replaces=True, among=tuple(PORTS), says="What it runs."),
        optional("version", default="17", says="The engine's version."),
        required("network_id", replaces=True, says="The network that it is in."),
        optional("size", default="small", says="How large its machine is."),
        optional("storage_gb", NUMBER, default=20, says="Its disk; it only grows in place."),
        optional("zones", NUMBER, default=1, says="In how many zones it is kept."),
        optional("username", default="owner", replaces=True, says="Who owns it."),
        optional("password", sensitive=True, says="Else one that the cloud makes."),
        optional("deletion_protection", BOOL, default=False, says="Deleting it is refused."),
        computed("endpoint", says="The host that serves it."),
        computed("port", NUMBER, says="The port that serves it."),
        computed("url", sensitive=True, follows=("password",), says="All that a client needs."),
    ),
    _made,
    also_replaces=_also_replaces,
    held=_held,
    says="A database.",
)
