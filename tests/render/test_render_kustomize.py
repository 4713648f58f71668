"""Kustomizations, and Argo CD's overrides, beside what `kubectl kustomize` makes of them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from render_oracle import Files, by_place, ours, printed, written

from trunkline.core.rendering import RenderError
from trunkline.core.yaml import documents
from trunkline.edge.render.pool import kubectl_program
from trunkline.edge.render.renderer import Renderer

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEPLOYMENT = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, labels: {app: web}}
    spec:
      replicas: 1
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec:
          containers:
            - {name: web, image: "nginx:1.25"}
            - {name: side, image: "registry.example.com:5000/team/side@sha256:0000"}
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}}\n"

BASE = {
    "base/kustomization.yaml": "resources: [web.yaml, service.yaml]\n",
    "base/web.yaml": DEPLOYMENT,
    "base/service.yaml": SERVICE,
}


def overlay(text: str, **more: str) -> dict[str, str]:
    """An overlay `eu` of the base, with these lines and further files of its own."""
    lines = "resources: [../base]\n" + dedent(text).lstrip("\n")
    return {**BASE, "eu/kustomization.yaml": lines, **{f"eu/{k}": v for k, v in more.items()}}


PLAIN: dict[str, Files] = {
    "resources": overlay(""),
    "prefix, suffix, namespace": overlay("namePrefix: a-\nnameSuffix: -b\nnamespace: eu\n"),
    "generators": overlay(
        """
        configMapGenerator:
          - {name: one, files: [note.txt, other=note.txt], literals: [a=b]}
          - {name: two, envs: [settings.env]}
        secretGenerator: [{name: three, literals: [password=x], type: Opaque}]
        generatorOptions: {labels: {made: here}}
        """,
        **{"note.txt": "hello\n", "settings.env": "A=1\nB=2\n"},
    ),
    "patches": overlay(
        """
        patches:
          - {path: more.yaml}
          - {target: {kind: Service}, patch: "- {op: add, path: /spec/type, value: NodePort}"}
        """,
        **{
            "more.yaml": "apiVersion: apps/v1\nkind: Deployment\n"
            "metadata: {name: web}\nspec: {replicas: 4}\n"
        },
    ),
    "old patches": overlay(
        """
        patchesStrategicMerge: [more.yaml]
        patchesJson6902: [{target: {version: v1, kind: Service, name: web}, path: json.yaml}]
        """,
        **{
            "more.yaml": "apiVersion: apps/v1\nkind: Deployment\n"
            "metadata: {name: web}\nspec: {replicas: 4}\n",
            "json.yaml": "- {op: add, path: /spec/type, value: NodePort}\n",
        },
    ),
    "components": {
        **overlay("components: [../part]\n"),
        "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\n"
        "kind: Component\ncommonAnnotations: {by: part}\n",
    },
    "replacements": overlay(
        """
        replacements: [{path: swap.yaml}]
        """,
        **{
            "swap.yaml": "source: {kind: Service, name: web, fieldPath: metadata.name}\n"
            "targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.service],"
            " options: {create: true}}]\n"
        },
    ),
    "a file outside of the overlay": {
        **BASE,
        "eu/kustomization.yaml": "resources: [../base, ../base/deep]\n",
        "base/deep/kustomization.yml": "resources: [extra.yaml]\n",
        "base/deep/extra.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n",
    },
    "crds and configurations": overlay(
        "configurations: [names.yaml]\nnamePrefix: x-\n",
        **{"names.yaml": "namePrefix: [{path: metadata/name, kind: Service}]\n"},
    ),
    "the old name of the file": {
        **BASE,
        "eu/Kustomization": "bases: [../base]\nnamePrefix: old-\n",
    },
    "no order": overlay("sortOptions: {order: fifo}\n"),
}

# The Application's section, and the same said by hand in the kustomization.
OVERRIDES: dict[str, tuple[str, dict[str, Any], str]] = {
    "namePrefix": ("", {"namePrefix": "a-"}, "namePrefix: a-"),
    "namePrefix replaces": ("namePrefix: b-\n", {"namePrefix": "a-"}, "namePrefix: a-"),
    "nameSuffix": ("", {"nameSuffix": "-z"}, "nameSuffix: -z"),
    "namespace": ("namespace: one\n", {"namespace": "two"}, "namespace: two"),
    "image tag": ("", {"images": ["nginx:1.27"]}, "images: [{name: nginx, newTag: '1.27'}]"),
    "image name": (
        "",
        {"images": ["nginx=mirror.example.com:443/nginx:2"]},
        "images: [{name: nginx, newName: 'mirror.example.com:443/nginx', newTag: '2'}]",
    ),
    "image digest": (
        "",
        {"images": ["nginx@sha256:abcd"]},
        "images: [{name: nginx, digest: 'sha256:abcd'}]",
    ),
    "image tag and digest": (
        "",
        {"images": ["nginx=other:3@sha256:abcd"]},
        "images: [{name: nginx, newName: other, newTag: '3', digest: 'sha256:abcd'}]",
    ),
    "image of a registry with a port": (
        "",
        {"images": ["registry.example.com:5000/team/side=side"]},
        "images: [{name: 'registry.example.com:5000/team/side', newName: side}]",
    ),
    "images, the Application's first": (
        "images: [{name: nginx, newTag: '9'}]\n",
        {"images": ["nginx:1.27"]},
        "images: [{name: nginx, newTag: '1.27'}]",
    ),
    "images one after the other": (
        "",
        {"images": ["nginx=other", "other=third"]},
        "images: [{name: nginx, newName: other}, {name: other, newName: third}]",
    ),
    "the last of two images": (
        "",
        {"images": ["nginx:1", "nginx:2"]},
        "images: [{name: nginx, newTag: '2'}]",
    ),
    "an image's name stays": (
        "images: [{name: nginx, newName: mirror/nginx, newTag: '9'}]\n",
        {"images": ["nginx=*:2"]},
        "images: [{name: nginx, newName: mirror/nginx, newTag: '2'}]",
    ),
    "an image's tag stays": (
        "images: [{name: nginx, newName: mirror/nginx, newTag: '9'}]\n",
        {"images": ["nginx=other:*"]},
        "images: [{name: nginx, newName: other, newTag: '9'}]",
    ),
    "an image's digest stays, where there is one": (
        "images: [{name: nginx, newTag: '9'}]\n",
        {"images": ["nginx=other@*"]},
        "images: [{name: nginx, newName: other}]",
    ),
    "the old name of images": (
        "imageTags: [{name: nginx, newTag: '9'}]\n",
        {"images": ["nginx:2"]},
        "images: [{name: nginx, newTag: '2'}]",
    ),
    "replicas": ("", {"replicas": [{"name": "web", "count": 5}]},
                 "replicas: [{name: web, count: 5}]"),
    "replicas as text": ("", {"replicas": [{"name": "web", "count": "5"}]},
                         "replicas: [{name: web, count: 5}]"),
    "commonLabels": ("", {"commonLabels": {"team": "red"}}, "commonLabels: {team: red}"),
    "labelWithoutSelector": (
        "",
        {"commonLabels": {"team": "red"}, "labelWithoutSelector": True},
        "labels: [{pairs: {team: red}}]",
    ),
    "labelIncludeTemplates": (
        "",
        {
            "commonLabels": {"team": "red"},
            "labelWithoutSelector": True,
            "labelIncludeTemplates": True,
        },
        "labels: [{pairs: {team: red}, includeTemplates: true}]",
    ),
    "labels of a build variable": (
        "",
        {"commonLabels": {"app-name": "${ARGOCD_APP_NAME}"}},
        "commonLabels: {app-name: app}",
    ),
    "commonAnnotations": (
        "", {"commonAnnotations": {"on": "1", "price": "$5"}},
        "commonAnnotations: {'on': '1', price: $5}",
    ),
    "commonAnnotationsEnvsubst": (
        "",
        {
            "commonAnnotations": {"name": "$ARGOCD_APP_NAME-x"},
            "commonAnnotationsEnvsubst": True,
        },
        "commonAnnotations: {name: app-x}",
    ),
    "annotations that are not substituted": (
        "", {"commonAnnotations": {"name": "$ARGOCD_APP_NAME"}},
        "commonAnnotations: {name: $ARGOCD_APP_NAME}",
    ),
    "forceCommonLabels": (
        "commonLabels: {team: blue}\n",
        {"commonLabels": {"team": "red"}, "forceCommonLabels": True},
        "commonLabels: {team: red}",
    ),
    "patches": (
        "",
        {
            "patches": [
                {
                    "target": {"kind": "Deployment", "name": "web"},
                    "patch": "- {op: replace, path: /spec/replicas, value: 9}\n",
                }
            ]
        },
        "replicas: [{name: web, count: 9}]",
    ),
    "components": ("", {"components": ["../part"]}, "components: [../part]"),
    "ignoreMissingComponents": (
        "",
        {"components": ["../part", "../nosuch"], "ignoreMissingComponents": True},
        "components: [../part]",
    ),
    "version is left aside": ("", {"version": "v5.0.0"}, ""),
}  # fmt: skip

PART = {
    "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\n"
    "kind: Component\ncommonAnnotations: {by: part}\n"
}


def kustomized(folder: Path, files: Files) -> list[Any]:
    written(folder, files)
    said = printed([kubectl_program(), "kustomize", "eu"], folder)
    return [one.value for one in documents(said)]


@pytest.mark.parametrize("files", PLAIN.values(), ids=PLAIN)
async def test_as_kubectl_kustomize(renderer: Renderer, tmp_path: Path, files: Files) -> None:
    assert await ours(renderer, files, path="eu") == kustomized(tmp_path, files)


@pytest.mark.parametrize(("there", "section", "by_hand"), OVERRIDES.values(), ids=OVERRIDES)
async def test_overrides(
    renderer: Renderer, tmp_path: Path, there: str, section: dict[str, Any], by_hand: str
) -> None:
    expected = kustomized(tmp_path, {**overlay(by_hand), **PART})
    made = await ours(renderer, {**overlay(there), **PART}, path="eu", kustomize=section)
    assert by_place(made) == by_place(expected)


ERRORS: dict[str, tuple[Files, dict[str, Any], tuple[str, ...]]] = {
    "a remote base": (
        overlay("").copy() | {"eu/kustomization.yaml": "resources: ['https://example.com/base']\n"},
        {},
        ("eu/kustomization.yaml", "https://example.com/base", "outside of this repository"),
    ),
    "a remote base by Git": (
        overlay("") | {"eu/kustomization.yaml": "resources: ['github.com/a/b//c?ref=v1']\n"},
        {},
        ("github.com/a/b//c?ref=v1",),
    ),
    "a remote base of a host": (
        overlay("") | {"eu/kustomization.yaml": "resources: ['git.example.com/a/b?ref=v1']\n"},
        {},
        ("git.example.com/a/b?ref=v1", "outside of this repository"),
    ),
    "a remote component of the Application": (
        overlay(""),
        {"components": ["https://example.com/part"]},
        ("kustomize.components", "outside of this repository"),
    ),
    "a component that is missing": (
        overlay(""), {"components": ["../nosuch"]}, ("kustomize.components", "nosuch"),
    ),
    "a file that is missing": (overlay("patches: [{path: no.yaml}]\n"), {}, ("eu", "no.yaml")),
    "a base above the repository": (
        overlay("") | {"eu/kustomization.yaml": "resources: [../../other]\n"},
        {},
        ("eu/kustomization.yaml", "leaves the repository"),
    ),
    "a base of itself": (
        overlay("") | {"base/kustomization.yaml": "resources: [../eu]\n"},
        {},
        ("eu -> base -> eu",),
    ),
    "broken YAML": (
        overlay("") | {"base/kustomization.yaml": "a: 1\nresources: [\n"},
        {},
        ("base/kustomization.yaml:3",),
    ),
    "a label that stands there": (
        overlay("commonLabels: {team: blue}\n"),
        {"commonLabels": {"team": "red"}},
        ("commonLabels: team stands in the kustomization already",),
    ),
    "no kustomization": (BASE | {"eu/web.yaml": DEPLOYMENT}, {}, ("eu holds no kustomization",)),
    "a helm chart that is not vendored": (
        overlay("helmCharts: [{name: db, repo: 'https://charts.example.com', version: 1.0.0}]\n"),
        {},
        ("eu: the chart eu/charts/db-1.0.0/db does not exist", "no network"),
    ),
    "an exec generator": (
        overlay("generators: [run.yaml]\n", **{"run.yaml": """
            apiVersion: example.com/v1
            kind: Runner
            metadata:
              name: x
              annotations: {config.kubernetes.io/function: "exec: {path: ./run.sh}"}
            """, "run.sh": "#!/bin/sh\necho hacked\n"}),
        {},
        ("eu",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "section", "said"), ERRORS.values(), ids=ERRORS)
async def test_errors(
    renderer: Renderer, files: Files, section: dict[str, Any], said: tuple[str, ...]
) -> None:
    with pytest.raises(RenderError) as caught:
        await ours(renderer, files, path="eu", kustomize=section)
    for part in said:
        assert part in str(caught.value)
    assert "/tmp" not in str(caught.value)


async def test_advice_about_old_fields_is_no_part_of_an_error(renderer: Renderer) -> None:
    with pytest.raises(RenderError) as caught:
        await ours(renderer, overlay("patchesStrategicMerge: [no.yaml]\n"), path="eu")
    assert "no.yaml" in str(caught.value)
    assert "deprecated" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "name", "tag"),
    [
        (".argocd-source.yaml", "app", "2"),
        (".argocd-source-app.yaml", "app", "2"),
        (".argocd-source-other.yaml", "app", "1.25"),
    ],
    ids=["of all", "of this application", "of another"],
)
async def test_overrides_in_git(renderer: Renderer, file: str, name: str, tag: str) -> None:
    files = overlay("", **{file: "kustomize: {images: ['nginx:2']}\nrepoURL: ignored\n"})
    made = await ours(renderer, files, path="eu", name=name)
    deployment = next(one for one in made if one["kind"] == "Deployment")
    containers = deployment["spec"]["template"]["spec"]["containers"]
    assert containers[0]["image"] == f"nginx:{tag}"


async def test_an_image_that_says_nothing_is_refused(renderer: Renderer) -> None:
    with pytest.raises(RenderError, match=r"kustomize\.images: nginx has no new name, tag or dig"):
        await ours(renderer, overlay(""), path="eu", kustomize={"images": ["nginx"]})
