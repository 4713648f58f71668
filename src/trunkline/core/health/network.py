"""Addresses from outside: Service and Ingress are there when they have one."""

from __future__ import annotations

from trunkline.core.health.fields import entries, section, text
from trunkline.core.health.status import Health, healthy, progressing
from trunkline.core.manifest import Manifest


def service(manifest: Manifest) -> Health:
    if text(section(manifest, "spec"), "type") != "LoadBalancer":
        return healthy()
    return _addressed(manifest)


def ingress(manifest: Manifest) -> Health:
    return _addressed(manifest)


def _addressed(manifest: Manifest) -> Health:
    given = entries(section(manifest, "status", "loadBalancer"), "ingress")
    addresses = [text(one, "hostname") or text(one, "ip") for one in given]
    if not given:
        return progressing("waits for an address of the load balancer")
    return healthy(", ".join(filter(None, addresses)))
