"""What in an object is secret: the values of Secrets, and literals whose name says so.

The same knowledge serves twice: what stands at such a place is hidden there whatever it is, and
what is worth it is looked for everywhere else. Worth it means that hiding every other occurrence
hides a secret and not a word: six characters, or four that nobody takes for a word.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trunkline.core.manifest import Manifest

_HOLDERS = ("data", "stringData")
_TELLING = ("apiVersion", "kind", "metadata", "type", "immutable", "status")

# The name of a variable, or of a key of a ConfigMap, that holds a credential …
_VARIABLE = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|TOKEN|SECRET|PRIVATE_?KEY|CREDENTIAL|API_?KEY|ACCESS_?KEY", re.I
)
# … unless it says how long it lives, or where to find it.
_ABOUT = re.compile(
    r"(_|-|\b)(FILE|PATH|DIR|NAME|NAMESPACE|URL|URI|ENDPOINT|TTL|EXPIRY|EXPIRATION|DURATION|"
    r"LENGTH|TYPE|ENABLED|ISSUER|AUDIENCE|ROTATION|MOUNT|REF|HEADER|LIMIT|TOKENS)$",
    re.I,
)
# Fields of custom resources that hold the credential itself, in any spelling of their words.
_FIELDS = frozenset(
    "password passwd passphrase token secretkey privatekey accesskey apikey apitoken authtoken "
    "bearertoken accesstoken clientsecret secretaccesskey adminpassword rootpassword "
    "connectionstring".split()
)
# Beside these, `secretKey` is no key to anything, but the name that a value has in a Secret:
# `{secretKey: TOKEN, remoteRef: …}` of External Secrets, `{secretName: db, secretKey: password}`.
_REFERRING = frozenset({"remoteRef", "sourceRef", "secretName", "secretRef"})
_LITERAL = re.compile(r"(?!\$[({]|(true|false|null|none|\d{1,5})$).+", re.I | re.S)

# Keys of Secrets that by convention hold what everybody may know, if it looks like that.
_PUBLIC_KEYS = frozenset(
    "username user name host hostname port database dbname db type project namespace region "
    "bucket server engine scheme email".split()
)
_PUBLIC_VALUE = re.compile(r"[a-z][a-z._-]{0,31}|\d{1,5}")
_WORDS = frozenset(
    "password passwd secret changeme username default localhost postgres postgresql mysql mariadb "
    "mongodb rabbitmq redis enabled disabled production staging development example grafana "
    "prometheus kubernetes cluster service application namespace database string number "
    "docker.io ghcr.io quay.io".split()
)
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"

# An argument of a program: its name ends with what it is.
_ARGUMENT = re.compile(
    r"(--?[\w.-]*?(?:password|passwd|passphrase|token|secret|(?:private|api|access)[-_.]?key)=)(.+)",
    re.I | re.S,
)

_USERINFO = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
# Begun at the start of a word only and never taken back: a Secret may be one word of a megabyte.
_ASSIGNMENT = re.compile(r"""(?<![\w.-])["']?([\w.-]++)["']?\s*+[:=]\s*+["']?([^\s"',;}]++)""")
# Beyond this many bytes a file is looked for as a whole, not line by line: no key has more lines.
_LINES_OF = 64 * 1024
_DENSE = re.compile(r"(?=\S*\d)(?=\S*[A-Za-z])\S{16,}")


def is_secret(value: Mapping[str, Any]) -> bool:
    """Whether this map is a Secret, wherever it stands: custom resources carry whole objects."""
    return value.get("kind") == "Secret"


def holds_values(secret: Mapping[str, Any], key: str) -> bool:
    """Whether a key of a Secret holds what is secret. In a whole object that is any that a Secret
    does not have for something else: `stringdata` is a slip, and its values are meant as any.
    """
    is_whole = "apiVersion" in secret and "metadata" in secret
    return key in _HOLDERS or (is_whole and key not in _TELLING)


def is_sealed_secret(value: Mapping[str, Any]) -> bool:
    return value.get("kind") == "SealedSecret"


def credential_keys(value: Mapping[str, Any]) -> frozenset[str]:
    """The keys of this map whose values are credentials written out.

    That is `value` of a variable `{name: DB_PASSWORD, value: …}`, variables as keys (they are
    written in capitals: `tokenAudience` is none), and fields such as `password`, `clientSecret`.
    """
    found = {
        key
        for key, one in value.items()
        if _is_credential_field(key, one) or (key.isupper() and _is_variable(key, one))
    }
    if not _REFERRING.isdisjoint(value):
        found.discard("secretKey")
    name = value.get("name")
    if isinstance(name, str) and _is_variable(name, value.get("value")):
        found.add("value")
    return frozenset(found)


def argument(text: str) -> tuple[str, str] | None:
    """An argument like `--password=…` in two: what says what it is, and the credential."""
    found = _ARGUMENT.fullmatch(text) if text.startswith("-") else None
    return (found[1], found[2]) if found and _LITERAL.fullmatch(found[2]) else None


def _is_variable(name: str, value: Any) -> bool:
    """Whether a variable of this name holds a credential written out (no reference, no switch)."""
    return (
        isinstance(value, str)
        and bool(_VARIABLE.search(name))
        and not _ABOUT.search(name)
        and bool(_LITERAL.fullmatch(value))
    )


def _is_credential_field(name: str, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    bare = name.replace("_", "").replace("-", "").lower()
    return bare in _FIELDS and bool(_LITERAL.fullmatch(value))


def secret_values(manifests: Iterable[Manifest]) -> frozenset[bytes]:
    """The values in these objects that must not turn up anywhere."""
    objects = list(manifests)
    public = {_named(one, field) for one in objects for field in ("name", "namespace")}
    return frozenset(
        part
        for one in objects
        for key, value in _held(one)
        for part in _parts(value)
        if _worth_hiding(key, part) and part not in public
    )


def _named(manifest: Manifest, field: str) -> bytes:
    return str((manifest.get("metadata") or {}).get(field, "")).encode()


def _held(value: Any) -> Iterator[tuple[str, bytes]]:
    """Key and value of everything secret inside, Secrets decoded."""
    if isinstance(value, list):
        for one in value:
            yield from _held(one)
            if isinstance(one, str) and (said := argument(one)):
                yield said[0], said[1].encode()
    if not isinstance(value, dict):
        return
    if is_secret(value):
        yield from _secret_data(value)
    credentials = credential_keys(value)
    for key, one in value.items():
        if key in credentials:
            yield key, one.encode()
        else:
            yield from _held(one)


def _secret_data(secret: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    for field, values in secret.items():
        if not holds_values(secret, field):
            continue
        for key, value in values.items() if isinstance(values, dict) else ():
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                raw = str(value).encode()
                yield str(key), raw
                if field != "stringData" and (decoded := _decoded(raw)):
                    yield str(key), decoded


def _decoded(value: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _parts(value: bytes) -> Iterator[bytes]:
    """The value, and the credentials inside it where it is a file or a connection string."""
    yield value
    yield value.strip()
    inner = _decoded(value.strip())
    if inner and inner.isascii() and inner.decode().isprintable():
        yield inner
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return
    for match in _USERINFO.finditer(text):
        yield match[1].encode()
    for match in _ASSIGNMENT.finditer(text):
        if _is_variable(match[1], match[2]) or _is_credential_field(match[1], match[2]):
            yield match[2].encode()
    if len(value) <= _LINES_OF and "\n" in text.strip() and _CERTIFICATE not in value:
        yield from (line.strip().encode() for line in text.splitlines() if _dense(line))


def _dense(line: str) -> bool:
    return bool(_DENSE.fullmatch(line.strip()))


def _worth_hiding(key: str, value: bytes) -> bool:
    text = value.decode("utf-8", "replace")
    if len(value) < 4 or text.lower() in _WORDS:
        return False
    if value.startswith(_CERTIFICATE) and b"PRIVATE KEY" not in value:
        return False
    if key.lower() in _PUBLIC_KEYS and _PUBLIC_VALUE.fullmatch(text):
        return False
    return len(value) >= 6 or _classes(text) >= 3


def _classes(text: str) -> int:
    """How many of lower case, upper case, digits and signs a text has."""
    return sum(
        any(test(letter) for letter in text)
        for test in (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
    )
