{{/* Labels of a part ("web" or "api"): dict "root" $ "part" "api". */}}
{{- define "console.labels" -}}
{{ include "console.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | quote }}
app.kubernetes.io/part-of: console
pelagos.example/region: {{ .root.Values.region }}
{{- end }}

{{- define "console.selector" -}}
app.kubernetes.io/name: console-{{ .part }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}
