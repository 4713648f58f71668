"""A load balancer like ELB, with a block for each port that it listens on."""

from __future__ import annotations

from typing import Any

from trunkline.practice.kinds.kind import (
    BOOL,
    EVERY,
    NUMBER,
    STRINGS,
    Field,
    Kind,
    Values,
    address,
    computed,
    derived,
    optional,
    required,
)


def _made(id: str, values: Values) -> dict[str, Any]:
    return {
        "id": id,
        "address": address("load_balancer", id, values),
        "hostname": f"{id}.{values['region']}.lb.practice.test",
        "ip": f"198.51.100.{int(derived(id, 'ip', length=2), 16)}",
    }


LOAD_BALANCER = Kind(
    "load_balancer",
    "lb",
    (
        *EVERY,
        required("name", says="Its name in the region."),
        required("network_id", replaces=True, says="The network that it is in."),
        optional("internal", BOOL, default=False, replaces=True, says="Not seen from outside."),
        optional("targets", STRINGS, says="What it sends requests to."),
        computed("hostname", says="The name that it is reached by."),
        computed("ip", says="The address that it is reached by."),
        Field(
            "listener",
            fields=(
                required("port", NUMBER, says="The port."),
                optional("protocol", says="http, https or tcp; https if not said."),
                optional("certificate", sensitive=True, says="The key and certificate, PEM."),
            ),
            says="A port that it listens on.",
        ),
    ),
    _made,
    says="A load balancer.",
)
