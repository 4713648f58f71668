"""The sources file of this machine: credentials of repositories, and hosts that may be asked.

It lies outside of every repository (TRUNKLINE_SOURCES, else `trunkline/sources.yaml` in the
configuration folder): no commit can change it. Beside its own keys it takes Argo CD's repository
and repo-creds Secrets, and its ConfigMaps of certificates and of hosts' keys, as further documents,
just as `kubectl get --output yaml` prints them.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from msgspec import field, structs

from trunkline.core.argo.place import line_of
from trunkline.core.shell import word
from trunkline.core.sources.access import Access, Keyring
from trunkline.core.sources.address import Address, BadAddress
from trunkline.core.trouble import Trouble
from trunkline.core.yaml import Document, YamlError, documents
from trunkline.settings.section import Mistaken, Section, checked, said, schema_of

SECRET_TYPE = "argocd.argoproj.io/secret-type"
_KINDS = {"repository": False, "repo-creds": True}
# What Argo CD can and Trunkline cannot, and what does instead: better said than tried without.
_TOKEN = "give a token of it as the password"
_STRANGE = {
    "githubAppID": _TOKEN,
    "githubAppPrivateKey": _TOKEN,
    "gcpServiceAccountKey": _TOKEN,
    "azureServicePrincipalClientSecret": _TOKEN,
    "useAzureWorkloadIdentity": _TOKEN,
    "proxy": "name it by HTTPS_PROXY in the environment",
}
_CERTIFICATES, _HOST_KEYS = "argocd-tls-certs-cm", "argocd-ssh-known-hosts-cm"
OTHERS = stat.S_IROTH | stat.S_IWOTH
_FLAGS = ("insecure", "enableOCI", "insecureOCIForceHttp", "passCredentials")

Checked = TypeVar("Checked", bound=Section)


class SourcesError(Trouble):
    """A sources file that cannot be used; each line of the message is `file:line: key: what`."""


class Repository(Section, frozen=True):
    """One repository, or all below its address. The names are those of Argo CD's Secrets."""

    url: Annotated[str, said("The address of the repository.", min_length=1)]
    name: Annotated[str, said("For `@name` and `alias:name` in Chart.yaml.")] = ""
    type: Annotated[str, said("git, helm or oci; for readers.", pattern="^(git|helm|oci|)$")] = ""
    project: Annotated[str, said("The only AppProject that may use it.")] = ""
    username: Annotated[str, said("The user of an https repository or registry.")] = ""
    password: Annotated[str, said("The password or token of that user.")] = ""
    password_file: Annotated[str, said("A file that holds the password.")] = ""
    bearer_token: Annotated[str, said("A token that is sent as Bearer.")] = ""
    ssh_private_key: Annotated[str, said("The text of a private key, for ssh.")] = ""
    ssh_private_key_file: Annotated[str, said("A file that holds the key.")] = ""
    tls_client_cert_data: Annotated[str, said("A client certificate in PEM.")] = ""
    tls_client_cert_key: Annotated[str, said("Its key in PEM.")] = ""
    tls_authority: Annotated[str, said("The authorities to trust, in PEM.")] = ""
    insecure: Annotated[bool, said("Trust any certificate or host key.")] = False
    enable_oci: Annotated[bool, said("The address is that of an OCI registry.")] = field(
        default=False, name="enableOCI"
    )
    insecure_oci_force_http: Annotated[bool, said("The registry speaks plain HTTP.")] = field(
        default=False, name="insecureOCIForceHttp"
    )
    pass_credentials: Annotated[
        bool, said("Send credentials to other hosts that its index names, too.")
    ] = False


