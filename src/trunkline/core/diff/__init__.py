"""What differs between two objects, without noise and without secrets."""

from trunkline.core.diff.difference import (
    Differ,
    Pair,
    asked_of,
    changes,
    compared_changes,
    difference,
    paired,
)
from trunkline.core.diff.ignored import (
    with_ignored_as_live,
    without_ignored,
    without_left_behind,
)
from trunkline.core.diff.jqpaths import BadExpression, Places, expressions_of
from trunkline.core.diff.mask import MASK, Masker, without_secrets
from trunkline.core.diff.normal import normal, same_but_for_noise
from trunkline.core.diff.owned import proved

__all__ = [
    "MASK",
    "BadExpression",
    "Differ",
    "Masker",
    "Pair",
    "Places",
    "asked_of",
    "changes",
    "compared_changes",
    "difference",
    "expressions_of",
    "normal",
    "paired",
    "proved",
    "same_but_for_noise",
    "with_ignored_as_live",
    "without_ignored",
    "without_left_behind",
    "without_secrets",
]
