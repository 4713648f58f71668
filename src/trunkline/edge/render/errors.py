"""Errors of tools, said in the repository's terms.

A tool sees files at places of its own, and Helm names them after the chart; a person, and a review
that shows findings at lines, wants the path in the repository.
"""

from __future__ import annotations

import posixpath
import re

from trunkline.core.rendering import OWN, RenderError, RenderRequest, Snapshots
from trunkline.core.sources.base import mount_of

_PLACED = re.compile(r"(?P<file>[^\n:]+):(?P<line>\d+): ")

# `shop/templates/web.yaml:3:12`, or `shop/charts/db/templates/…` of a subchart.
_TEMPLATE = re.compile(
    r"(?:^|[\s(\"])[^\s/(:]+/(?P<file>(?:templates|charts|crds)/[^\s:(),]+)(?::(?P<line>\d+))?"
)


def named(error: RenderError, request: RenderRequest, snapshots: Snapshots) -> RenderError:
    """The error with its file and line if it tells them, and at least with its source."""
    message = str(error)
    for one in request.inputs:
        if message.startswith(f"{one.at}:"):
            message = one.path + message.removeprefix(one.at)
    found = _PLACED.match(message)
    if found and found["file"] in _own_paths(request):
        return RenderError(
            message, place=found["file"], line=int(found["line"]), remedy=error.remedy
        )
    if request.elsewhere:
        return RenderError(f"{request.elsewhere}: {message}", remedy=error.remedy)
    place, line = _template(message, request, snapshots) if request.tool == "helm" else ("", 0)
    return RenderError(
        f"{request.place or '.'}: {message}",
        place=place or error.place or request.place,
        line=line,
        remedy=error.remedy,
    )


def _own_paths(request: RenderRequest) -> set[str]:
    """The files and directories of this repository that are read."""
    own = (one.path for one in request.inputs if one.repository == OWN)
    return {path for path in own if not mount_of(path)}


def _template(message: str, request: RenderRequest, snapshots: Snapshots) -> tuple[str, int]:
    """The innermost template that the message names and that is a file of the chart."""
    for found in reversed(list(_TEMPLATE.finditer(message))):
        path = posixpath.join(request.place, found["file"])
        if any(snapshots[one.repository].entry(path) for one in request.inputs[:1]):
            return path, int(found["line"] or 0)
    return "", 0
