"""`python -m bench.parity DIR…`: every chart and kustomization of a directory, compared.

Each becomes an Application of a Git repository that is made for this, charts with many values
(`tries.py`). What Trunkline makes of it is held
against `helm template` and `kubectl kustomize` as parsed objects.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.parity.find import Case, Found, find
from bench.parity.programs import NAMESPACE, printed
from bench.parity.verdict import EXPECTED, REFUSED, Verdict, shown, verdict
from realcluster.binaries import programs
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.desired import Desired
from trunkline.core.yaml import dump, dump_all

AT_ONCE = 50
IDENTITY = ("-c", "user.name=parity", "-c", "user.email=parity@example.com")
SETTINGS = {
    "discovery": {"include": ["parity-applications.yaml"]},
    "limits": {"render": {"workers": 1}},
}


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m bench.parity", description=__doc__)
    arguments.add_argument("directory", type=Path, nargs="+")
    arguments.add_argument("--helm", type=Path, help="the helm to compare with")
    arguments.add_argument("--matching", default="*", help="only these paths, as a glob")
    arguments.add_argument("--refused", action="store_true", help="tell what both refuse, and why")
    asked = arguments.parse_args()
    helm = asked.helm or programs(lambda line: print(line, file=sys.stderr)).helm
    told = EXPECTED if not asked.refused else tuple(one for one in EXPECTED if one != REFUSED)
    verdicts = [
        one for folder in asked.directory for one in compared(folder, helm, asked.matching, told)
    ]
    return 0 if all(one.outcome in EXPECTED for one in verdicts) else 1


def compared(directory: Path, helm: Path, matching: str, silent: Collection[str]) -> list[Verdict]:
    """Prints each outcome that is not to be passed over in silence, and counts at the end."""
    with TemporaryDirectory(prefix="trunkline-parity-") as folder:
        root = Path(folder) / "repo"
        shutil.copytree(directory, root, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        found = find(root, matching)
        (root / "trunkline.yaml").write_text(dump(SETTINGS))
        applications = [application(one) for one in found.cases]
        (root / "parity-applications.yaml").write_text(dump_all(applications))
        committed(root)
        for path in found.local:
            built(root / path, helm)
        verdicts = asyncio.run(judged(found.cases, root, helm, Path(folder) / "cache", silent))
    tell(directory, found, verdicts)
    return verdicts


def application(case: Case) -> dict[str, object]:
    source: dict[str, object] = {"repoURL": "https://git.example.com/parity.git", "path": case.path}
    source |= {"kustomize": {}} if case.helm is None else {"helm": dict(case.helm)}
    destination = {"server": "https://kubernetes.default.svc", "namespace": NAMESPACE}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": case.id},
        "spec": {"project": "default", "source": source, "destination": destination},
    }


def committed(root: Path) -> None:
    for step in (("init", "-q", "-b", "main"), ("add", "-Af"), ("commit", "-qm", "parity")):
        subprocess.run(["git", *IDENTITY, "-c", "core.autocrlf=false", *step], cwd=root, check=True)


def built(chart: Path, helm: Path) -> None:
    """What Trunkline reads from `file://` itself, helm wants below charts/: after the commit."""
    subprocess.run([helm, "dependency", "build", "."], cwd=chart, capture_output=True)


async def judged(
    cases: list[Case], root: Path, helm: Path, cache: Path, silent: Collection[str]
) -> list[Verdict]:
    found: list[Verdict] = []
    async with await App.open(str(root), Places(cache, str(cache / "store.db"))) as app:
        for start in range(0, len(cases), AT_ONCE):
            some = {one.id: one for one in cases[start : start + AT_ONCE]}
            for desired in await app.render(list(some)):
                case = some[desired.component.id]
                found.append(await asyncio.to_thread(judge, case, desired, root, helm))
                if found[-1].outcome not in silent:
                    tell_of(case, found[-1])
    return found


def judge(case: Case, ours: Desired, root: Path, helm: Path) -> Verdict:
    first = printed(case, root, helm)
    found = verdict(ours, first, None)
    return (
        found if found.outcome != "different" else verdict(ours, first, printed(case, root, helm))
    )


def tell_of(case: Case, one: Verdict) -> None:
    lines = shown(one.notes)
    print(f"{case.path} ({case.values or 'kustomize'}): {one.outcome}", *lines, sep="\n")


def tell(directory: Path, found: Found, verdicts: list[Verdict]) -> None:
    outcomes = Counter(one.outcome for one in verdicts)
    objects = sum(one.objects for one in verdicts)
    print(f"== {directory}: {found.charts} charts and {found.kustomizations} kustomizations,")
    print(f"   {len(verdicts)} renders, {objects} objects compared")
    for outcome, count in outcomes.most_common():
        print(f"   {count:6} {outcome}")
    reasons = Counter(reason.partition(" is ")[2] or reason for reason in found.skipped.values())
    for reason, count in reasons.most_common():
        print(f"   {count:6} charts left out: {reason}")


if __name__ == "__main__":
    sys.exit(main())
