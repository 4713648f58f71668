"""A day of the platform team: a fourth region, by one commit.

Its units are those of another region; what is its own lies in `region/`; where the repository lists
its regions, an entry comes. For a machine without Terragrunt its units are written in Terraform
alone (`plain/`), with the same outputs.
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
_PLAIN = Path(__file__).parent / "plain"
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


_UNITS = {
    "network": (),
    "cluster": ("network",),
    "databases": ("network",),
    "edge": ("network", "cluster"),
}
"""What each plain unit waits for: Terraform's code does not say it."""


def region_commit(folder: Path, states: Path | None = None) -> str:
    """Add the region to the example repository; the id of the commit.

    Its units are Terragrunt's, or plain ones whose states lie in the folder `states`, which only a
    literal can say.
    """
    live = folder / "infra" / "live"
    if states is None:
        shutil.copytree(live / _LIKE, live / NEW_REGION, copy_function=shutil.copyfile)
    shutil.copytree(_FILES, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    if states is not None:
        _write_plain(live / NEW_REGION, states)
        edit(folder / "trunkline.yaml", (("infra:\n", f"infra:\n{_waits()}"),))
    for path, (whole, known) in _ENTRIES.items():
        before = "".join(whole.splitlines(keepends=True)[:known])
        edit(folder / path, ((before, whole),))
    schema, before, after = _SCHEMA
    edit(folder / schema, ((before, after),))
    message = "Region jp: its cloud, its cluster, and all that belongs there"
    return git.commit(folder, (".",), git.Author("platform"), "2026-03-18T07:45:00+00:00", message)


def _write_plain(region: Path, states: Path) -> None:
    (region / "region.hcl").unlink()
    head = (_PLAIN / "head.tf").read_text(encoding="utf-8")
    for unit in _UNITS:
        code = head + (_PLAIN / f"{unit}.tf").read_text(encoding="utf-8")
        file = region / unit / "main.tf"
        file.parent.mkdir(exist_ok=True)
        said = code.replace("STATES", states.as_posix()).replace("UNIT", unit)
        file.write_text(said, encoding="utf-8", newline="\n")


def _waits() -> str:
    """The part of the settings that says what waits for what."""
    place = f"infra/live/{NEW_REGION}"
    lines = ["  units:"]
    for unit, others in _UNITS.items():
        if others:
            named = ", ".join(f"{place}/{one}" for one in others)
            lines += [f"    - path: {place}/{unit}", f"      dependsOn: [{named}]"]
    return "\n".join(lines) + "\n"
