"""A day of the platform team: a fourth region, by one commit.

What the region adds lies in `region/`; where the repository lists its regions, an entry comes.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from trunkline.demo import git
from trunkline.demo.history import edit

NEW_REGION = "jp"

_FILES = Path(__file__).parent / "region"
_ENTRIES = {
    "trunkline.yaml": (
        "    labels: {environment: production, region: ap}\n",
        "  # Not there before its infrastructure is: the unit's outputs say how it is reached.\n"
        "  - name: jp\n"
        "    unit: infra/live/jp/cluster\n"
        "    kubeVersion: 1.36.3\n"
        "    labels: {environment: production, region: jp}\n",
    ),
    "projects/databases.yaml": (
        "    - name: ap\n      namespace: db-*\n",
        "    - name: jp\n      namespace: db-*\n",
    ),
    "apps/regions/values.yaml": (
        "  - name: ap\n    operatorReplicas: 1\n",
        "  - name: jp\n    operatorReplicas: 1\n",
    ),
}
_SCHEMA = ("charts/database-cluster/values.schema.json", '"ap"]', '"ap", "jp"]')


def region_commit(folder: Path) -> str:
    """Add the region to the example repository; the id of the commit."""
    shutil.copytree(_FILES, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    for path, (last, entry) in _ENTRIES.items():
        edit(folder / path, ((last, last + entry),))
    schema, before, after = _SCHEMA
    edit(folder / schema, ((before, after),))
    message = "Region jp: its cloud, its cluster, and all that belongs there"
    return git.commit(
        folder, (".",), git.Author("platform"), "2026-03-18T07:45:00+00:00", message
    )
