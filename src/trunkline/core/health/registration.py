"""New kinds in the API: CustomResourceDefinition and APIService.

Objects of the kind can be applied once these are healthy, so a wave waits for them.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.status import Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest


def definition(manifest: Manifest) -> Health:
    """A CustomResourceDefinition."""
    conditions = conditions_of(manifest)
    names, served = conditions.get("NamesAccepted"), conditions.get("Established")
    schema = conditions.get("NonStructuralSchema")
    terminating = conditions.get("Terminating")
    if terminating and terminating.true:
        return progressing(terminating.said)
    if names and names.false:
        return degraded(f"its names are not accepted: {names.said}")
    if schema and schema.true:
        return degraded(schema.said)
    if served and served.true:
        return healthy("the API server serves the kind")
    return progressing("the API server does not serve the kind yet")


def api_service(manifest: Manifest) -> Health:
    """An aggregated API may come back by itself, so it is never more than on its way."""
    available = conditions_of(manifest).get("Available")
    if available is None:
        return progressing("waits for the API server's first look at it")
    return healthy(available.message) if available.true else progressing(available.said)
