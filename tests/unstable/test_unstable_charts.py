"""Charts whose templates make something anew: found, told, and kept in plans between commits."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitrepo import GitRepo
from trunkline.app.clusters import App
from trunkline.app.places import Places

APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop}
spec:
  project: default
  source: {repoURL: https://git.example.com/shop.git, path: chart}
  destination: {server: https://kubernetes.default.svc, namespace: shop}
"""
HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata:\n"

CHARTS = {
    "a random word": ("{{ randAlphaNum 12 }}", "ConfigMap shop/one: data.answer"),
    "a time": ('{{ now | date "2006-01-02" | quote }}', "ConfigMap shop/one: data.answer"),
    "a unix time": ("{{ now | unixEpoch | quote }}", "ConfigMap shop/one: data.answer"),
    "a certificate": (
        '{{ (genSelfSignedCert "a" nil nil 1).Cert | b64enc }}',
        "ConfigMap shop/one: data.answer",
    ),
    "a value that is a template": ("{{ tpl .Values.text . }}", "ConfigMap shop/one: data.answer"),
    "a name": ("x\n---\n" + HEAD.replace("one", "a-{{ randNumeric 9 }}"), "metadata.name"),
    "a word called now": ('"now {{ .Values.now }} {{ "now" }}"', ""),
    "keys in order": ('{{ keys .Values | sortAlpha | join "," }}', ""),
    "nothing": ("{{ .Values.now | sha256sum }}", ""),
}
VALUES = "text: '{{ uuidv4 }}'\nnow: soon\n"


def chart(template: str) -> dict[str, str]:
    return {
        "apps/shop.yaml": APPLICATION,
        "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        "chart/values.yaml": VALUES,
        "chart/templates/one.yaml": f"{HEAD}  answer: {template}\n",
    }


def places(folder: Path) -> Places:
    return Places(folder / "cache", str(folder / "store.db"))


@pytest.mark.parametrize(("template", "told"), CHARTS.values(), ids=CHARTS)
async def test_what_is_made_anew_is_told(tmp_path: Path, template: str, told: str) -> None:
    repo = GitRepo(tmp_path / "repo").write(chart(template))
    repo.commit()
    async with await App.open(str(tmp_path / "repo"), places(tmp_path)) as app:
        (desired,) = await app.render([])
    said = [one.message for one in desired.findings if one.rule == "unstable-render"]
    assert len(said) == bool(told)
    assert all(told in one for one in said)


async def test_a_plan_of_commits_shows_only_what_they_change(tmp_path: Path) -> None:
    files = chart("{{ randAlphaNum 12 }}")
    repo = GitRepo(tmp_path / "repo").write(files)
    base = repo.commit()
    text = files["chart/templates/one.yaml"] + "  more: '2'\n"
    head = repo.write({"chart/templates/one.yaml": text}).commit()
    async with await App.open(str(tmp_path / "repo"), places(tmp_path)) as app:
        plan = await app.plan_range(base, head)
    ((change,),) = [part.changes for part in plan.components]
    changed = [line for line in change.diff.splitlines() if line.startswith(("+", "-"))]
    assert changed == ['+  more: "2"']
