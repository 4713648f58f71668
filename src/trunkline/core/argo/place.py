"""The line at which a field of a document stands.

Positions are not kept while thousands of documents are read; when there is something to say about
one field, its file is parsed once more, this time for the places.
"""

from __future__ import annotations

import yaml

from trunkline.core.argo.fields import Path


def line_of(data: bytes, start: int, path: Path) -> int:
    """The line of the field at `path` in the document that begins at line `start`.

    A path that leads further than the document gives the line of the last part that is there.
    """
    lines = data.decode("utf-8-sig", "replace").splitlines(keepends=True)
    loader = yaml.CSafeLoader("".join(lines[max(start - 1, 0) :]))
    try:
        root = loader.get_node() if loader.check_node() else None
    except yaml.YAMLError:
        root = None
    finally:
        loader.dispose()
    return max(start, 1) + _line(root, path) if root is not None else start


def _line(node: yaml.Node, path: Path) -> int:
    line = node.start_mark.line
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = [pair for pair in node.value if pair[0].value == part]
            if not found:
                break
            key, node = found[-1]
            line = key.start_mark.line
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                break
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return int(line)
