"""Which fields Go leaves out of JSON when they are zero: a fact that no schema of the API tells.

Read from the types of the pinned Kubernetes modules: a field that is no pointer and has the tag
`omitempty` is not written when it is "", 0 or false. So `hostNetwork: false` is not there in what
the API server answers, and `automountServiceAccountToken: false`, a pointer, is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
_FIELD = re.compile(r'^\t(?:\w+ )?([*\[\]\w.]+) +`json:"(\w*),([\w,]+)"', re.MULTILINE)


def omitted(modules: dict[str, Path]) -> dict[str, set[str]]:
    """By the short name of a struct, the fields that are not written when zero."""
    found: dict[str, set[str]] = {}
    for module, folder in modules.items():
        pattern, prefix = MODULES[module]
        for file in sorted(folder.glob(pattern)):
            parts = file.parent.relative_to(folder).parts
            package = ".".join((prefix, *(parts if prefix == "api" else parts[-1:])))
            for name, fields in structs(file.read_text()):
                found[f"{package}.{name}"] = fields
    return found


def structs(source: str) -> Iterator[tuple[str, set[str]]]:
    """Every struct of a file, with the fields of those that stand inline in it."""
    own: dict[str, set[str]] = {}
    inline: dict[str, list[str]] = {}
    for name, body in _STRUCT.findall(source):
        fields = [(kind, field, tags) for kind, field, tags in _FIELD.findall(body)]
        own[name] = {
            field
            for kind, field, tags in fields
            if field and "omitempty" in tags and not kind.startswith(("*", "["))
        }
        inline[name] = [kind for kind, field, tags in fields if not field and "inline" in tags]
    for name, fields in own.items():
        yield name, fields.union(*(own.get(one, set()) for one in inline[name]))