class Sources(Section, frozen=True):
    """The whole file."""

    hosts: Annotated[
        tuple[str, ...], said("Hosts that may be asked at private addresses; `*` is any part.")
    ] = ()
    only_listed: Annotated[
        bool, said("Ask no host but those of hosts, repositories, credentials.")
    ] = False
    known_hosts: Annotated[str, said("Lines of ssh's known_hosts.")] = ""
    repositories: Annotated[tuple[Repository, ...], said("Single repositories.")] = ()
    credentials: Annotated[
        tuple[Repository, ...], said("For all repositories below an address.")
    ] = ()


def read_keyring(path: Path | None) -> Keyring:
    """The keyring of the file, an empty one where there is none. Raises SourcesError."""
    if path is None:
        return Keyring()
    try:
        with path.open("rb") as opened:
            mode, data = os.fstat(opened.fileno()).st_mode, opened.read()
    except FileNotFoundError:
        return Keyring(file=str(path))
    except OSError as error:
        raise SourcesError(f"{path}: {error.strerror}") from None
    keyring = load_keyring(data, str(path))
    if mode & OTHERS and any(_stands(one, data) for one in keyring.accesses):
        return structs.replace(
            keyring,
            exposed=f"{path}: everybody on this machine may read its credentials "
            f"(mode {stat.S_IMODE(mode):04o}): chmod 600 {word(str(path))}",
        )
    return keyring


def load_keyring(data: bytes, file: str) -> Keyring:
    """The keyring of a file's bytes. Raises SourcesError."""
    try:
        found = list(documents(data))
    except YamlError as error:
        raise SourcesError(f"{file}:{error.line}: {error}") from None
    whole, hosts, own = Sources(), tuple[str, ...](), 0
    accesses: list[Access] = []
    authorities: dict[str, str] = {}
    host_keys: list[str] = []
    for one in found:
        if not isinstance(one.value, dict):
            raise SourcesError(f"{file}:{one.line}: a map is expected")
        if "kind" in one.value:
            for each, above in _objects(one.value):
                name, said = _config_map(each)
                authorities |= said if name == _CERTIFICATES else {}
                host_keys += said.values() if name == _HOST_KEYS else []
                if name not in (_CERTIFICATES, _HOST_KEYS):
                    accesses.append(_of_secret(each, one, data, file, above))
        elif own:
            raise SourcesError(f"{file}:{one.line}: line {own} begins such a document already")
        else:
            own, whole = one.line, _checked(Sources, one.value, data, file, one.line, ())
            accesses += _of_file(whole, data, file, one.line)
            hosts = _hosts(whole, data, file, one.line)
    return Keyring(
        tuple(accesses),
        hosts=hosts,
        only=whole.only_listed,
        known_hosts="\n".join(filter(None, (whole.known_hosts, *host_keys))),
        file=file,
        authorities=tuple(sorted(authorities.items())),
    )


def _stands(access: Access, data: bytes) -> bool:
    """Whether the secret of an access stands in the file itself, and not in one that it names."""
    secrets = (access.password, access.token, access.ssh_key, access.key)
    lines = [line.encode() for secret in secrets for line in secret.splitlines() if line]
    wholes = [base64.b64encode(secret.encode()) for secret in secrets if secret]
    return any(one in data for one in (*lines, *wholes))


