"""Ten charts, 3 to 150 objects, always the same bytes.

They use what real charts use: named templates, `range`, `toYaml`, `default`, a checksum of another
template, in the larger ones subcharts, and `tpl` once a service: a dear function, which takes one
thousandth of the engine's time in 84 charts of a dozen public repositories with their own values.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

SIZES = (3, 6, 9, 12, 18, 30, 45, 75, 105, 150)
OBJECTS_PER_SERVICE = 3
SERVICES_PER_CHART = 10

NAMES = """\
{{- define "bench.labels" -}}
app.kubernetes.io/name: {{ .name | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .root.Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
"""

CONFIG = """\
{{- $root := . }}
{{- range .Values.services }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ $root.Release.Name }}-{{ .name }}
  labels: {{- include "bench.labels" (dict "root" $root "name" .name) | nindent 4 }}
data:
  service.properties: |
    {{- range $key, $value := .settings }}
    {{ $key }}={{ $value }}
    {{- end }}
    url={{ tpl .url $root }}
{{- end }}
"""

SERVICE = """\
{{- $root := . }}
{{- range .Values.services }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ $root.Release.Name }}-{{ .name }}
  labels: {{- include "bench.labels" (dict "root" $root "name" .name) | nindent 4 }}
spec:
  type: {{ .type | default "ClusterIP" }}
  ports:
    {{- range .ports }}
    - name: {{ .name }}
      port: {{ .port }}
      targetPort: {{ .target | default .name }}
    {{- end }}
  selector:
    app: {{ .name }}
{{- end }}
"""

DEPLOYMENT = """\
{{- $root := . }}
{{- range .Values.services }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $root.Release.Name }}-{{ .name }}
  labels: {{- include "bench.labels" (dict "root" $root "name" .name) | nindent 4 }}
spec:
  replicas: {{ .replicas | default $root.Values.replicas }}
  selector:
    matchLabels:
      app: {{ .name }}
  template:
    metadata:
      labels:
        app: {{ .name }}
      annotations:
        checksum/config: {{ toYaml .settings | sha256sum }}
    spec:
      containers:
        - name: main
          image: "{{ $root.Values.image.repository }}/{{ .name }}:{{ $root.Chart.AppVersion }}"
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          {{- with .ports }}
          ports:
            {{- range . }}
            - name: {{ .name }}
              containerPort: {{ .port }}
            {{- end }}
          {{- end }}
          envFrom:
            - configMapRef:
                name: {{ $root.Release.Name }}-{{ .name }}
          {{- if $root.Values.probes.enabled }}
          readinessProbe:
            httpGet:
              path: {{ $root.Values.probes.path }}
              port: http
          {{- end }}
          resources: {{- toYaml $root.Values.resources | nindent 12 }}
{{- end }}
"""

TEMPLATES = {
    "_names.tpl": NAMES,
    "configmap.yaml": CONFIG,
    "deployment.yaml": DEPLOYMENT,
    "service.yaml": SERVICE,
}


def charts() -> dict[str, str]:
    """Files by path: one directory per chart, `chart-003` to `chart-150`."""
    files: dict[str, str] = {}
    for size in SIZES:
        files |= chart(f"chart-{size:03}", size // OBJECTS_PER_SERVICE)
    return files


def chart(path: str, services: int) -> dict[str, str]:
    """A chart; what is more than one chart should hold goes to subcharts."""
    own = min(services, SERVICES_PER_CHART)
    name = path.rpartition("/")[2]
    files = {
        f"{path}/Chart.yaml": text({"apiVersion": "v2", "name": name, "version": "1.0.0"})
        + 'appVersion: "1.4.2"\n',
        f"{path}/values.yaml": text(values(name, own)),
    }
    files |= {f"{path}/templates/{file}": source for file, source in TEMPLATES.items()}
    for number, start in enumerate(range(own, services, SERVICES_PER_CHART)):
        rest = min(SERVICES_PER_CHART, services - start)
        files |= chart(f"{path}/charts/part-{number}", rest)
    return files


def values(name: str, count: int) -> dict[str, object]:
    return {
        "image": {"repository": "registry.example", "pullPolicy": "IfNotPresent"},
        "labels": {"team": "platform", "tier": "backend"},
        "probes": {"enabled": True, "path": "/healthz"},
        "replicas": 2,
        "resources": {
            "limits": {"cpu": "500m", "memory": "256Mi"},
            "requests": {"cpu": "100m", "memory": "128Mi"},
        },
        "services": list(services(name, count)),
    }


def services(name: str, count: int) -> Iterator[dict[str, object]]:
    for number in range(count):
        yield {
            "name": f"{name}-service-{number}",
            "ports": [{"name": "http", "port": 8080}, {"name": "metrics", "port": 9090}],
            "settings": {f"setting.{key}": f"{name}-{number}-{key}" for key in range(8)},
            "url": f"http://{{{{ .Release.Name }}}}-{number}.example.test",
        }


def text(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=True)
