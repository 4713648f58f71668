"""What the verbs of the practice cloud share: its file, its kinds, and its refusals as words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from trunkline.cli.running import Failure
from trunkline.core.yaml import YamlError, load
from trunkline.practice.cloud.file import CloudFile
from trunkline.practice.cloud.world import Refused, World
from trunkline.practice.kinds import KINDS

Cloud = Annotated[
    Path,
    typer.Option("--cloud", metavar="FILE", help="The cloud's file.", envvar="PRACTICE_CLOUD"),
]
KindName = Annotated[
    str, typer.Argument(metavar="KIND", help=f"One of {', '.join(sorted(KINDS))}.")
]
Name = Annotated[str, typer.Argument(metavar="NAME|ID", help="The object.")]

FILE = Path("cloud.json")


@contextlib.contextmanager
def changing(cloud: Path) -> Iterator[World]:
    """The cloud, changed by the block. What it refuses is a Failure."""
    try:
        with CloudFile(cloud).changing() as world:
            yield world
    except Refused as error:
        raise Failure(str(error), f"trunkline practice show --cloud {cloud}") from None
    except ValueError as error:
        raise Failure(f"{cloud} is no practice cloud: {error}") from None


def read(cloud: Path) -> World:
    """The cloud as it stands. Raises Failure."""
    try:
        return CloudFile(cloud).read()
    except ValueError as error:
        raise Failure(f"{cloud} is no practice cloud: {error}") from None


def pairs(words: Sequence[str]) -> dict[str, Any]:
    """`size=large`, `tags={a: b}`: fields with their values as YAML. Raises Failure."""
    found = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not (name and equals):
            raise Failure(f"{word} is no FIELD=VALUE", "for instance size=large")
        try:
            found[name] = load(text.encode())
        except YamlError as error:
            raise Failure(f"{name}: {error}") from None
    return found
