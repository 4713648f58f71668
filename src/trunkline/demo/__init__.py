"""The example: the monorepo of a cloud database company, and its Git history.

`repository/` holds the files as they are in the repository: Argo CD Applications, ApplicationSets
and AppProjects, Helm charts, a Kustomize tree and plain manifests for three regions. This package
makes a Git repository of them, always with the same commit ids, so that the demo, the tests and
the documentation speak of the same history.
"""

from __future__ import annotations

from trunkline.demo.history import ORIGIN, REGIONS, demo_commit, write_repository

__all__ = ["ORIGIN", "REGIONS", "demo_commit", "write_repository"]
