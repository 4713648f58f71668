{{/* How the platform's own Applications are kept equal to Git. */}}
{{- define "regions.policy" -}}
automated:
  prune: true
  selfHeal: true
retry:
  limit: 5
  backoff:
    duration: 2s
    factor: 2
    maxDuration: 1m
{{- end }}
