"""What `init` reads of a root module: the key under which it need not run again.

Providers, modules and backend follow from `terraform` blocks, from sources and versions of module
calls, from the types of resources (a provider may be implied), and from the lock file. A change of
anything else needs no second init.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable

from trunkline.core.infra.hcl import Block, HclError
from trunkline.core.infra.hcl.syntax import canonical
from trunkline.core.infra.modules import code_of
from trunkline.core.infra.reading import Files

LOCK_FILE = ".terraform.lock.hcl"
_CALL = ("source", "version")


def init_key(
    files: Files, root: str, modules: Iterable[str], program: str, backend: Iterable[str] = ()
) -> str:
    """The key of a root module with all local modules that it calls; `backend` are the files that
    complete its backend.
    """
    parts = [program, files.object_id(posixpath.join(root, LOCK_FILE))]
    parts += [f"{one}={files.object_id(one)}" for one in backend]
    for directory in sorted({root, *modules}):
        parts.append(directory)
        for path in code_of(files, directory):
            try:
                parts += sorted({_read(block) for block in files.body(path).blocks} - {""})
            except HclError:
                parts.append(files.object_id(path))
    return hashlib.sha256("\n".join(parts).encode(errors="surrogateescape")).hexdigest()[:32]


def _read(block: Block) -> str:
    """What init takes from a block, "" for nothing."""
    if block.kind == "terraform":
        return canonical(block)
    if block.kind == "module":
        found = [block.body.attribute(name) for name in _CALL]
        return repr((block.labels, [one.value for one in found if one]))
    if block.kind in ("resource", "data", "ephemeral") and block.labels:
        provider = block.body.attribute("provider")
        named = repr(provider.value) if provider else ""
        return f"type {block.labels[0].partition('_')[0]} {named}"
    if block.kind == "provider":
        version = block.body.attribute("version")
        return repr((block.kind, block.labels, version.value if version else ""))
    return ""
