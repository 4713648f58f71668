"""Watching: the Prometheus operator, VictoriaMetrics, Grafana, Loki, Tempo, Jaeger, Datadog,
OpenTelemetry, Humio, Coralogix."""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_in, conditions_of
from trunkline.core.health.counts import counted
from trunkline.core.health.declared import WAITS, Conditions, Phase, not_seen
from trunkline.core.health.fields import entries, said_at, section, text
from trunkline.core.health.status import (
    Family,
    Health,
    HealthStatus,
    degraded,
    healthy,
    progressing,
)
from trunkline.core.manifest import Manifest


def instance(manifest: Manifest) -> Health:
    """Prometheus, Alertmanager, ThanosRuler. `Available` may be True, False or Degraded; pods
    that are not ready yet are on their way, pods that no node takes are not."""
    if health := not_seen(manifest, "spec.paused status.paused"):
        return health
    found = conditions_of(manifest)
    reconciled, available = found.get("Reconciled"), found.get("Available")
    if reconciled and reconciled.false:
        return degraded(reconciled.said)
    if available is None or available.stale(manifest):
        return progressing(WAITS)
    if available.true:
        return healthy(available.message)
    if available.reason == "SomePodsNotReady" or available.status == "Unknown":
        return progressing(available.said)
    return degraded(available.said)


def selected(manifest: Manifest) -> Health:
    """A ServiceMonitor, PrometheusRule …: newer operators say which instance refused it."""
    for one in entries(section(manifest, "status"), "bindings"):
        accepted = conditions_in(one).get("Accepted")
        if accepted and accepted.false and not accepted.stale(manifest):
            return degraded(f"{text(one, 'name')}: {accepted.said}")
    return healthy()


def synchronized(manifest: Manifest) -> Health:
    """Grafana's objects: a condition `…Synchronized` each, and reasons why there is none."""
    if health := not_seen(manifest, "spec.suspend"):
        return health
    found = conditions_of(manifest)
    for name in ("InvalidSpec", "NoMatchingInstance", "NoMatchingFolder"):
        if name in found and found[name].true:
            return degraded(found[name].said)
    for one in found.values():
        if one.type.endswith("Synchronized"):
            return healthy(one.message) if one.true else degraded(one.said)
    status = section(manifest, "status")
    return progressing(WAITS) if "NoMatchingInstances" not in status else _older(manifest)


def _older(manifest: Manifest) -> Health:
    """Before it had conditions: only whether any Grafana takes the object."""
    if section(manifest, "status").get("NoMatchingInstances") is True:
        return degraded("no Grafana matches its instanceSelector")
    return healthy()


def collector(manifest: Manifest) -> Health:
    """An OpenTelemetryCollector: `scale.statusReplicas` is a text such as 1/3."""
    if health := not_seen(manifest, "", quiet=True):
        return health
    ready, _, wanted = said_at(manifest, "status.scale.statusReplicas").partition("/")
    if not (ready.isdecimal() and wanted.isdecimal()):
        return healthy()
    said = counted(int(ready), int(wanted), "ready")
    return healthy(said) if int(ready) >= int(wanted) else progressing(said)


VICTORIA = Phase(
    "status.updateStatus status.clusterStatus status.status",
    healthy="operational",
    progressing="expanding",
    degraded="failed",
    suspended="paused",
    message="status.reason",
    suspend="spec.paused",
)
STACK = Conditions("Ready", bad="Failed Degraded", busy="Pending")


def kiali(manifest: Manifest) -> Health:
    """Ansible's operators are `Running` for ever; the reason says whether a playbook runs."""
    running = conditions_of(manifest).get("Running")
    health = KIALI(manifest)
    if health.status is HealthStatus.HEALTHY and running and running.reason == "Running":
        return progressing(running.said)
    return health


KIALI = Conditions("", also="Successful", bad="Failure")

RULES: Family = {
    "monitoring.coreos.com": {
        "Prometheus PrometheusAgent Alertmanager ThanosRuler": instance,
        "ServiceMonitor PodMonitor Probe ScrapeConfig PrometheusRule AlertmanagerConfig": selected,
    },
    "operator.victoriametrics.com": {"*": VICTORIA},
    "grafana.integreatly.org": {
        "Grafana": Phase(
            "status.stageStatus",
            healthy="success",
            degraded="failed",
            message="status.lastMessage",
        ),
        "*": synchronized,
    },
    "loki.grafana.com": {"LokiStack": STACK},
    "tempo.grafana.com": {"TempoStack TempoMonolithic": STACK},
    "jaegertracing.io": {"Jaeger": Phase(healthy="Running", degraded="Failed")},
    "opentelemetry.io": {"OpenTelemetryCollector": collector},
    "datadoghq.com": {
        "DatadogMetric": Conditions("Valid", bad="Error"),
        "DatadogMonitor DatadogSLO DatadogDashboard": Conditions("", also="Created", bad="Error"),
    },
    "core.humio.com": {
        "*": Phase(
            "status.state",
            healthy="Exists Running",
            progressing="Upgrading Restarting Pending",
            degraded="ConfigError NotFound Unknown",
        )
    },
    "coralogix.com": {"*": Conditions("", also="RemoteSynced", fatal=True)},
    "kiali.io": {
        "Kiali": kiali,
    },
}
