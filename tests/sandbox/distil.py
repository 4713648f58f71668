"""Distils what an API server says of its own kinds into the sandbox's table of built-in kinds.

`python -m sandbox.distil` (in `tests/`, with the real control plane built) writes the table anew;
a test compares it with the real one, so the sandbox's kinds, fields, list keys and defaults are
those of the pinned Kubernetes version. Descriptions are left out: the table holds facts only.
"""

from __future__ import annotations

import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from realcluster.binaries import MODULE, programs
from realcluster.start import ControlPlane, RealCluster
from sandbox.gofields import MODULES, GoStruct, go_structs

TABLE = Path(__file__).parents[2] / "src" / "trunkline" / "sandbox" / "kinds" / "builtin.json"
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
ANYTHING = ("JSON", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrBool", "RawExtension", "FieldsV1")
SPECIAL = {
    "Quantity": "quantity",
    "IntOrString": "int-or-string",
    "Time": "time",
    "MicroTime": "time",
    "JSONSchemaPropsOrStringArray": "any",
    **dict.fromkeys(ANYTHING, "any"),
}

# Bodies that are sent and are no resource.
MORE = ("api.policy.v1.Eviction", "meta.v1.DeleteOptions")

Json = dict[str, Any]


def distilled(cluster: RealCluster) -> Json:
    """The whole table of a running API server."""
    definitions: Json = {}
    for path in sorted(asked(cluster, "/openapi/v3")["paths"]):
        if (path.startswith(("api/v", "apis/")) and path.count("/") != 1) or path == "api/v1":
            document = asked(cluster, f"/openapi/v3/{path}")
            definitions |= document.get("components", {}).get("schemas", {})
    kinds = {
        kind: name
        for name, schema in definitions.items()
        for kind in gvks(schema)
        if not name.endswith("DeleteOptions") and ".meta.v1." not in name
    }
    resources = [one for root in ("/api", "/apis") for one in discovered(cluster, root, kinds)]
    found = types(definitions, resources, go_structs(module_folders()))
    return {"resources": resources, "types": dict(sorted(found.items()))}


def asked(cluster: RealCluster, path: str, accept: str = "application/json") -> Any:
    """One GET with its own Accept, which decides the form of discovery."""
    request = urllib.request.Request(f"{cluster.url}{path}")
    request.add_header("Authorization", f"Bearer {cluster.token}")
    request.add_header("Accept", accept)
    context = ssl.create_default_context(cafile=cluster.ca)
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:
        return orjson.loads(answer.read())


def module_folders() -> dict[str, Path]:
    """Where the pinned modules lie that the control plane is built of."""
    go = ["go", "list", "-m", "-f", "{{.Path}} {{.Dir}}", *MODULES]
    done = subprocess.run(go, cwd=MODULE, capture_output=True, text=True, check=True)
    pairs = (line.split(" ", 1) for line in done.stdout.splitlines())
    return {path: Path(folder) for path, folder in pairs}


def gvks(schema: Json) -> Iterator[tuple[str, str, str]]:
    for one in schema.get("x-kubernetes-group-version-kind", ()):
        yield one["group"], one["version"], one["kind"]


def discovered(cluster: RealCluster, root: str, kinds: Json) -> Iterator[Json]:
    for group in asked(cluster, root, DISCOVERY)["items"]:
        name = group["metadata"].get("name", "")
        for version in group["versions"]:
            for one in version["resources"]:
                yield resource(name, version["version"], one, kinds)


def resource(group: str, version: str, one: Json, kinds: Json) -> Json:
    kind = one["responseKind"]["kind"]
    found: Json = {
        "group": group,
        "version": version,
        "kind": kind,
        "plural": one["resource"],
        "singular": one["singularResource"],
        "namespaced": one["scope"] == "Namespaced",
        "verbs": one["verbs"],
        "type": short(kinds[group, version, kind]),
    }
    for key, field in (("shortNames", "short"), ("categories", "categories")):
        if key in one:
            found[field] = one[key]
    subresources = [sub["subresource"] for sub in one.get("subresources", ())]
    if subresources:
        found["subresources"] = subresources
    return found


def types(definitions: Json, resources: list[Json], go: dict[str, GoStruct]) -> Json:
    """Every struct that a resource reaches, by its short name."""
    by_short = {short(name): schema for name, schema in definitions.items()}
    found: Json = {}
    waiting = [*MORE, *(one["type"] for one in resources)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name], reached = struct(by_short[name])
            waiting += reached
            known = go.get(name, GoStruct())
            zero = sorted(known.omitted & scalars(found[name]))
            if zero:
                found[name]["omitted"] = zero
            numbers = {
                key: known.numbers[key] for key in found[name]["fields"] if key in known.numbers
            }
            if numbers:
                found[name]["numbers"] = numbers
    return found


def scalars(entry: Json) -> set[str]:
    words = ("string", "integer", "number", "boolean")
    return {name for name, one in entry["fields"].items() if one in words}


def struct(schema: Json) -> tuple[Json, list[str]]:
    reached: list[str] = []
    fields = {
        name: typed(one, reached) for name, one in sorted(schema.get("properties", {}).items())
    }
    found: Json = {"fields": fields}
    if schema.get("required"):
        found["required"] = schema["required"]
    if schema.get("x-kubernetes-map-type") == "atomic":
        found["atomic"] = True
    defaults = {
        name: one["default"]
        for name, one in sorted(schema.get("properties", {}).items())
        if one.get("default") not in (None, "", 0, False)
    }
    if defaults:
        found["defaults"] = defaults
    return found, reached


def typed(schema: Json, reached: list[str]) -> Any:
    """A field's type: a word, `#Name` for a struct, or a map or list of another type."""
    if "allOf" in schema:
        (only,) = schema["allOf"]
        inner = typed(only, reached)
        atomic = schema.get("x-kubernetes-map-type") == "atomic"
        return {"struct": inner, "atomic": True} if atomic else inner
    if "$ref" in schema:
        name = short(schema["$ref"])
        last = name.rpartition(".")[2]
        if last in SPECIAL:
            return SPECIAL[last]
        reached.append(name)
        return f"#{name}"
    if schema.get("type") == "array":
        return listed(schema, reached)
    if schema.get("type") == "object":
        found: Json = {"map": typed(schema.get("additionalProperties") or {}, reached)}
        if schema.get("x-kubernetes-map-type") == "atomic":
            found["atomic"] = True
        return found
    return {"byte": "byte", "date-time": "time"}.get(
        schema.get("format", ""), schema.get("type", "any")
    )


def listed(schema: Json, reached: list[str]) -> Json:
    """`by` is what identifies an item: keys, the value itself ("set"), or nothing (absent)."""
    found: Json = {"list": typed(schema["items"], reached)}
    kind = schema.get("x-kubernetes-list-type")
    if kind == "map":
        found["by"] = schema["x-kubernetes-list-map-keys"]
    elif kind == "set":
        found["by"] = "set"
    strategy = schema.get("x-kubernetes-patch-strategy", "")
    if "merge" in strategy.split(","):
        found["merge"] = schema.get("x-kubernetes-patch-merge-key", "")
    return found


def short(name: str) -> str:
    last = name.rpartition("/")[2]
    return last.removeprefix("io.k8s.").replace("apimachinery.pkg.apis.", "")


def written(table: Json) -> bytes:
    """One line a resource and one a type, so that a change of version reads as a change."""
    lines = [b"{", b' "resources": [']
    lines.append(b",\n".join(b"  " + orjson.dumps(one) for one in table["resources"]))
    lines += [b" ],", b' "types": {']
    lines.append(
        b",\n".join(
            b"  " + orjson.dumps(name) + b": " + orjson.dumps(one)
            for name, one in table["types"].items()
        )
    )
    return b"\n".join([*lines, b" }", b"}", b""])


def main() -> None:
    plane, cluster = ControlPlane.start(programs(lambda line: print(line, file=sys.stderr)))
    try:
        TABLE.write_bytes(written(distilled(cluster)))
    finally:
        plane.close()


if __name__ == "__main__":
    main()
