"""Kubeconfigs: which contexts they hold, what each says, and what is wrong with a broken one."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from textwrap import dedent

import pytest

from trunkline.core.component import Cluster
from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.errors import Unreachable
from trunkline.edge.cluster.kubeconfig import contexts
from trunkline.edge.cluster.ways import access_of

ONE = """
    clusters:
    - name: c
      cluster: {server: "https://eu.example:6443/"}
    users:
    - name: u
      user: {token: t0ken}
    contexts:
    - name: eu
      context: {cluster: c, user: u}
"""


def written(folder: Path, text: str, name: str = "config") -> str:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text))
    return str(file)


def user(folder: Path, section: str, cluster: str = "") -> Access:
    """The access of a context with this user section, and with more about its cluster."""
    text = ONE.replace("{token: t0ken}", section)
    text = text.replace('6443/"}', f'6443/", {cluster}}}')
    return access_of(Cluster("eu"), kubeconfig=written(folder, text))


async def headers(access: Access) -> dict[str, str]:
    return dict(await access.headers())


async def test_a_context(tmp_path: Path) -> None:
    file = written(tmp_path, ONE)
    (cluster,) = contexts(file)
    expected = Cluster("eu", "https://eu.example:6443/", access=cluster.access)
    assert cluster == expected
    assert cluster.access == {"kubeconfig": file, "context": "eu"}
    access = access_of(cluster)
    assert access.server == "https://eu.example:6443"
    assert await headers(access) == {"Authorization": "Bearer t0ken"}
    assert "t0ken" not in repr(access)


def test_no_file_is_no_context(tmp_path: Path) -> None:
    assert contexts(str(tmp_path / "nothing")) == ()


def test_several_files_are_one(tmp_path: Path) -> None:
    """The first mention of a name wins; a file that is not there is passed over."""
    other = ONE.replace("eu.example", "us.example").replace("name: eu", "name: us")
    both = [written(tmp_path, ONE, "a"), str(tmp_path / "nothing"), written(tmp_path, other, "b")]
    assert [(one.name, one.server) for one in contexts(":".join(both))] == [
        ("eu", "https://eu.example:6443/"),
        ("us", "https://eu.example:6443/"),
    ]


@pytest.mark.parametrize(
    ("cluster", "context"),
    [
        pytest.param(Cluster("eu"), "eu", id="by its name"),
        pytest.param(Cluster("prod", access={"context": "eu"}), "eu", id="by the setting"),
        pytest.param(Cluster("prod", "https://eu.example:6443"), "eu", id="by its server"),
    ],
)
def test_the_context_of_a_cluster(tmp_path: Path, cluster: Cluster, context: str) -> None:
    access = access_of(cluster, kubeconfig=written(tmp_path, ONE))
    assert access.server == "https://eu.example:6443"


async def test_paths_are_relative_to_their_file(tmp_path: Path) -> None:
    written(tmp_path, "from-file\n", "deep/secrets/token")
    text = ONE.replace("token: t0ken", "tokenFile: secrets/token")
    access = access_of(Cluster("eu"), kubeconfig=written(tmp_path, text, "deep/config"))
    assert await headers(access) == {"Authorization": "Bearer from-file"}


async def test_a_token_file_comes_before_a_token(tmp_path: Path) -> None:
    """As the API's reference says; and a refused token is read anew."""
    file = Path(written(tmp_path, "first\n", "token"))
    access = user(tmp_path, "{token: other, tokenFile: token}")
    assert await headers(access) == {"Authorization": "Bearer first"}
    file.write_text("second")
    assert await headers(access) == {"Authorization": "Bearer first"}
    access.renew()
    assert await headers(access) == {"Authorization": "Bearer second"}


async def test_a_user_and_a_password(tmp_path: Path) -> None:
    access = user(tmp_path, "{username: me, password: 's3cret'}")
    expected = b64encode(b"me:s3cret").decode()
    assert await headers(access) == {"Authorization": f"Basic {expected}"}
    assert expected not in repr(access)


