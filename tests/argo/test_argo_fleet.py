"""Cluster Secrets, the fleet, and which cluster a destination means."""

from __future__ import annotations

import pytest

from trunkline.core.argo.cluster_secret import (
    BadClusterConfig,
    cluster_config,
    is_cluster_secret,
    parse_cluster,
)
from trunkline.core.argo.fleet import Fleet, UnknownCluster, joined, normal_server
from trunkline.core.component import IN_CLUSTER, Cluster, Destination, Origin
from trunkline.core.yaml import load

SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: eu-cluster
  namespace: argocd
  labels: {argocd.argoproj.io/secret-type: cluster, region: eu}
data:
  name: ZXU=
  server: aHR0cHM6Ly9vdGhlci50ZXN0
stringData:
  server: https://eu.test
  config: '{"bearerToken": "t0ken"}'
"""


def test_a_secret_is_a_cluster_and_its_credentials_are_no_part_of_it() -> None:
    manifest = load(SECRET)
    assert is_cluster_secret(manifest)
    cluster, findings = parse_cluster(manifest, Origin("c.yaml", 1))
    assert cluster is not None and findings == ()
    assert (cluster.name, cluster.server) == ("eu", "https://eu.test")
    assert cluster.labels["region"] == "eu"
    assert cluster.access == {"secret": "argocd/eu-cluster"}
    assert "t0ken" not in repr(cluster)
    assert cluster_config(manifest) == {"bearerToken": "t0ken"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("ZXU=", "é"), "Secret eu-cluster: data.name: is not base64 of a text"),
        (
            ("  name: ZXU=\n", ""),
            "Secret eu-cluster: the cluster's name is missing in data or stringData",
        ),
    ],
)
def test_a_broken_secret_is_told_of(change: tuple[str, str], message: str) -> None:
    cluster, findings = parse_cluster(load(SECRET.replace(*change)), Origin("c.yaml", 1))
    assert cluster is None and [one.message for one in findings] == [message]


@pytest.mark.parametrize("config", ['{"bearerToken": "t0ken"', '["t0ken"]'])
def test_a_broken_config_is_told_of_without_its_text(config: str) -> None:
    manifest = load(SECRET.replace('{"bearerToken": "t0ken"}', config))
    with pytest.raises(BadClusterConfig) as caught:
        cluster_config(manifest)
    assert "t0ken" not in str(caught.value)


EU = Cluster("eu", "https://eu.test:443/")
US = Cluster("us", "https://us.test")
FLEET = Fleet((US, EU), meta="us")


@pytest.mark.parametrize(
    ("destination", "name"),
    [
        (Destination(name="eu"), "eu"),
        (Destination(server="https://EU.test"), "eu"),
        (Destination(server="https://us.test/"), "us"),
        (Destination(server=IN_CLUSTER), "us"),
        (Destination(name="in-cluster"), "us"),
    ],
)
def test_a_destination_means_a_cluster(destination: Destination, name: str) -> None:
    assert FLEET.resolve(destination).name == name


@pytest.mark.parametrize(
    ("destination", "message"),
    [
        (Destination(name="eux"), "no cluster is named 'eux'; did you mean eu?"),
        (Destination(name="moon"), "no cluster is named 'moon'; known are: eu, us"),
        (
            Destination(server="https://moon.test"),
            "no cluster has the server https://moon.test; known are: eu, us",
        ),
    ],
)
def test_an_unknown_cluster_is_told_of(destination: Destination, message: str) -> None:
    with pytest.raises(UnknownCluster) as caught:
        FLEET.resolve(destination)
    assert str(caught.value) == message
    assert "trunkline.yaml" in caught.value.remedy


def test_the_meta_cluster_is_asked_for_where_nothing_says_it() -> None:
    with pytest.raises(UnknownCluster) as caught:
        Fleet((EU, US)).resolve(Destination(server=IN_CLUSTER))
    assert "metaCluster" in caught.value.remedy


def test_settings_and_secrets_are_joined() -> None:
    own = Cluster("eu", labels={"tier": "gold"}, access={"context": "eu"})
    secret = Cluster(
        "eu", "https://eu.test", labels={"tier": "lab", "region": "eu"}, access={"secret": "a/b"}
    )
    (eu, us) = joined([own], [US, secret])
    assert (eu.server, eu.access) == ("https://eu.test", {"context": "eu"})
    assert eu.labels == {"tier": "gold", "region": "eu"}
    assert us == US


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("https://EU.test:443/", "https://eu.test"),
        ("https://eu.test:6443", "https://eu.test:6443"),
        ("https://[::1", "https://[::1"),
    ],
)
def test_spellings_of_a_server(server: str, expected: str) -> None:
    assert normal_server(server) == expected
