"""What a registry says: manifests, challenges, pages.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md
https://distribution.github.io/distribution/spec/auth/token/
https://helm.sh/docs/topics/registries/#helm-oci-manifests
"""

from __future__ import annotations

import re
from typing import Any

import orjson
from msgspec import Struct

CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
TARS = (
    CHART_LAYER,
    "application/tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar",
)
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.index.v1+json",
)

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_PAIR = re.compile(r'([a-zA-Z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


class BadArtifact(ValueError):
    """A manifest that is none, or not one of a chart."""


class Layer(Struct, frozen=True):
    """`digest` is the SHA-256 of the bytes in hex, `size` their number."""

    digest: str
    size: int


class Challenge(Struct, frozen=True):
    """How a registry wants to be asked: `scheme` is bearer or basic."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def is_tag(text: str) -> bool:
    return _TAG.fullmatch(text) is not None


def tag_of(version: str) -> str:
    """A tag holds no `+`; Helm writes `_` in its place."""
    return version.replace("+", "_")


def version_of(tag: str) -> str:
    return tag.replace("_", "+")


def layer_of(manifest: bytes) -> Layer:
    """The one archive of an artifact: a chart's, else its only tar. Raises BadArtifact."""
    try:
        value = orjson.loads(manifest)
    except orjson.JSONDecodeError:
        raise BadArtifact("its manifest is no JSON") from None
    if not isinstance(value, dict) or not isinstance(value.get("layers"), list):
        raise BadArtifact("it is an index of images, or no manifest at all: it holds no chart")
    layers = [one for one in value["layers"] if isinstance(one, dict)]
    charts = [one for one in layers if one.get("mediaType") == CHART_LAYER]
    tars = charts or [one for one in layers if one.get("mediaType") in TARS]
    if len(tars) != 1:
        kinds = ", ".join(sorted({str(one.get("mediaType")) for one in layers})) or "nothing"
        raise BadArtifact(f"one archive is expected, {len(tars)} are in it ({kinds})")
    return _layer(tars[0])


def _layer(one: dict[str, Any]) -> Layer:
    digest, size = str(one.get("digest")), one.get("size")
    if not is_digest(digest) or not isinstance(size, int) or size < 0:
        raise BadArtifact(f"the digest {digest[:80]} is not a SHA-256 with a size")
    return Layer(digest.removeprefix("sha256:"), size)


def challenge_of(header: str) -> Challenge | None:
    """The first challenge of a WWW-Authenticate header that we can meet (RFC 9110, 11.6.1)."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() == "basic":
        return Challenge("basic")
    if scheme.lower() != "bearer":
        return None
    pairs = {key.lower(): quoted or plain for key, quoted, plain in _PAIR.findall(rest)}
    return Challenge(
        "bearer", pairs.get("realm", ""), pairs.get("service", ""), pairs.get("scope", "")
    )


def tags_of(page: bytes) -> list[str]:
    """Raises BadArtifact."""
    try:
        value = orjson.loads(page)
        return [str(one) for one in value["tags"] or ()]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise BadArtifact("its list of tags is none") from None
