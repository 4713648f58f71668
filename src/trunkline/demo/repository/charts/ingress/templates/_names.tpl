{{- define "ingress.labels" -}}
{{ include "ingress.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | quote }}
{{- end }}

{{- define "ingress.selector" -}}
app.kubernetes.io/name: proxy
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
