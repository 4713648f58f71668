"""What a Terraform module reads: the local modules it calls, and the files its functions name."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from trunkline.core.infra.hcl import Body, HclError
from trunkline.core.infra.hcl.evaluate import UNKNOWN, Function, Scope, evaluate, known_start
from trunkline.core.infra.hcl.syntax import Call, Expression, calls_in
from trunkline.core.infra.reading import Files, Reading, from_root, rooted

JSON = (".tf.json", ".tofu.json")
ENDINGS = (".tf", ".tofu", *JSON)

# The functions whose first argument names a file.
READERS = (
    "file",
    "filebase64",
    "filebase64sha256",
    "filebase64sha512",
    "filemd5",
    "filesha1",
    "filesha256",
    "filesha512",
    "templatefile",
)


LOCAL = ("./", "../")
ENDLESS = "its values refer to each other without end"


def is_code(name: str) -> bool:
    return name.endswith(ENDINGS)


def code_of(files: Files, directory: str) -> list[str]:
    """The files of a module: those with code directly in its directory."""
    return [path for path in files.names(directory) if is_code(path)]


class Modules(Struct):
    """Reads modules of one commit; each once, whoever calls it."""

    files: Files
    _known: dict[tuple[str, str], Reading] = field(default_factory=dict)

    def reading(self, directory: str, root: str) -> Reading:
        """What the module at a directory reads, called from the root module at `root`.

        Its local modules are read too, through any number of calls.
        """
        found = Reading()
        waiting, seen = [directory], {directory}
        while waiting:
            here = waiting.pop()
            one = self._alone(here, root)
            found.reads |= one.reads
            found.findings += one.findings
            for module in sorted(one.modules - seen):
                seen.add(module)
                waiting.append(module)
        found.modules = seen - {directory}
        return found

    def _alone(self, directory: str, root: str) -> Reading:
        key = (directory, root)
        if key not in self._known:
            try:
                self._known[key] = self._read(directory, root)
            except RecursionError:
                found = self._known[key] = Reading()
                found.broken(directory, HclError(ENDLESS, 0))
        return self._known[key]

    def _read(self, directory: str, root: str) -> Reading:
        found = Reading()
        bodies: dict[str, Body] = {}
        for path in code_of(self.files, directory):
            try:
                bodies[path] = self.files.body(path)
            except HclError as error:
                found.broken(path, error)
        scope = _ModuleScope(bodies.values(), directory, root)
        for body in bodies.values():
            _called(body, scope, directory, found)
            for call in calls_in(body):
                read_by(call, scope, directory, found)
        return found


def _called(body: Body, scope: Scope, directory: str, found: Reading) -> None:
    """The local modules that code calls. Of a source that a variable completes, which OpenTofu
    takes, all that lies where it begins is read.
    """
    for block in body.of("module"):
        source = block.body.attribute("source")
        value = evaluate(source.value, scope) if source else None
        if isinstance(value, str) and value.startswith(LOCAL):
            module = from_root(value, directory)
            if module is not None:
                found.modules.add(module)
        elif source and value is UNKNOWN and (place := begun_at(source.value, scope, directory)):
            found.reads.add(f"{place}/")


def begun_at(source: Expression, scope: Scope, directory: str) -> str | None:
    """The directory in which the modules of a local source lie that is known in part."""
    start = known_start(source, scope)
    return from_root(posixpath.dirname(start), directory) if start.startswith(LOCAL) else None


def read_by(call: Call, scope: Scope, directory: str, found: Reading) -> None:
    """What one function call reads, as a file or, where only its start is known, a directory."""
    if not call.arguments:
        return
    first = call.arguments[0]
    if call.name in READERS:
        path = from_root(evaluate(first, scope), directory)
        if path is not None:
            found.reads.add(path)
        else:
            _read_below(first, scope, directory, found)
    elif call.name == "fileset":
        path = from_root(evaluate(first, scope), directory)
        if path is not None and path != directory:
            found.reads.add(f"{path}/")


def _read_below(one: Expression, scope: Scope, directory: str, found: Reading) -> None:
    start = known_start(one, scope)
    folder = posixpath.dirname(start) if "/" in start else ""
    path = from_root(folder, directory) if folder else None
    if path:
        found.reads.add(f"{path}/")


class _ModuleScope:
    """`path.module`, `path.root` and the locals; variables are not known."""

    functions: Mapping[str, Function] = {}
    vouching = False

    def __init__(self, bodies: Iterable[Body], directory: str, root: str) -> None:
        self._locals = {
            one.name: one
            for body in bodies
            for block in body.of("locals")
            for one in block.body.attributes
        }
        # UNKNOWN while it is being worked out, for who asks for itself.
        self._known: dict[str, Any] = {}
        self._path = {"module": rooted(directory), "root": rooted(root), "cwd": rooted(root)}

    def named(self, name: str) -> Any:
        if name == "path":
            return self._path
        return self if name == "local" else UNKNOWN

    def take(self, key: str) -> Any:
        one = self._locals.get(key)
        if one is None:
            return UNKNOWN
        if key not in self._known:
            self._known[key] = UNKNOWN
            self._known[key] = evaluate(one.value, self)
        return self._known[key]


class Nothing:
    """A scope in which no name is known."""

    functions: Mapping[str, Function] = {}
    vouching = False

    def named(self, name: str) -> Any:
        return UNKNOWN
