{{- define "database.labels" -}}
{{ include "database.selector" . }}
app.kubernetes.io/part-of: database
pelagos.example/region: {{ .Values.region }}
{{- with .Values.owner }}
pelagos.example/owner: {{ . }}
{{- end }}
{{- end }}

{{- define "database.selector" -}}
app.kubernetes.io/name: database
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "database.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end }}

{{/* What every container of this chart may do: nothing that a database needs not. */}}
{{- define "database.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "database.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 26
fsGroup: 26
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* How one-off jobs find the database. */}}
{{- define "database.connection" -}}
- name: PGHOST
  value: {{ .Release.Name }}-primary.{{ .Release.Namespace }}.svc
- name: PGUSER
  value: migrator
- name: PGPASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .Release.Name }}-credentials
      key: migrator
      # Not there yet when a database is installed.
      optional: true
{{- end }}
