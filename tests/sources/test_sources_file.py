"""The sources file: what it says, what is wrong with it, and whom it gives a credential to."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from trunkline.core.sources.access import Keyring
from trunkline.core.sources.address import Address
from trunkline.settings.sources import SourcesError, load_keyring, read_keyring, sources_schema

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


def keyring(text: str) -> Keyring:
    return load_keyring(text.encode(), "sources.yaml")


def user_for(text: str, url: str, project: str = "") -> str | None:
    found = keyring(text).access(Address.parse(url, oci="@" not in url), project)
    return found.username if found else None


BOTH = """\
credentials:
  - {url: 'https://git.test', username: all}
  - {url: 'https://git.test/acme', username: acme}
  - {url: 'https://git.test/acme', username: payments, project: payments}
  - {url: 'git@git.test:acme', username: ssh}
  - {url: registry.test/charts, enableOCI: true, username: charts}
repositories:
  - {url: 'https://git.test/acme/one.git', username: one}
  - {url: 'https://git.test/acme/bare'}
  - {url: 'http://plain.test', username: plain}
"""


@pytest.mark.parametrize(
    ("url", "project", "user"),
    [
        ("https://git.test/acme/one", "", "one"),
        ("https://GIT.test:443/acme/one.git/", "", "one"),
        ("https://git.test/acme/two", "", "acme"),
        ("https://git.test/acme/two", "payments", "payments"),
        ("https://git.test/acme/two", "others", "acme"),
        ("https://git.test/acme/bare", "", "acme"),
        ("https://git.test/acme-evil/two", "", "all"),
        ("https://git.test/other", "", "all"),
        ("https://git.test:8443/acme/two", "", None),
        ("https://git.test.evil.test/acme", "", None),
        ("https://evil.test/https://git.test/acme", "", None),
        ("http://git.test/acme/two", "", None),
        ("https://plain.test", "", None),
        ("ssh://git@git.test/acme/two", "", "ssh"),
        ("git@git.test:acme/two.git", "", "ssh"),
        ("registry.test/charts/shop", "", "charts"),
        ("oci://registry.test/charts", "", "charts"),
        ("oci://registry.test/chartsmuseum", "", None),
        ("https://registry.test/charts", "", None),
    ],
)
def test_whose_credentials_an_address_gets(url: str, project: str, user: str | None) -> None:
    assert user_for(BOTH, url, project) == user


SECRETS = """\
apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Secret
    metadata: {name: a, labels: {argocd.argoproj.io/secret-type: repository}}
    data: {url: aHR0cHM6Ly9naXQudGVzdC9h, username: YQ==, password: c2VjcmV0, enableLfs: dHJ1ZQ==}
