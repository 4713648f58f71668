"""What no schema of the API tells of its fields: which are left out when zero, and their numbers.

Read from the types of the pinned Kubernetes modules. A field that is no pointer and has the tag
`omitempty` is not written when it is "", 0 or false: `hostNetwork: false` is not there in what the
API server answers, and `automountServiceAccountToken: false`, a pointer, is. The numbers are those
of protobuf, in which typed clients send objects (`kubectl create namespace`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

# Module → where its types lie, and how the schema names begin there.
MODULES = {
    "k8s.io/api": ("*/*/types*.go", "api"),
    "k8s.io/apimachinery": ("pkg/apis/meta/v1/types*.go", "meta"),
    "k8s.io/apiextensions-apiserver": (
        "pkg/apis/apiextensions/v1/types*.go",
        "apiextensions-apiserver.pkg.apis.apiextensions",
    ),
    "k8s.io/kube-aggregator": (
        "pkg/apis/apiregistration/v1/types*.go",
        "kube-aggregator.pkg.apis.apiregistration",
    ),
}

_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(
    r'^\t(?:\w+ )?(?P<kind>[*\[\]\w.]+) +`json:"(?P<name>\w*)(?P<tags>[,\w]*)"'
    r'(?:[^`\n]*protobuf:"\w+,(?P<number>\d+),)?',
    re.MULTILINE,
)


@dataclass(frozen=True)
class GoStruct:
    """`numbers` are paths: a field of a struct that stands inline lies one message deeper."""

    omitted: set[str] = field(default_factory=set)
    numbers: dict[str, list[int]] = field(default_factory=dict)


def go_structs(modules: dict[str, Path]) -> dict[str, GoStruct]:
    """By the short name of a struct."""
    found: dict[str, GoStruct] = {}
    for module, folder in modules.items():
        pattern, prefix = MODULES[module]
        for file in sorted(folder.glob(pattern)):
            parts = file.parent.relative_to(folder).parts
            package = ".".join((prefix, *(parts if prefix == "api" else parts[-1:])))
            for name, one in structs(file.read_text()).items():
                found[f"{package}.{name}"] = one
    return found


def structs(source: str) -> dict[str, GoStruct]:
    """Every struct of a file, with the fields of those that stand inline in it."""
    bodies = dict(_STRUCT.findall(source))
    return {name: _struct(name, bodies) for name in bodies}


def _struct(name: str, bodies: dict[str, str]) -> GoStruct:
    found = GoStruct()
    for one in _FIELD.finditer(bodies[name]):
        number = [int(one["number"])] if one["number"] else []
        if one["name"]:
            if "omitempty" in one["tags"] and not one["kind"].startswith(("*", "[")):
                found.omitted.add(one["name"])
            if number:
                found.numbers[one["name"]] = number
        elif "inline" in one["tags"] and one["kind"] in bodies:
            inner = _struct(one["kind"], bodies)
            found.omitted.update(inner.omitted)
            found.numbers.update({key: number + path for key, path in inner.numbers.items()})
    return found
