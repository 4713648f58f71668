"""Elastic (ECK) and OpenSearch.

Yellow means that copies of data are missing. With one node there is no other to hold them, and the
cluster stays yellow for ever: that is as healthy as it can be.
"""

from __future__ import annotations

from trunkline.core.health.declared import WAITS, Phase, not_seen
from trunkline.core.health.fields import count, entries, section, text
from trunkline.core.health.status import Family, Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest


def elasticsearch(manifest: Manifest) -> Health:
    if health := not_seen(manifest, "@eck.k8s.elastic.co/managed=false"):
        return health
    status = section(manifest, "status")
    match text(status, "phase"):
        case "ApplyingChanges" | "MigratingData" as phase:
            return progressing(f"phase is {phase}, health {text(status, 'health') or 'unknown'}")
        case "Stalled" | "Invalid" as phase:
            return degraded(f"phase is {phase}")
    return _colour(manifest, text(status, "health"))


def _colour(manifest: Manifest, colour: str) -> Health:
    match colour:
        case "green":
            return healthy("health is green")
        case "yellow" if _nodes(manifest) == 1:
            return healthy("health is yellow: one node has no other for its copies")
        case "yellow":
            return progressing("health is yellow: copies of some data are missing")
        case "red":
            return degraded("health is red: some data cannot be read")
        case _:
            return progressing(f"health is {colour}" if colour else WAITS)


def _nodes(manifest: Manifest) -> int:
    sets = entries(section(manifest, "spec"), "nodeSets") or entries(
        section(manifest, "spec"), "nodePools"
    )
    return sum(count(one, "count") or count(one, "replicas") for one in sets)


# Kibana, Beats and the like have no data: red is that no pod is ready.
DEPLOYED = Phase(
    "status.health",
    healthy="green",
    progressing="yellow unknown",
    degraded="red",
    suspend="@eck.k8s.elastic.co/managed=false",
)


def opensearch(manifest: Manifest) -> Health:
    if health := not_seen(manifest, ""):
        return health
    status = section(manifest, "status")
    if text(status, "phase") != "RUNNING":
        return OPENSEARCH(manifest)
    for one in entries(status, "componentsStatus"):
        if text(one, "status") in ("InProgress", "Pending"):
            return progressing(f"{text(one, 'component')}: {text(one, 'description') or 'works'}")
    colour = text(status, "health")
    return _colour(manifest, colour) if colour else healthy("phase is RUNNING")


OPENSEARCH = Phase(
    healthy="RUNNING", progressing="PENDING UPGRADING INITIALIZING", degraded="FAILED ERROR"
)

OPENSEARCH_PART = Phase(
    "status.state",
    healthy="CREATED",
    progressing="PENDING",
    degraded="ERROR",
    suspended="IGNORED",
    message="status.reason",
)

RULES: Family = {
    "elasticsearch.k8s.elastic.co": {"Elasticsearch": elasticsearch},
    "kibana.k8s.elastic.co": {"Kibana": DEPLOYED},
    "apm.k8s.elastic.co": {"ApmServer": DEPLOYED},
    "enterprisesearch.k8s.elastic.co": {"EnterpriseSearch": DEPLOYED},
    "agent.k8s.elastic.co": {"Agent": DEPLOYED},
    "beat.k8s.elastic.co": {"Beat": DEPLOYED},
    "maps.k8s.elastic.co": {"ElasticMapsServer": DEPLOYED},
    "logstash.k8s.elastic.co": {"Logstash": DEPLOYED},
    "stackconfigpolicy.k8s.elastic.co": {
        "StackConfigPolicy": Phase(
            healthy="Ready",
            progressing="ApplyingChanges",
            degraded="Invalid Conflict Error Unknown",
        )
    },
    "opensearch.opster.io": {"OpenSearchCluster": opensearch, "*": OPENSEARCH_PART},
    "opensearch.org": {"OpenSearchCluster": opensearch, "*": OPENSEARCH_PART},
}