async def test_acting_for_somebody(tmp_path: Path) -> None:
    access = user(tmp_path, "{token: t, as: ann, as-groups: [a, b], as-uid: '7'}")
    assert await access.headers() == [
        ("Impersonate-User", "ann"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Uid", "7"),
        ("Authorization", "Bearer t"),
    ]


def test_what_a_cluster_section_says(tmp_path: Path) -> None:
    access = user(
        tmp_path,
        "{token: t}",
        "insecure-skip-tls-verify: true, tls-server-name: inside, proxy-url: 'http://proxy:3128'",
    )
    assert (access.trust.insecure, access.server_name) == (True, "inside")
    assert access.proxy == "http://proxy:3128"


@pytest.mark.parametrize(
    ("environment", "server", "proxy"),
    [
        pytest.param({"HTTPS_PROXY": "http://p:1"}, "eu.example", "http://p:1", id="https"),
        pytest.param({"HTTPS_PROXY": "p:1"}, "eu.example", "http://p:1", id="without a scheme"),
        pytest.param({"HTTP_PROXY": "http://p:1"}, "eu.example", "", id="of the other scheme"),
        pytest.param(
            {"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example"}, "eu.example", "", id="not here"
        ),
        pytest.param({"HTTPS_PROXY": "http://p:1"}, "127.0.0.1", "", id="never for loopback"),
    ],
)
def test_a_proxy_of_the_environment(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    server: str,
    proxy: str,
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    file = written(tmp_path, ONE.replace("eu.example", server))
    assert access_of(Cluster("eu"), kubeconfig=file).proxy == proxy


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = str(tmp_path / "kubeconfig")
    with pytest.raises(Unreachable) as told:
        access_of(Cluster("eu"), kubeconfig=file)
    assert str(told.value).startswith(f"eu: no context 'eu', for there is no {file}; name one")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            ONE.replace("name: eu", "name: us"), "no context 'eu' in .*known: us", id="no"
        ),
        pytest.param("a: [", "config.*", id="broken YAML"),
        pytest.param("[1, 2]", "is no kubeconfig", id="a list"),
        pytest.param("contexts: [{name: eu}]", "names no server|is no http", id="no server"),
        pytest.param("contexts: 3", "contexts is no list", id="contexts is a number"),
        pytest.param("contexts: [3]", "contexts is no list", id="a context is a number"),
        pytest.param(
            "{contexts: [{name: eu, context: 7}]}",
            "contexts is no list",
            id="a section is a number",
        ),
        pytest.param(
            ONE.replace("https://eu.example:6443/", "eu.example:6443"),
            "eu: 'eu.example:6443' is no http or https address",
            id="no scheme",
        ),
        pytest.param(
            ONE.replace("{token: t0ken}", "{exec: {command: x, args: 3}}"),
            "eu: what says how to reach it is not of the documented form",
            id="an argument that is no list",
        ),
        pytest.param(
            ONE.replace("{token: t0ken}", "{auth-provider: {name: gcp}}"),
            "auth-provider, which Kubernetes gave up",
            id="auth-provider",
        ),
        pytest.param(
            ONE.replace("{token: t0ken}", "{client-certificate: no.pem}"),
            r"eu: client-certificate .*/no\.pem cannot be read: No such file",
            id="no certificate",
        ),
        pytest.param(
            ONE.replace("{token: t0ken}", "{client-key-data: s3cret}"),
            "eu: client-key-data is not base64 of a text",
            id="no base64",
        ),
        pytest.param(
            ONE.replace('6443/"}', '6443/", proxy-url: "socks5://p:1"}'),
            "a socks5 proxy is not supported",
            id="socks",
        ),
        pytest.param(
            ONE.replace("{token: t0ken}", "{exec: {command: x, apiVersion: v1alpha1}}"),
            "plug-in x has the apiVersion 'v1alpha1': set one of",
            id="an old plug-in",
        ),
        pytest.param(
            ONE.replace(
                "{token: t0ken}",
                "{exec: {command: x, interactiveMode: Always, "
                "apiVersion: client.authentication.k8s.io/v1}}",
            ),
            "wants to ask at a terminal",
            id="a plug-in that asks",
        ),
    ],
)
def test_what_is_wrong_with_it(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Unreachable, match=said) as caught:
        access_of(Cluster("eu"), kubeconfig=written(tmp_path, text))
    assert "s3cret" not in str(caught.value)


async def test_a_token_file_that_is_not_there(tmp_path: Path) -> None:
    access = user(tmp_path, "{tokenFile: nothing}")
    with pytest.raises(Unreachable, match="eu: the token file .*/nothing cannot be read: No such"):
        await access.headers()


def test_in_a_cluster_that_we_are_not_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(Unreachable, match="this is no Pod"):
        access_of(Cluster("eu", access={"inCluster": True}))


async def test_in_a_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "of-the-pod", "token")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    monkeypatch.setattr("trunkline.edge.cluster.ways.SERVICE_ACCOUNT", tmp_path)
    access = access_of(Cluster("eu", access={"inCluster": True}))
    assert access.server == "https://[fd00::1]:443"
    assert await headers(access) == {"Authorization": "Bearer of-the-pod"}