def sources_schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors."""
    return schema_of(Sources)


def _checked(
    model: type[Checked],
    value: Mapping[str, Any],
    data: bytes,
    file: str,
    start: int,
    above: tuple[str | int, ...],
) -> Checked:
    try:
        return checked(model, value, data, file, start=start, above=above)
    except Mistaken as error:
        raise SourcesError(str(error)) from None


def _of_file(whole: Sources, data: bytes, file: str, start: int) -> Iterator[Access]:
    for key, listed in (("repositories", whole.repositories), ("credentials", whole.credentials)):
        for at, one in enumerate(listed):
            place = f"{file}:{line_of(data, start, (key, at))}: {key}[{at}]"
            yield _access(one, key == "credentials", place)


def _objects(value: Mapping[str, Any]) -> Iterator[tuple[Any, tuple[str | int, ...]]]:
    """An object, or those of a List; and where in the document each stands."""
    if not str(value.get("kind")).endswith("List"):
        yield value, ()
        return
    for at, one in enumerate(value.get("items") or ()):
        yield one, ("items", at)


def _config_map(value: Any) -> tuple[str, dict[str, str]]:
    """Its name and what it says, "" for what is none."""
    if not isinstance(value, dict) or value.get("kind") != "ConfigMap":
        return "", {}
    said = {key.lower(): str(text) for key, text in _map(value, "data").items() if text}
    return str(_map(value, "metadata").get("name")), said


def _of_secret(
    value: Any, document: Document, data: bytes, file: str, above: tuple[str | int, ...]
) -> Access:
    place = f"{file}:{line_of(data, document.line, above)}"
    labels = _map(_map(value, "metadata"), "labels")
    if _map({"": value}, "").get("kind") != "Secret" or labels.get(SECRET_TYPE) not in _KINDS:
        raise SourcesError(
            f"{place}: a Secret is expected, with the label {SECRET_TYPE}: "
            f"repository or repo-creds, or the ConfigMap {_CERTIFICATES} or {_HOST_KEYS}"
        )
    found = _fields(value, place)
    strange = [key for key in _STRANGE if str(found.get(key) or "false") != "false"]
    secret = _checked(Repository, _known(found), data, file, document.line, above)
    access = _access(secret, _KINDS[labels[SECRET_TYPE]], place)
    remedies = dict.fromkeys(_STRANGE[key] for key in strange)
    told = f"{', '.join(strange)} cannot be used here: {' and '.join(remedies)} in {file}"
    return dataclasses.replace(access, unusable=told if strange else "")


def _fields(secret: Mapping[str, Any], place: str) -> dict[str, Any]:
    """What the Secret says of the repository."""
    found: dict[str, Any] = {}
    for key, text in _map(secret, "data").items():
        try:
            found[key] = base64.b64decode(str(text), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise SourcesError(f"{place}: data.{key} is no base64 of a text") from None
    return found | _map(secret, "stringData")


def _known(found: Mapping[str, Any]) -> dict[str, Any]:
    """Without keys that only Argo CD knows."""
    known = {one.encode_name for one in structs.fields(Repository)}
    flags = {key: found[key] in (True, "true") for key in _FLAGS if key in found}
    return {key: one for key, one in found.items() if key in known} | flags


def _map(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _access(one: Repository, prefix: bool, place: str) -> Access:
    oci = one.enable_oci or one.type == "oci" or one.insecure_oci_force_http
    try:
        address = Address.parse(one.url, oci=oci)
    except BadAddress as error:
        raise SourcesError(f"{place}.url: {error}") from None
    return Access(
        address=address,
        prefix=prefix,
        name=one.name,
        project=one.project,
        username=one.username,
        password=one.password or _file(one.password_file, place, "passwordFile").strip(),
        token=one.bearer_token,
        ssh_key=one.ssh_private_key or _file(one.ssh_private_key_file, place, "sshPrivateKeyFile"),
        certificate=one.tls_client_cert_data,
        key=one.tls_client_cert_key,
        authority=one.tls_authority,
        insecure=one.insecure,
        plain_http=one.insecure_oci_force_http,
        pass_credentials=one.pass_credentials,
    )


def _file(name: str, place: str, key: str) -> str:
    try:
        return Path(name).expanduser().read_text() if name else ""
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no text"
        raise SourcesError(f"{place}.{key}: {name}: {said}") from None


def _hosts(whole: Sources, data: bytes, file: str, start: int) -> tuple[str, ...]:
    for at, one in enumerate(whole.hosts):
        _, colon, port = one.rpartition(":")
        if "/" in one or (colon and not one.endswith("]") and not port.isdigit()):
            line = line_of(data, start, ("hosts", at))
            raise SourcesError(f"{file}:{line}: hosts[{at}]: a host, or host:port, is expected")
    return whole.hosts
