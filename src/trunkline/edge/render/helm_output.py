"""From the text of rendered templates to objects, as `helm template` prints them.

The rules are Helm's (pkg/release/v1/util): partials and notes are no manifests, documents are cut
at `---` whatever follows it, an object with a hook that Helm does not know is left out.
"""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trunkline.core.manifest import annotations_of
from trunkline.core.rendering import RenderError
from trunkline.core.yaml import Document, YamlError
from trunkline.edge.render.long_texts import KNOWN

_SEPARATOR = re.compile(r"^---[ \t]*", re.MULTILINE)
_TESTS = frozenset({"test", "test-success"})
_HOOKS = _TESTS | {
    f"{moment}-{verb}"
    for moment in ("pre", "post")
    for verb in ("install", "upgrade", "delete", "rollback")
}


def manifests(
    crds: Sequence[Mapping[str, str]], texts: Mapping[str, str], *, skip_tests: bool
) -> Iterator[Any]:
    """The objects: CRDs first, then the templates' by file name. Raises RenderError."""
    for crd in crds:
        yield from _parsed(crd["filename"], _decoded(crd["data"]), 1)
    for one, _ in _templates(texts):
        if _printed(one, skip_tests):
            yield one


def printed(
    crds: Sequence[Mapping[str, str]], texts: Mapping[str, str], *, skip_tests: bool, hooks: bool
) -> str:
    """The same as the text that templates gave. `hooks` False leaves out whatever is a hook."""
    found = [_decoded(crd["data"]) for crd in crds]
    for one, text in _templates(texts):
        if _printed(one, skip_tests) and (hooks or not _hooks_of(one)):
            found.append(text)
    return "".join(f"---\n{text.rstrip()}\n" for text in found)


def _templates(texts: Mapping[str, str]) -> Iterator[tuple[Any, str]]:
    """Each document of each template that is a manifest, read and as it is written."""
    for path, text in sorted(texts.items()):
        if posixpath.basename(path).startswith("_") or path.endswith("NOTES.txt"):
            continue
        for line, chunk in _split(text):
            for one in _parsed(path, chunk, line):
                yield one, chunk


def _split(text: str) -> Iterator[tuple[int, str]]:
    """Each document with the line that it begins at.

    Helm prints each with a line break behind it, which a block scalar at its end then holds. (Of
    the very last one it prints it cuts all space: seen only where that ends in `|+`.)
    """
    ends = [*(mark.span() for mark in _SEPARATOR.finditer(text)), (len(text), len(text))]
    start = 0
    for end, following in ends:
        chunk = text[start:end]
        if body := chunk.lstrip():
            yield text.count("\n", 0, start + len(chunk) - len(body)) + 1, body + "\n"
        start = following


def _parsed(path: str, text: str, line: int) -> Iterator[Any]:
    for one in KNOWN.attempts(text):
        if isinstance(one, YamlError):
            raise RenderError(f"{path}, line {one.line + line - 1} of its output: {one}")
        assert isinstance(one, Document)
        if not isinstance(one.value, dict):
            at = one.line + line - 1
            raise RenderError(f"{path}, line {at} of its output: an object is a map, this is not")
        yield one.value


def _printed(manifest: Any, skip_tests: bool) -> bool:
    """Whether `helm template` prints the object: it drops hooks that it does not know."""
    events = _hooks_of(manifest)
    return events <= _HOOKS and not (skip_tests and events & _TESTS)


def _hooks_of(manifest: Any) -> set[str]:
    if not isinstance(manifest, dict) or not isinstance(manifest.get("metadata"), dict):
        return set()
    hooks = annotations_of(manifest).get("helm.sh/hook")
    return set() if hooks is None else {one.strip().lower() for one in str(hooks).split(",")}


def _decoded(data: str) -> str:
    """A CRD's text; some versions of the library give it in base64."""
    return data if ":" in data else base64.b64decode(data).decode()
