"""Schemas of values: where they lie, what they name, and whether they are asked at all."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest
from render_oracle import asked

from trunkline.core.rendering import Rendered, RenderError
from trunkline.core.snapshot import FilesSnapshot
from trunkline.edge.render.renderer import Renderer

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHOP = b"""\
apiVersion: v2
name: shop
version: 1.2.3
dependencies: [{name: db, version: 1.0.0}]
"""
DB = {
    "db/Chart.yaml": b"{apiVersion: v2, name: db, version: 1.0.0}",
    "db/values.yaml": b"{size: 1, color: red}",
    "db/templates/a.yaml": b"{apiVersion: v1, kind: ConfigMap, metadata: {name: db}}",
}


def packed(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def shop(schema: str, place: str) -> dict[str, bytes]:
    """A chart with a dependency whose schema this is, as a folder or as an archive."""
    db = {**DB, "db/values.schema.json": schema.encode()}
    files = {f"charts/{path}": data for path, data in db.items()}
    if place == "archive":
        files = {"charts/db-1.0.0.tgz": packed(db)}
    return {f"chart/{path}": data for path, data in ({"Chart.yaml": SHOP} | files).items()}


async def rendered(renderer: Renderer, files: Mapping[str, bytes], **helm: Any) -> Rendered:
    snapshot = FilesSnapshot(files)
    return await renderer.render(asked(snapshot, helm=helm), {"": snapshot})


@pytest.mark.parametrize("place", ["folder", "archive"])
async def test_a_schema_is_asked_unless_it_is_to_be_skipped(renderer: Renderer, place: str) -> None:
    files = shop('{"properties": {"size": {"type": "string"}}}', place)
    with pytest.raises(RenderError, match="got number, want string"):
        await rendered(renderer, files)
    found = await rendered(renderer, files, skipSchemaValidation=True)
    assert [one["metadata"]["name"] for one in found.manifests] == ["db"]


# What each names of elsewhere, and whether its own rule for `color` is asked all the same.
BLUE = '"properties": {"color": {"enum": ["blue"]}}'
NAMED = {
    "a part": (
        f'{{"anyOf": [{{"$ref": "https://x.test/a.json#/size"}}], {BLUE}}}',
        "https://x.test/a.json",
        True,
    ),
    "what would refuse more without it": (
        (
            '{"oneOf": [{"$ref": "https://x.test/c.json"}, {"required": ["size"]}], '
            f'"unevaluatedProperties": false, {BLUE}}}'
        ),
        "https://x.test/c.json",
        True,
    ),
    "all": (
        (
            '{"$schema": "http://json-schema.org/draft-07/schema#", '
            f'"$ref": "https://x.test/b.json", {BLUE}}}'
        ),
        "https://x.test/b.json",
        False,
    ),
    "beside its own address": (
        (
            '{"$id": "https://x.test/d/own.json", "$defs": {"c": {"enum": ["blue"]}}, "properties":'
            ' {"size": {"$ref": "other.json"}, "color": {"$ref": "own.json#/$defs/c"}}}'
        ),
        "https://x.test/d/other.json",
        True,
    ),
}


@pytest.mark.parametrize("place", ["folder", "archive"])
@pytest.mark.parametrize("named", NAMED)
async def test_a_schema_of_elsewhere_is_not_asked_and_told(
    renderer: Renderer, named: str, place: str
) -> None:
    schema, address, own_counts = NAMED[named]
    files = shop(schema, place)
    said = f"values are not checked against {address}: it lies elsewhere, and is not fetched"
    found = await rendered(renderer, files, valuesObject={"db": {"color": "blue"}})
    assert (len(found.manifests), found.warnings) == (1, (said,))
    if own_counts:
        with pytest.raises(RenderError, match="must be 'blue'"):
            await rendered(renderer, files)


async def test_rules_of_schemas_that_lie_elsewhere_are_refused(renderer: Renderer) -> None:
    files = shop('{"$schema": "https://x.test/meta.json"}', "folder")
    with pytest.raises(RenderError, match="https://x.test/meta.json") as caught:
        await rendered(renderer, files)
    assert "skipSchemaValidation" in caught.value.remedy
