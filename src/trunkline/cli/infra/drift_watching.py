"""`trunkline infra drift --every`: checks that are spread over time, until a signal ends them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from trunkline.cli.console import err
from trunkline.cli.running import Failure, leaves, tell
from trunkline.cli.signalled import signalled
from trunkline.core.argo.duration import seconds
from trunkline.core.infra.drift import DriftReport
from trunkline.core.trouble import Trouble
from trunkline.engine.infra.drift_watch import DriftWatch

SHORTEST = 1.0

Check = Callable[[int], Awaitable[DriftReport]]


def period_of(text: str) -> float:
    """The period in seconds. Raises Failure."""
    found = seconds(text)
    if found is None or found < SHORTEST:
        raise Failure(f"--every {text}: a duration is expected", "for instance 6h, or 90m")
    return found


async def keep_checking(
    period: float, check: Check, show: Callable[[DriftReport], None], chosen: int
) -> int:
    """Check until SIGINT or SIGTERM: 0, for that is how it ends. `chosen` are the units that were
    named, 0 for all.
    """
    known = 1

    async def one(count: int) -> int:
        nonlocal known
        try:
            found = await check(count)
        except* Trouble as trouble:
            # A repository or a store that is away for a while ends nothing.
            for each in leaves(trouble):
                tell(str(each), getattr(each, "remedy", ""))
        else:
            show(found)
            known = chosen or found.considered
        return known

    watch = DriftWatch(period, one)
    async with signalled(watch):
        await watch.run()
    err().print("[soft]stopped[/]: what was checked is recorded")
    return 0
