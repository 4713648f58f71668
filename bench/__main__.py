"""`python -m bench`: print what was measured; `--write` keeps it in bench/RESULTS.md."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from bench import applying, rendering, report
from realcluster.binaries import Programs, Unavailable, programs
from realcluster.start import ControlPlane

RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    arguments.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    write = arguments.parse_args().write
    try:
        found = programs(lambda line: print(line, file=sys.stderr))
    except Unavailable as error:
        print(f"bench: {error}; it is what Trunkline is measured against", file=sys.stderr)
        return 1
    page = asyncio.run(measured(found))
    print(page)
    if write:
        RESULTS.write_text(page)
    return 0


async def measured(found: Programs) -> str:
    rendered = report.rendering(await rendering.measure(found.helm))
    plane, cluster = await asyncio.to_thread(ControlPlane.start, found)
    try:
        applied = report.applying(await applying.measure(cluster))
    finally:
        await asyncio.to_thread(plane.close)
    return report.page([rendered, applied])


if __name__ == "__main__":
    sys.exit(main())
