"""Rendering: untrusted charts and kustomizations become manifests in confined processes."""

from trunkline.edge.render.cache import RenderCache
from trunkline.edge.render.limits import Limits
from trunkline.edge.render.renderer import Renderer

__all__ = ["Limits", "RenderCache", "Renderer"]
