"""The client against a real API server: what only that one answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from json import dumps
from pathlib import Path
from typing import Any

import pytest

from cluster.certificates import DAY, signed
from cluster.script import Script, json, status
from contract.place import eventually
from realcluster.start import RealCluster
from trunkline.core.component import Cluster
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.credentials import Fixed, Issued
from trunkline.edge.cluster.errors import ApiError, Forbidden, Invalid, Unauthorized, Unreachable
from trunkline.edge.cluster.kubeconfig import contexts
from trunkline.edge.cluster.ways import access_of

SPACE = "cluster-client"
RBAC = "rbac.authorization.k8s.io"


@pytest.fixture
async def space(real: ClusterClient) -> AsyncIterator[ClusterClient]:
    """The client, and a namespace for what a test makes."""
    await real.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}})
    yield real


def thing(version: str, kind: str, name: str, **rest: Any) -> Manifest:
    meta = {"name": name, "namespace": SPACE, **rest.pop("metadata", {})}
    return {"apiVersion": version, "kind": kind, "metadata": meta, **rest}


def pods(**labels: str) -> dict[str, Any]:
    containers = [{"name": "a", "image": "registry.example/a:1"}]
    return {"metadata": {"labels": labels}, "spec": {"containers": containers}}


def deployment(app: str = "web", **spec: Any) -> Manifest:
    selector = {"matchLabels": {"app": app}}
    whole = {"selector": selector, "template": pods(app=app), **spec}
    return thing("apps/v1", "Deployment", "web", spec=whole)


def stateful(service: str) -> Manifest:
    selector = {"matchLabels": {"app": "db"}}
    spec = {"serviceName": service, "selector": selector, "template": pods(app="db")}
    return thing("apps/v1", "StatefulSet", "db", spec=spec)


def claim(storage_class: str) -> Manifest:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": storage_class,
        "resources": {"requests": {"storage": "1Gi"}},
    }
    return thing("v1", "PersistentVolumeClaim", "data", spec=spec)


def binding(role: str) -> Manifest:
    group = "rbac.authorization.k8s.io"
    named = {"apiGroup": group, "kind": "Role", "name": role}
    return thing(f"{group}/v1", "RoleBinding", "readers", roleRef=named)


def secret(value: str) -> Manifest:
    return thing("v1", "Secret", "fixed", stringData={"password": value}, immutable=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(deployment(), deployment("other"), id="Deployment selector"),
        pytest.param(stateful("a"), stateful("b"), id="StatefulSet serviceName"),
        pytest.param(claim("a"), claim("b"), id="claim's class"),
        pytest.param(binding("a"), binding("b"), id="roleRef"),
        pytest.param(secret("hunter2"), secret("hunter3"), id="immutable Secret"),
    ],
)
async def test_a_field_that_cannot_change(
    space: ClusterClient, before: Manifest, after: Manifest
) -> None:
    await space.apply(before)
    with pytest.raises(Invalid, match="cannot change in place: the sync option Replace=true"):
        await space.apply(after)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        pytest.param(
            deployment(replicas="three"),
            f"Deployment {SPACE}/web does not fit its kind's schema: .spec.replicas: "
            "expected numeric (int or float), got string",
            id="type",
        ),
        pytest.param(
            deployment(sorrows=3),
            f"Deployment {SPACE}/web does not fit its kind's schema: .spec.sorrows: "
            "field not declared in schema",
            id="unknown field",
        ),
        pytest.param(
            thing("v1", "Secret", "s", stringData={"pin": 1234}),
            f"Secret {SPACE}/s does not fit its kind's schema: .stringData.pin: "
            "expected string, got &value.valueUnstructured(masked)",
            id="a number in a Secret",
        ),
        pytest.param(
            thing("v1", "ConfigMap", "a", metadata={"namespace": ""}),
            "ConfigMap a needs a namespace: set metadata.namespace, or the destination's",
            id="no namespace",
        ),
        pytest.param(
            thing("v1", "ConfigMap", "a", metadata={"namespace": "nowhere"}),
            'namespaces "nowhere" not found: the sync option CreateNamespace=true creates the '
            "destination's namespace",
            id="unknown namespace",
        ),
        pytest.param(
            thing("example.com/v1", "Dream", "a"),
            "eu serves no kind Dream of group example.com: is its CustomResourceDefinition "
            "applied?",
            id="unknown kind",
        ),
    ],
)
async def test_an_object_that_is_refused(
    space: ClusterClient, manifest: Manifest, said: str
) -> None:
    with pytest.raises(ApiError) as caught:
        await space.apply(manifest)
    assert str(caught.value) == said


async def test_pages_are_one_list(space: ClusterClient) -> None:
    names = [f"page-{number:03}" for number in range(25)]
    maps = [thing("v1", "ConfigMap", name, metadata={"labels": {"of": "pages"}}) for name in names]
    await asyncio.gather(*(space.apply(one) for one in maps))
    resource = (await space.discovery()).find("", "ConfigMap")
    assert resource is not None
    found = space.list(resource, namespace=SPACE, label_selector="of=pages", page=7)
    listed = [one async for one in found]
    assert [one["metadata"]["name"] for one in listed] == names
    assert {(one["apiVersion"], one["kind"]) for one in listed} == {("v1", "ConfigMap")}


async def test_a_dry_run_changes_nothing(space: ClusterClient) -> None:
    manifest = thing("v1", "ConfigMap", "dry", data={"a": "b"})
    assert (await space.create(manifest, dry_run=True))["data"] == {"a": "b"}
    assert (await space.apply(manifest, dry_run=True))["data"] == {"a": "b"}
    assert await space.get(Ref.of(manifest)) is None
    live = await space.create(manifest)
    await space.delete(Ref.of(manifest), dry_run=True)
    await space.delete(Ref.of(manifest), dry_run=True, uid=live["metadata"]["uid"])
    assert await space.get(Ref.of(manifest)) == live


async def test_deleting_another_of_the_same_name(space: ClusterClient) -> None:
    manifest = thing("v1", "ConfigMap", "twin")
    await space.apply(manifest)
    with pytest.raises(ApiError, match="twin"):
        await space.delete(Ref.of(manifest), uid="00000000-0000-0000-0000-000000000000")
    await space.delete(Ref.of(manifest))
    await space.wait_gone(Ref.of(manifest), timeout=60)


async def test_what_a_finalizer_holds_is_told(space: ClusterClient) -> None:
    meta = {"finalizers": ["example.com/held"]}
    held = thing("v1", "ConfigMap", "held", metadata=meta)
    await space.apply(held)
    await space.delete(Ref.of(held))
    with pytest.raises(ApiError, match=r"still in eu after 0\.2 s; finalizers hold it: example"):
        await space.wait_gone(Ref.of(held), timeout=0.2)
    await space.wait_gone(Ref.of(held), timeout=0.2, uid="another")
    await space.patch(Ref.of(held), {"metadata": {"finalizers": None}})
    await space.wait_gone(Ref.of(held), timeout=60)


async def test_a_watch_tells_what_happens(space: ClusterClient) -> None:
    discovery = await space.discovery()
    resource = discovery.find("", "ConfigMap")
    assert resource is not None
    large = thing("v1", "ConfigMap", "watched", data={"large": "x" * 900_000})
    first = await space.apply(thing("v1", "ConfigMap", "watched"))
    version = first["metadata"]["resourceVersion"]
    seen = []

    async def look() -> None:
        events = space.watch(resource, resource_version=version, namespace=SPACE)
        async for event in events:
            if event.object["metadata"].get("name") == "watched":
                seen.append((event.type, len(event.object.get("data", {}).get("large", ""))))
            if event.type == "DELETED":
                return

    looking = asyncio.create_task(look())
    await space.apply(large)
    await space.delete(Ref.of(large))
    await asyncio.wait_for(looking, 60)
    assert seen == [("MODIFIED", 900_000), ("DELETED", 900_000)]


async def test_acting_for_somebody(real_cluster: RealCluster) -> None:
    """A kubeconfig's `as` counts: the administrator acts as one who may nothing."""
    (cluster,) = contexts(str(real_cluster.kubeconfig))
    access = access_of(cluster)
    access.behalf = (("Impersonate-User", "guest"), ("Impersonate-Group", "system:authenticated"))
    client = connect("eu", access)
    with pytest.raises(Forbidden, match='User "guest"'):
        await client.get(Ref("", "Secret", "default", "any"))
    await client.close()


