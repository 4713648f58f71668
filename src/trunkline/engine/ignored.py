"""What `ignoreDifferences` names, known before two objects are compared: jq runs in a worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trunkline.core.component import IgnoreRule
from trunkline.core.diff import Pair, Places, asked_of
from trunkline.core.diff.jqpaths import nowhere
from trunkline.edge.render.jq import JqPaths


async def places_in(
    jq: JqPaths | None, pairs: Iterable[Pair], ignore: Sequence[IgnoreRule]
) -> Places:
    """What the jq expressions of the rules name in these objects. Raises BadExpression."""
    asked = list(asked_of(pairs, ignore))
    return await jq.places(asked) if jq and asked else nowhere
