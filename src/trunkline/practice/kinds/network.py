"""A network like a VPC, with a subnet in each zone."""

from __future__ import annotations

from typing import Any

from trunkline.practice.kinds.kind import (
    EVERY,
    STRINGS,
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
        "address": address("network", id, values),
        "subnet_ids": [f"sub-{derived(id, zone)}" for zone in values["zones"] or ()],
        "gateway_ip": f"203.0.113.{int(derived(id, 'gateway', length=2), 16)}",
    }


NETWORK = Kind(
    "network",
    "net",
    (
        *EVERY,
        required("name", says="Its name in the region."),
        required("cidr", replaces=True, says="Its range of addresses, e.g. 10.0.0.0/16."),
        optional("zones", STRINGS, default=["a", "b", "c"], says="One subnet in each."),
        computed("subnet_ids", STRINGS, follows=("zones",), says="A subnet for each zone."),
        computed("gateway_ip", says="The address that its machines are seen with."),
    ),
    _made,
    says="A private network.",
)