async def test_writing_as_a_service_account(
    real_cluster: RealCluster, space: ClusterClient
) -> None:
    """Who may impersonate nobody is told what to grant, and does not write as itself."""
    (cluster,) = contexts(str(real_cluster.kubeconfig))
    access = access_of(cluster)
    access.credentials = Fixed(Issued(real_cluster.weak_token))
    client = connect("eu", access)
    acting = client.acting_as(f"system:serviceaccount:{SPACE}:deployer")
    with pytest.raises(Forbidden) as caught:
        await acting.apply(thing("v1", "ConfigMap", "any"), dry_run=True)
    said = str(caught.value)
    assert 'User "nobody" cannot impersonate' in said
    assert "grant the verb impersonate on serviceaccounts by a Role in " in said
    rule = {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]}
    await space.apply(thing(f"{RBAC}/v1", "Role", "acts", rules=[rule]))
    to = {"apiGroup": RBAC, "kind": "Role", "name": "acts"}
    whom = [{"apiGroup": RBAC, "kind": "User", "name": "nobody"}]
    await space.apply(thing(f"{RBAC}/v1", "RoleBinding", "acts", roleRef=to, subjects=whom))

    async def said_by_now() -> str:
        """RBAC sees a new binding when its watch has told of it."""
        with pytest.raises(Forbidden) as caught:
            await acting.apply(thing("v1", "ConfigMap", "any"), dry_run=True)
        return str(caught.value)

    lacks = f'User "system:serviceaccount:{SPACE}:deployer" cannot patch'
    await eventually(said_by_now, lambda said: lacks in said, "the plain verb is enough")
    await space.delete(Ref(RBAC, "RoleBinding", SPACE, "acts"))
    await client.close()


