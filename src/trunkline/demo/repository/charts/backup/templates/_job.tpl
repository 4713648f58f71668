{{/* The pod of a backup job: dict "root" $ "arguments" (list …). */}}
{{- define "backup.pod" -}}
restartPolicy: OnFailure
serviceAccountName: {{ .root.Release.Name }}
securityContext:
  runAsNonRoot: true
  seccompProfile:
    type: RuntimeDefault
containers:
  - name: backup
    image: {{ .root.Values.image.repository }}:{{ .root.Values.image.tag }}
    args:
      {{- toYaml .arguments | nindent 6 }}
    envFrom:
      - configMapRef:
          name: {{ .root.Release.Name }}
    resources:
      requests: {cpu: 100m, memory: 256Mi}
      limits: {memory: 1Gi}
{{- end }}
