"""The example: the monorepo of a cloud database company, and its Git history.

`repository/` holds the files as they are in the repository: Argo CD Applications, ApplicationSets
and AppProjects, Helm charts, a Kustomize tree and plain manifests for three regions, and the cloud
under them by Terragrunt; `region/` what a fourth region adds to them. This package
makes a Git repository of them, always with the same commit ids, so that the demo, the tests and
the documentation speak of the same history.
"""

from __future__ import annotations

from trunkline.demo.history import ORIGIN, REGIONS, demo_commit, write_repository
from trunkline.demo.new_region import NEW_REGION, region_commit

__all__ = [
    "NEW_REGION",
    "ORIGIN",
    "REGIONS",
    "demo_commit",
    "region_commit",
    "write_repository",
]
