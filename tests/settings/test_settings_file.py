"""trunkline.yaml beside what it means, and beside what is said of its mistakes."""

from __future__ import annotations

from textwrap import dedent

import jsonschema
import pytest
import yaml

from trunkline.settings.file import clusters_of, load_settings, settings_schema, with_defaults
from trunkline.settings.values import Settings, SettingsError

FILE = "trunkline.yaml"

WHOLE = """\
repository:
  urls: [git@git.example.test:org/config.git]
  branch: trunk
discovery:
  include: ["apps/**"]
  exclude: ["apps/old"]
clusters:
  - name: eu
    server: https://eu.example.test:6443
    labels: {region: eu, tier: production}
    context: admin@eu
  - name: meta
    inCluster: true
    project: platform
  - name: us
    kubeVersion: "1.35.1"
    apiVersions: [monitoring.coreos.com/v1]
metaCluster: meta
defaults:
  kubeVersion: v1.36.0
  apiVersions: [apps/v1]
limits:
  render: {workers: 2, memory: 512, seconds: 20, output: 16}
  cluster: {connections: 4, requestsPerSecond: 50, timeout: 10}
  waveTimeout: 60
infra:
  program: terraform
  environment: [AWS_*, VAULT_ADDR]
"""


def test_no_file_an_empty_one_and_a_comment_mean_the_defaults() -> None:
    assert load_settings(None, FILE) == Settings()
    assert load_settings(b"", FILE) == Settings()
    assert load_settings(b"# nothing yet\n", FILE) == Settings()


def test_every_key_is_read() -> None:
    settings = load_settings(WHOLE.encode(), FILE)
    assert settings.repository.branch == "trunk"
    assert settings.repository.urls == ("git@git.example.test:org/config.git",)
    assert settings.discovery.include == ("apps/**",)
    assert settings.meta_cluster == "meta"
    assert settings.limits.render.memory == 512
    assert settings.limits.cluster.requests_per_second == 50
    assert settings.limits.wave_timeout == 60
    assert settings.defaults.api_versions == ("apps/v1",)
    assert settings.infra.program == "terraform"
    assert settings.infra.environment == ("AWS_*", "VAULT_ADDR")


def test_clusters_keep_their_order_and_say_how_they_are_reached() -> None:
    eu, meta, us = clusters_of(load_settings(WHOLE.encode(), FILE), FILE)
    assert (eu.name, eu.labels["region"], eu.access) == ("eu", "eu", {"context": "admin@eu"})
    assert (meta.access, meta.project) == ({"inCluster": True}, "platform")
    assert (us.kube_version, us.api_versions) == ("v1.35.1", ("monitoring.coreos.com/v1",))
    assert eu.origin.file == FILE


def test_what_a_cluster_does_not_say_of_its_version_the_defaults_say() -> None:
    settings = load_settings(WHOLE.encode(), FILE)
    eu, _, us = (with_defaults(one, settings) for one in clusters_of(settings, FILE))
    assert (eu.kube_version, eu.api_versions) == ("v1.36.0", ("apps/v1",))
    assert (us.kube_version, us.api_versions) == ("v1.35.1", ("monitoring.coreos.com/v1",))


