"""A range of commits as a user writes it."""

from __future__ import annotations

from trunkline.cli.running import Failure


def split_range(commits: str) -> tuple[str, str]:
    """`A..B` as two revisions; an empty side is HEAD. `A...B` begins where both part: its base
    comes back as `...A`."""
    base, dots, head = commits.partition("..")
    if not dots:
        raise Failure(
            f"{commits!r} is no range of commits",
            "write BASE..HEAD, e.g. main..HEAD; for one commit against the clusters: --revision",
        )
    if head.startswith("."):
        return f"...{base or 'HEAD'}", head[1:] or "HEAD"
    return base or "HEAD", head or "HEAD"