---
apiVersion: v1
kind: Secret
metadata: {name: b, labels: {argocd.argoproj.io/secret-type: repo-creds}}
stringData: {url: registry.test/b, enableOCI: "true", username: b, type: helm}
"""


def test_secrets_of_argo_cd() -> None:
    assert user_for(SECRETS, "https://git.test/a") == "a"
    assert user_for(SECRETS, "oci://registry.test/b/chart") == "b"
    whole = f"hosts: [git.corp.test]\n---\n{SECRETS}"
    assert keyring(whole).lists(Address.parse("https://git.corp.test/x"))
    assert list(keyring(whole).secrets())[0] == "secret"


def test_a_password_alone_is_a_token_of_the_user_that_argo_cd_gives() -> None:
    alone = "repositories: [{url: 'https://git.test/a', password: secret}]"
    found = keyring(alone).access(Address.parse("https://git.test/a"))
    assert found
    pair = base64.b64encode(b"x-access-token:secret").decode()
    assert found.authorization == f"Basic {pair}"
    assert pair in found.secrets


SOME_CANNOT_BE_USED = """\
apiVersion: v1
kind: Secret
metadata: {name: app, labels: {argocd.argoproj.io/secret-type: repo-creds}}
stringData: {url: 'https://git.test/acme', githubAppID: 1, githubAppPrivateKey: secret}
---
apiVersion: v1
kind: Secret
metadata: {name: azure, labels: {argocd.argoproj.io/secret-type: repository}}
stringData: {url: 'https://azure.test/a', useAzureWorkloadIdentity: "true"}
---
apiVersion: v1
kind: Secret
metadata: {name: proxied, labels: {argocd.argoproj.io/secret-type: repository}}
stringData: {url: 'https://far.test/a', proxy: 'https://proxy.test:8888', noProxy: .test}
---
apiVersion: v1
kind: Secret
metadata: {name: usable, labels: {argocd.argoproj.io/secret-type: repository}}
stringData: {url: 'https://git.test/b', username: b, useAzureWorkloadIdentity: "false"}
---
repositories: [{url: 'https://git.test/acme/named'}]
"""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "https://git.test/acme/shop",
            "githubAppID, githubAppPrivateKey cannot be used here: give a token of it as",
        ),
        ("https://git.test/acme/named", "githubAppID, githubAppPrivateKey cannot be used here"),
        ("https://azure.test/a", "useAzureWorkloadIdentity cannot be used here: give a token"),
        ("https://far.test/a", "proxy cannot be used here: name it by HTTPS_PROXY"),
        ("https://git.test/b", ""),
    ],
)
def test_what_cannot_be_used_is_told_to_whoever_needs_it(url: str, said: str) -> None:
    found = keyring(SOME_CANNOT_BE_USED).access(Address.parse(url))
    assert found
    assert found.unusable.startswith(said)
    assert bool(found.unusable) is bool(said)


CERTIFICATES = """apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: argocd-tls-certs-cm, namespace: argocd}
    data: {git.test: AUTHORITY, empty.test: ''}
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: argocd-ssh-known-hosts-cm, namespace: argocd}
    data: {ssh_known_hosts: "git.test ssh-ed25519 AAAA"}