MISTAKES = {
    "an unknown key, with the near one": (
        """\
        repository:
          branche: main
        """,
        ["trunkline.yaml:2: repository.branche: unknown key; did you mean branch?"],
    ),
    "an unknown key that is like no other": (
        "colour: red\n",
        ["trunkline.yaml:1: colour: unknown key"],
    ),
    "a place on this machine": (
        "store: sqlite:///x\n",
        ["trunkline.yaml:1: store: unknown key"],
    ),
    "snake_case is another key": (
        "limits:\n  wave_timeout: 3\n",
        ["trunkline.yaml:2: limits.wave_timeout: unknown key; did you mean waveTimeout?"],
    ),
    "every mistake at once, each at its line": (
        """\
        clusters:
          - name: eu
            label: {}
          - server: https://us.example.test
        limits:
          render:
            memory: 1
        """,
        [
            "trunkline.yaml:3: clusters[0].label: unknown key; did you mean labels?",
            "trunkline.yaml:4: clusters[1].name: is required",
            "trunkline.yaml:7: limits.render.memory: should be at least 64",
        ],
    ),
    "a value of another type": (
        "discovery:\n  include: apps\n",
        ["trunkline.yaml:2: discovery.include: is a string, should be a list"],
    ),
    "a label that is a number": (
        "clusters:\n  - name: eu\n    labels: {shard: 3}\n",
        ["trunkline.yaml:3: clusters[0].labels.shard: is a whole number, should be a string"],
    ),
    "mistakes in one list, by their numbers in the file": (
        """\
        discovery:
          include:
            - 1
            - apps
            - "[a"
            - 2
        """,
        [
            "trunkline.yaml:3: discovery.include[0]: should be a string",
            "trunkline.yaml:5: discovery.include[2]: '[a' has a [ without a ]",
            "trunkline.yaml:6: discovery.include[3]: should be a string",
        ],
    ),
    "a word that is none of those": (
        "infra:\n  policy:\n    - {apply: soon}\n",
        [
            "trunkline.yaml:3: infra.policy[0].apply: should be approve, auto, never or seen",
        ],
    ),
    "bounds, and an empty name": (
        "clusters: [{name: ''}]\nlimits: {render: {seconds: 0, workers: 999}}\n",
        [
            "trunkline.yaml:1: clusters[0].name: should not be empty",
            "trunkline.yaml:2: limits.render.seconds: should be more than 0",
            "trunkline.yaml:2: limits.render.workers: should be at most 256",
        ],
    ),
    "a section that is empty, and a key that is a number": (
        "limits:\nkustomize: {1: true}\n",
        [
            "trunkline.yaml:1: limits: is nothing, should be a map",
            "trunkline.yaml:2: kustomize.1: unknown key",
        ],
    ),
    "a glob that is none": (
        "discovery: {exclude: ['apps/[a']}\n",
        ["trunkline.yaml:1: discovery.exclude[0]: 'apps/[a' has a [ without a ]"],
    ),
    "a cluster that is there twice": (
        "clusters:\n  - name: eu\n  - name: eu\n",
        ["trunkline.yaml:3: clusters[1].name: eu is there twice"],
    ),
    "a meta cluster that nobody declares": (
        "clusters: [{name: eu}]\nmetaCluster: us\n",
        ["trunkline.yaml:2: metaCluster: no cluster is called us (known: eu)"],
    ),
    "a list": ("- a\n", ["trunkline.yaml:1: a map of settings is expected"]),
    "broken YAML": (
        "repository:\n  urls: [a\n",
        ["trunkline.yaml:3: while parsing a flow sequence did not find expected ',' or ']'"],
    ),
}


@pytest.mark.parametrize(("text", "lines"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_names_file_line_and_key(text: str, lines: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(dedent(text).encode(), FILE)
    assert str(caught.value).splitlines() == lines


def test_the_schema_takes_what_the_settings_take_and_refuses_what_they_refuse() -> None:
    schema = settings_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema)
    assert checker.is_valid(yaml.safe_load(WHOLE))
    assert not checker.is_valid({"repository": {"branche": "main"}})


def test_every_key_of_the_schema_has_a_description() -> None:
    schema = settings_schema()
    sections = [schema, *schema["$defs"].values()]
    silent = [
        f"{section['title']}.{key}"
        for section in sections
        for key, value in section["properties"].items()
        if not (value.get("description") or _section(schema, value).get("description"))
    ]
    assert silent == []


def _section(schema: dict, value: dict) -> dict:
    return schema["$defs"].get(value.get("$ref", "").rpartition("/")[2], {})
