"""A day of the platform team: a fourth region, by one commit.

Its units are those of another region; what is its own lies in `region/`; where the repository lists
its regions, an entry comes.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from trunkline.demo import git
from trunkline.demo.history import edit

NEW_REGION = "jp"
_LIKE = "ap"
"""The region whose units it begins with."""

_FILES = Path(__file__).parent / "region"
_CLUSTER = """\
    labels: {environment: production, region: ap}
  # Not there before its infrastructure is: the unit's outputs say how it is reached.
  - name: jp
    unit: infra/live/jp/cluster
    kubeVersion: 1.36.3
    labels: {environment: production, region: jp}
"""
_DESTINATION = """\
    - name: ap
      namespace: db-*
    - name: jp
      namespace: db-*
"""
_REGION = """\
  - name: ap
    operatorReplicas: 1
  - name: jp
    operatorReplicas: 1
"""
_ENTRIES = {
    "trunkline.yaml": (_CLUSTER, 1),
    "projects/databases.yaml": (_DESTINATION, 2),
    "apps/regions/values.yaml": (_REGION, 2),
}
"""What stands in these files afterwards, and how many of its lines stood there before."""

_SCHEMA = ("charts/database-cluster/values.schema.json", '"ap"]', '"ap", "jp"]')


def region_commit(folder: Path) -> str:
    """Add the region to the example repository; the id of the commit."""
    live = folder / "infra" / "live"
    shutil.copytree(live / _LIKE, live / NEW_REGION, copy_function=shutil.copyfile)
    shutil.copytree(_FILES, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    for path, (whole, known) in _ENTRIES.items():
        before = "".join(whole.splitlines(keepends=True)[:known])
        edit(folder / path, ((before, whole),))
    schema, before, after = _SCHEMA
    edit(folder / schema, ((before, after),))
    message = "Region jp: its cloud, its cluster, and all that belongs there"
    return git.commit(folder, (".",), git.Author("platform"), "2026-03-18T07:45:00+00:00", message)
