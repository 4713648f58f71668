"""YAML that comes again and again is read once in a worker.

What is long is a CRD: the same for all values of a chart, and for all overlays of a base. Nobody
changes what was read. How much is remembered is bounded by its length, so that whoever renders
much takes no memory away from the renders that come after.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from trunkline.core import yaml
from trunkline.core.yaml import Document, YamlError

LONG = 10_000
# What was read takes some four bytes for each letter.
MOST = 16_000_000

Read = Iterable[Document | YamlError]


class Known:
    """The texts that were read last, with what they say."""

    def __init__(self, most: int = MOST) -> None:
        """`most` in letters of all texts together."""
        self._most = most
        self._held = 0
        self._known: OrderedDict[str, tuple[Document | YamlError, ...]] = OrderedDict()

    def attempts(self, text: str) -> Read:
        """As `core/yaml.attempts`."""
        if len(text) < LONG:
            return yaml.attempts(text)
        if text in self._known:
            self._known.move_to_end(text)
            return self._known[text]
        found = tuple(yaml.attempts(text))
        self._known[text] = found
        self._held += len(text)
        while self._held > self._most:
            oldest, _ = self._known.popitem(last=False)
            self._held -= len(oldest)
        return found

    def documents(self, text: str) -> Iterator[Document]:
        """As `core/yaml.documents`, each read by itself."""
        for line, chunk in yaml.chunks(text):
            for one in self.attempts(chunk):
                if isinstance(one, YamlError):
                    raise YamlError(str(one), line + one.line - 1)
                yield Document(one.value, line + one.line - 1)


KNOWN = Known()
"""Those of this process."""
