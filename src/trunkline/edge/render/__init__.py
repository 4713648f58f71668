"""Rendering: untrusted charts and kustomizations become manifests in confined processes."""
