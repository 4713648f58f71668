"""The kinds that a practice cluster serves: those of Kubernetes 1.36 and those of its CRDs."""
