"""Objects of the kinds that repositories hold most, for the proof of equality."""

from __future__ import annotations

from typing import Any

POD: dict[str, Any] = {
    "containers": [
        {
            "name": "main",
            "image": "registry.test/db:1",
            "command": ["/bin/db"],
            "args": ["--fast"],
            "env": [
                {"name": "A", "value": "1"},
                {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "C", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            ],
            "ports": [{"name": "db", "containerPort": 5432}],
            "resources": {"limits": {"memory": "1Gi", "cpu": "500m"}},
            "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            "livenessProbe": {"tcpSocket": {"port": "db"}, "periodSeconds": 5},
            "securityContext": {"capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True},
        }
    ],
    "initContainers": [{"name": "init", "image": "registry.test/init:1"}],
    "volumes": [
        {"name": "data", "emptyDir": {}},
        {"name": "config", "configMap": {"name": "c", "items": [{"key": "a", "path": "a"}]}},
        {"name": "all", "projected": {"sources": [{"secret": {"name": "s"}}]}},
    ],
    "topologySpreadConstraints": [
        {
            "maxSkew": 1,
            "topologyKey": "zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": "one"}},
        }
    ],
    "imagePullSecrets": [{"name": "pull"}],
    "affinity": {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 1,
                    "podAffinityTerm": {
                        "topologyKey": "zone",
                        "labelSelector": {"matchLabels": {"app": "one"}},
                    },
                }
            ]
        }
    },
}
TEMPLATE = {"metadata": {"labels": {"app": "one"}}, "spec": POD}
SELECTOR = {"matchLabels": {"app": "one"}}


def made(api_version: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "one"}, **fields}


MORE: dict[str, dict[str, Any]] = {
    "StatefulSet": made(
        "apps/v1",
        "StatefulSet",
        spec={
            "serviceName": "one",
            "replicas": 2,
            "selector": SELECTOR,
            "template": TEMPLATE,
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "disk"},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": "1Gi"}},
                    },
                }
            ],
        },
    ),
    "DaemonSet": made("apps/v1", "DaemonSet", spec={"selector": SELECTOR, "template": TEMPLATE}),
    "CronJob": made(
        "batch/v1",
        "CronJob",
        spec={
            "schedule": "0 3 * * *",
            "jobTemplate": {
                "spec": {
                    "backoffLimit": 2,
                    "template": {"spec": {**POD, "restartPolicy": "Never"}},
                }
            },
        },
    ),
    "Ingress": made(
        "networking.k8s.io/v1",
        "Ingress",
        spec={
            "tls": [{"hosts": ["a.test"], "secretName": "tls"}],
            "rules": [
                {
                    "host": "a.test",
                    "http": {
                        "paths": [
                            {
                                "path": "/",
                                "pathType": "Prefix",
                                "backend": {"service": {"name": "one", "port": {"number": 80}}},
                            }
                        ]
                    },
                }
            ],
        },
    ),
    "Role": made(
        "rbac.authorization.k8s.io/v1",
        "Role",
        rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}],
    ),
    "RoleBinding": made(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "one"},
        subjects=[{"kind": "ServiceAccount", "name": "one"}],
    ),
    "HorizontalPodAutoscaler": made(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        spec={
            "minReplicas": 1,
            "maxReplicas": 3,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "one"},
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": 80},
                    },
                }
            ],
        },
    ),
    "PodDisruptionBudget": made(
        "policy/v1", "PodDisruptionBudget", spec={"minAvailable": 1, "selector": SELECTOR}
    ),
    "ServiceAccount": made(
        "v1", "ServiceAccount", imagePullSecrets=[{"name": "a"}], secrets=[{"name": "b"}]
    ),
    "LimitRange": made(
        "v1",
        "LimitRange",
        spec={"limits": [{"type": "Container", "default": {"cpu": "1"}, "max": {"cpu": "2"}}]},
    ),
    "ResourceQuota": made("v1", "ResourceQuota", spec={"hard": {"pods": "10", "cpu": "1000m"}}),
}