async def test_by_a_cluster_secret(real_cluster: RealCluster) -> None:
    """Argo CD's cluster Secret, with a wrong CA, and with none but `insecure`."""
    cluster = Cluster("eu", real_cluster.url)
    config = {"bearerToken": real_cluster.token, "tlsClientConfig": {"insecure": True}}
    client = connect("eu", access_of(cluster, secret_config=config))
    assert (await client.discovery()).kube_version.startswith("v1.")
    await client.close()
    client = connect("eu", access_of(cluster, secret_config={"bearerToken": real_cluster.token}))
    with pytest.raises(Unreachable, match=r"not trusted .*in a cluster Secret: caData"):
        await client.discovery()
    await client.close()


def somebody(cluster: RealCluster, folder: Path, seconds: float = DAY) -> ClusterClient:
    """By a kubeconfig that names files: a certificate which is valid for so long from now on."""
    pair = signed(folder, "somebody", cluster.client_ca, seconds=seconds)
    server = {"server": cluster.url, "certificate-authority": str(cluster.ca)}
    user = {"client-certificate": str(pair.certificate), "client-key": str(pair.key)}
    known = {
        "clusters": [{"name": "eu", "cluster": server}],
        "users": [{"name": "eu", "user": user}],
        "contexts": [{"name": "eu", "context": {"cluster": "eu", "user": "eu"}}],
    }
    (folder / "kubeconfig").write_text(dumps(known))
    (found,) = contexts(str(folder / "kubeconfig"))
    return connect("eu", access_of(found))


async def known(client: ClusterClient) -> str:
    """The version, once it may be asked for: a new API server makes its roles a moment later."""
    with contextlib.suppress(Forbidden):
        return (await client.rediscover()).kube_version
    return ""


async def test_a_client_certificate_that_expires(real_cluster: RealCluster, tmp_path: Path) -> None:
    """On a connection that stands too. What comes after it is read from the same files."""
    lasting = somebody(real_cluster, tmp_path)
    await eventually(lambda: known(lasting), bool, "its roles are there")
    for seconds in (5.0, 20.0, 60.0):
        brief = somebody(real_cluster, tmp_path, seconds=seconds)
        with contextlib.suppress(Unauthorized):  # On a machine that has much else to do.
            assert (await brief.discovery()).kube_version.startswith("v1.")
            break
        await brief.close()
    await asyncio.sleep(seconds + 0.5)
    with pytest.raises(Unauthorized, match="renew the token or the client certificate"):
        await brief.rediscover()
    renewed = somebody(real_cluster, tmp_path)
    assert (await renewed.discovery()).kube_version.startswith("v1.")
    await asyncio.gather(*(one.close() for one in (lasting, brief, renewed)))


async def test_a_group_whose_server_is_down(real: ClusterClient) -> None:
    """Its objects are not missing: nobody knows of them. All other kinds are there."""
    name = "v1.down.example.com"
    service = {"name": "nobody", "namespace": "default"}
    spec = {
        "group": "down.example.com",
        "version": "v1",
        "service": service,
        "insecureSkipTLSVerify": True,
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
    }
    broken: Manifest = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": name},
        "spec": spec,
    }
    await real.apply(broken)
    try:
        await eventually(
            real.rediscover, lambda found: "down.example.com" in found.broken, "known to be down"
        )
        with pytest.raises(ApiError, match=r"the API group down\.example\.com is down") as caught:
            await real.get(Ref("down.example.com", "Thing", "default", "a"))
        assert caught.value.status == 503
        assert (await real.discovery()).find("apps", "Deployment") is not None
    finally:
        await real.delete(Ref.of(broken))


async def test_plain_discovery_says_the_same(real: ClusterClient, script: Script) -> None:
    """A server without aggregated discovery is played by the real one's own plain lists."""
    aggregated = await real.discovery()

    async def plain(path: str) -> None:
        script.always[path] = json(await real._ask(path, "application/json"))

    groups = await real._ask("/apis", "application/json")
    versions = [one["groupVersion"] for group in groups["groups"] for one in group["versions"]]
    for path in ("/version", "/api", "/apis", "/api/v1", *(f"/apis/{one}" for one in versions)):
        await plain(path)
    client = script.client()
    found = await client.discovery()
    assert found.resources() == aggregated.resources()
    assert found.api_versions == aggregated.api_versions
    assert found.scopes() == aggregated.scopes()
    script.always["/apis/apps/v1"] = status(503, "the server is currently unable")
    found = await client.rediscover()
    assert (found.broken, found.find("apps", "Deployment")) == ({"apps"}, None)
    await client.close()
