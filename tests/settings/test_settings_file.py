"""trunkline.yaml: what loads, and what each mistake is told as."""

from __future__ import annotations

import jsonschema
import pytest
import yaml

from trunkline.settings import SettingsError, clusters_of, load_settings, settings_schema

WHOLE = b"""\
repository: {urls: [https://git.test/config.git], branch: trunk}
discovery: {exclude: [archive/**]}
metaCluster: eu
clusters:
  - {name: eu, context: prod-eu, kubeVersion: 1.36.3, labels: {region: eu}}
  - {name: home, inCluster: true}
limits:
  render: {workers: 2, memory: 512}
  cluster: {requestsPerSecond: 50}
  waveTimeout: 60
"""


def test_a_whole_file_loads_and_fits_its_schema() -> None:
    found = load_settings(WHOLE, "trunkline.yaml")
    assert found.repository.branch == "trunk"
    assert found.limits.cluster.requests_per_second == 50
    eu, home = clusters_of(found, "trunkline.yaml")
    assert (eu.access, eu.kube_version) == ({"context": "prod-eu"}, "v1.36.3")
    assert home.access == {"inCluster": True}
    jsonschema.validate(yaml.safe_load(WHOLE), settings_schema())


@pytest.mark.parametrize("data", [None, b"", b"# nothing\n", b"{}"])
def test_everything_is_optional(data: bytes | None) -> None:
    assert load_settings(data, "trunkline.yaml") == load_settings(None, "trunkline.yaml")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"clusters:\n  - name: eu\n    sever: x\n", "f:3: clusters[0].sever: unknown key"),
        (b"clusters:\n  - name: eu\n    sever: x\n", "did you mean server?"),
        (b"limits:\n  render:\n    memory: lots\n", "f:3: limits.render.memory: "),
        (b"clusters: 3\n", "f:1: clusters: input should be a list"),
        (b"store: sqlite:///x\n", "f:1: store: unknown key"),
        (b"a: [\n", "f:2: "),
        (b"- a\n", "f:1: a map of settings is expected"),
        (b"clusters: [{name: eu}, {name: eu}]\n", "f:1: clusters[1].name: eu is there twice"),
        (b"clusters: [{name: eu}]\nmetaCluster: us\n", "f:2: metaCluster: no cluster is called us"),
    ],
    ids=["key", "hint", "type", "list", "store", "yaml", "map", "twice", "meta"],
)
def test_mistakes_name_file_line_and_key(data: bytes, says: str) -> None:
    with pytest.raises(SettingsError, match=".*") as caught:
        load_settings(data, "f")
    assert says in str(caught.value)