---
knownHosts: other.test ssh-ed25519 BBBB
repositories: [{url: 'https://own.test/a', tlsAuthority: OWN}, {url: 'https://git.test/a'}]
"""


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://git.test/a", "AUTHORITY"),
        ("https://git.test:8443/unlisted", "AUTHORITY"),
        ("https://own.test/a", "OWN"),
        ("https://empty.test/a", None),
        ("https://far.test/a", None),
    ],
)
def test_certificates_of_argo_cd_are_by_host(url: str, authority: str | None) -> None:
    known, address = keyring(CERTIFICATES), Address.parse(url)
    found = known.trusting(address, known.access(address))
    assert (found.authority if found else None) == authority


def test_keys_of_hosts_of_argo_cd_count_beside_ones_own() -> None:
    lines = keyring(CERTIFICATES).known_hosts.splitlines()
    assert lines == ["other.test ssh-ed25519 BBBB", "git.test ssh-ed25519 AAAA"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("repositories: [{username: a}]", "sources.yaml:1: repositories[0].url: is required"),
        (
            "repositories:\n  - url: https://a.test\n    pasword: hunter2\n",
            "sources.yaml:3: repositories[0].pasword: unknown key; did you mean password?",
        ),
        (
            "repositories:\n  - url: https://a.test\n    password: [hunter2]\n",
            "sources.yaml:3: repositories[0].password: is a list, should be a string",
        ),
        (
            "repositories: [{url: 'https://u:hunter2@a.test'}]",
            "sources.yaml:1: repositories[0].url: https://a.test carries a password",
        ),
        ("repositories: [{url: 'x y'}]", "sources.yaml:1: repositories[0].url: x y is no address"),
        (
            "repositories: [{url: 'https://a.test', passwordFile: /none}]",
            "repositories[0].passwordFile: /none: No such file or directory",
        ),
        ("hosts: ['https://a.test']", "sources.yaml:1: hosts[0]: a host, or host:port"),
        (f"{SECRETS}---\nhosts: [a/b]", "sources.yaml:14: hosts[0]: a host, or host:port"),
        (
            "onlyListed: true\n---\nhosts: [a.test]",
            "sources.yaml:2: line 1 begins such a document already",
        ),
        ("- a", "sources.yaml:1: a map is expected"),
        ("a: [", "sources.yaml:2: "),
        ("kind: ConfigMap", "sources.yaml:1: a Secret is expected, with the label"),
        (SECRETS.replace("YQ==", "hunter2"), "sources.yaml:4: data.username is no base64"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, said: str) -> None:
    with pytest.raises(SourcesError) as told:
        keyring(text)
    assert said in str(told.value)
    assert "hunter2" not in str(told.value)


def test_a_file_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_keyring(tmp_path / "none").accesses == ()


PASSWORD = "repositories: [{url: 'https://a.test', username: u, password: hunter2}]"
BY_FILE = "repositories: [{url: 'https://a.test', username: u, passwordFile: PLACE/password}]"


@pytest.mark.parametrize(
    ("text", "mode", "told"),
    [
        (PASSWORD, 0o644, True),
        (PASSWORD, 0o640, False),
        (PASSWORD, 0o600, False),
        (SECRETS, 0o604, True),
        (BY_FILE, 0o644, False),
        ("hosts: [git.test]", 0o644, False),
    ],
)
def test_credentials_that_everybody_may_read_are_told(
    tmp_path: Path, text: str, mode: int, told: bool
) -> None:
    (tmp_path / "password").write_text("hunter2")
    file = tmp_path / "sources.yaml"
    file.write_text(text.replace("PLACE", str(tmp_path)))
    file.chmod(mode)
    said = f"{file}: everybody on this machine may read its credentials (mode {mode:04o}): "
    assert read_keyring(file).exposed == (f"{said}chmod 600 {file}" if told else "")


def test_secrets_are_not_in_what_is_printed() -> None:
    text = (
        "repositories: [{url: 'https://a.test', username: u, password: hunter2, bearerToken: t0k}]"
    )
    assert not re.search("hunter2|t0k", repr(keyring(text)))


@pytest.mark.parametrize(
    ("text", "url", "refused"),
    [
        ("", "https://public.test/x", ""),
        ("", "ssh://git@public.test/x", ""),
        ("", "http://public.test/x", "http:// is asked only where"),
        ("", "file:///srv/x", "file:// is asked only where"),
        ("hosts: [public.test]", "http://public.test/x", "http:// is asked only where"),
        ("repositories: [{url: 'http://public.test'}]", "http://public.test/x", ""),
        ("repositories: [{url: /srv}]", "file:///srv/x", "file:// is asked only where"),
        ("credentials: [{url: /srv}]", "file:///srv/x", ""),
        ("onlyListed: true", "https://public.test/x", "public.test is not listed in"),
        ("onlyListed: true\nhosts: ['*.test']", "https://public.test/x", ""),
        ("onlyListed: true\nhosts: ['*.test']", "https://public.test:8443/x", "is not listed in"),
        ("onlyListed: true\nhosts: ['*.test:8443']", "https://public.test:8443/x", ""),
        ("onlyListed: true\nrepositories: [{url: 'https://a.test/x'}]", "https://a.test/y", ""),
    ],
)
def test_what_may_be_asked(text: str, url: str, refused: str) -> None:
    found = keyring(text).refusal(Address.parse(url))
    assert refused in found and bool(refused) is bool(found)


def test_the_example_of_the_page_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for name in set(re.findall(r"File: (\S+)", example)):
        file = tmp_path / name.replace("/", "-")
        file.write_text("from-a-file")
        example = example.replace(f"File: {name}", f"File: {file}")
    found = keyring(example)
    assert [one.prefix for one in found.accesses] == [False, False, False, True, False]
    assert user_for(example, "https://github.com/acme/x", "payments") == "x-access-token"


def test_the_page_names_every_field() -> None:
    schema = sources_schema()
    fields = {*schema["properties"], *schema["$defs"]["Repository"]["properties"]}
    assert [one for one in fields if one not in PAGE.read_text()] == []
