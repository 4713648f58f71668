"""From what was sent to an object of its type, as a server written in Go would hold it.

Unknown fields are dropped and reported, wrong types refused; what Go's JSON leaves out when it
writes an object (nulls, empty lists and maps) is left out, structs that are always there are.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from trunkline.sandbox.admission.quantity import canonical
from trunkline.sandbox.errors import ApiStatus, bad_request
from trunkline.sandbox.kinds.resource import Resource
from trunkline.sandbox.typed.schema import Anything, ListOf, MapOf, Scalar, Struct, Type
from trunkline.sandbox.typed.table import META, struct

Json = dict[str, Any]

_WORDS = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "bool",
    int: "number",
    float: "number",
}
_GO = {"string": "string", "boolean": "bool", "integer": "int32", "number": "float64"}
_TAKES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "time": (str,),
    "byte": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "int-or-string": (int, str),
    "quantity": (int, float, str),
}


class Decoder:
    """Decodes one object; `unknown` are the paths of the fields that its type does not have."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self.unknown: list[str] = []

    def decoded(self, obj: Json) -> Json:
        """Raises ApiStatus 400 for a value of a wrong type."""
        found = self._struct(obj, self._resource.type, "")
        found["apiVersion"], found["kind"] = self._resource.api_version, self._resource.kind
        found.setdefault("metadata", {})
        return found

    def metadata(self, meta: Any) -> Json:
        """The metadata of a custom resource, whose other fields its own schema knows."""
        if not isinstance(meta, dict):
            return {}
        return self._struct(meta, struct(META), "metadata")

    def _value(self, value: Any, of: Type, path: str) -> Any:
        if isinstance(of, Scalar):
            return self._scalar(value, of, path)
        if isinstance(of, Anything):
            return value
        if isinstance(of, ListOf):
            if not isinstance(value, list):
                raise self._mismatch(value, path, "[]" + _go(of.of))
            return [self._value(one, of.of, f"{path}[{n}]") for n, one in enumerate(value)]
        if not isinstance(value, dict):
            raise self._mismatch(value, path, _go(of))
        if isinstance(of, MapOf):
            return self._map(value, of, path)
        return self._struct(value, of, path)

    def _map(self, value: Json, of: MapOf, path: str) -> Json:
        """A null is the zero value of what the map holds, which for a text is ""."""
        zero = {k: "" for k, v in value.items() if v is None and _is_text(of.of)}
        given = {k: self._value(v, of.of, path) for k, v in value.items() if v is not None}
        return {k: zero[k] if k in zero else given[k] for k in value if k in zero or k in given}

    def _struct(self, value: Json, of: Struct, path: str) -> Json:
        found: Json = {}
        for name, one in value.items():
            kind = of.fields.get(name)
            at = f"{path}.{name}" if path else name
            if kind is None:
                if of.open:
                    found[name] = one
                else:
                    self.unknown.append(at)
            elif one is not None:
                decoded = self._value(one, kind, at)
                empty = not decoded and (name in of.omitted or isinstance(kind, ListOf | MapOf))
                if not empty:
                    found[name] = decoded
        for name, default in of.defaults.items():
            if name not in found:
                kind = of.fields[name]
                found[name] = self._value(default, kind, name) if default == {} else default
        return found

    def _scalar(self, value: Any, of: Scalar, path: str) -> Any:
        takes = _TAKES.get(of.name)
        if takes is None or value is None:
            return value
        if (isinstance(value, bool) and bool not in takes) or not isinstance(value, takes):
            if of.name == "integer" and isinstance(value, float) and value.is_integer():
                return int(value)
            raise self._mismatch(value, path, _GO.get(of.name, of.name))
        if of.name == "quantity":
            return canonical(str(value))
        if of.name == "byte":
            self._check_base64(str(value), path)
        return value

    def _check_base64(self, value: str, path: str) -> None:
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise self._refused(f"illegal base64 data at input byte 0 in {path}") from error

    def _mismatch(self, value: Any, path: str, wanted: str) -> ApiStatus:
        said = _WORDS.get(type(value), "null")
        kind = self._resource.kind
        return self._refused(
            f"json: cannot unmarshal {said} into Go struct field {kind}.{path} of type {wanted}"
        )

    def _refused(self, why: str) -> ApiStatus:
        one = self._resource
        return bad_request(
            f'{one.kind} in version "{one.version}" cannot be handled as a {one.kind}: {why}'
        )


def _is_text(of: Type) -> bool:
    return isinstance(of, Scalar) and of.name == "string"


def _go(of: Type) -> str:
    if isinstance(of, Scalar):
        return _GO.get(of.name, of.name)
    if isinstance(of, MapOf):
        return f"map[string]{_go(of.of)}"
    if isinstance(of, ListOf):
        return f"[]{_go(of.of)}"
    return of.name.rpartition(".")[2] if isinstance(of, Struct) else "interface {}"
