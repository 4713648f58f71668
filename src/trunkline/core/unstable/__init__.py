"""What a template makes anew with each render: passwords, certificates, the time of day.

Such a render says nothing of what the cluster should hold at these places, so what is there is
kept: no drift for ever, and no new password for a database that knows the old one. A leaf is kept
only while it could have come from this template; where its stable part changed, it is applied.
"""

from trunkline.core.unstable.keep import with_kept
from trunkline.core.unstable.leaves import Differing, Leaf, differing, leaves_of, told

__all__ = ["Differing", "Leaf", "differing", "leaves_of", "told", "with_kept"]
