"""What the demo plays on: a folder that vanishes, practice clusters in it, and a console."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from msgspec import Struct, field
from rich.console import Console
from rich.live import Live
from rich.text import Text

from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.cli.console import escape
from trunkline.cli.demo.board import Board
from trunkline.cli.demo.laid import Laid
from trunkline.cli.running import Failure
from trunkline.core.event import Event, Listener, unheard
from trunkline.core.keys import KeyPlace
from trunkline.core.report.text import run_text
from trunkline.core.run import Outcome
from trunkline.demo import NEW_REGION, REGIONS
from trunkline.edge.fleeting import fleeting
from trunkline.edge.render.pool import kubectl_program
from trunkline.engine.sync.component import How
from trunkline.sandbox import Sandbox

# Between two acts a terminal gets a moment, so that a reader can follow; in seconds.
BEAT = 0.7

HOW = How(prune=True, wait=True, wave_timeout=60.0)

INDENT = 2

# A hand's command that takes longer than this does not end at all; in seconds.
PATIENCE = 20.0

# By these an infrastructure's programs are named, by somebody or by the demo itself.
PROGRAMS = ("TRUNKLINE_TOFU", "TRUNKLINE_TERRAFORM", "TRUNKLINE_TERRAGRUNT")


class Stage(Struct):
    """`listener` is who hears the engine at the moment, `cloud` what programs must see of the
    practice cloud."""

    console: Console
    folder: Path
    box: Sandbox
    begun: float = field(default_factory=time.monotonic)
    listener: Listener = unheard
    cloud: dict[str, str] = field(default_factory=dict)
    _acts: int = 0

    @property
    def repository(self) -> Path:
        return self.folder / "platform"

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def places(self) -> Places:
        """Cache and store of the demo alone: it is always a first time."""
        store = str(self.folder / "trunkline.db")
        keys = KeyPlace(self.folder / "keys")
        return Places(self.folder / "cache", store, str(self.kubeconfig), keys=keys)

    def write_environment(self) -> Path:
        """A file that makes another terminal see the demo's clusters, store and programs, and
        leads it to the repository."""
        file = self.folder / "env"
        lines = (*self._exports(), f"cd {shlex.quote(str(self.repository))}")
        file.write_text("".join(f"{line}\n" for line in lines))
        return file

    def _exports(self) -> Iterator[str]:
        places = self.places
        for name, value in (
            ("KUBECONFIG", places.kubeconfig),
            ("TRUNKLINE_STORE", places.store),
            ("TRUNKLINE_CACHE", str(places.cache)),
            ("TRUNKLINE_KEY_FILE", str(self.folder / "keys")),
            *self.cloud.items(),
            *((name, os.environ[name]) for name in PROGRAMS if name in os.environ),
        ):
            yield f"export {name}={shlex.quote(value)}"
        programs = Path(sys.executable).parent
        if shutil.which("trunkline") is None and (programs / "trunkline").exists():
            yield f"export PATH={shlex.quote(str(programs))}:$PATH"

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun

    def hear(self, event: Event) -> None:
        self.listener(event)

    def say(self, markup: str = "") -> None:
        self._print(Laid(Text.from_markup(markup, emoji=False)))

    def show(self, ansi: str) -> None:
        """What a command of Trunkline prints."""
        self._print(Laid(Text.from_ansi(ansi.rstrip("\n")), indent=INDENT))

    @property
    def width(self) -> int:
        """Of what is shown; 0 is any."""
        return self.console.width - INDENT if self.console.is_terminal else 0

    def _print(self, lines: Laid) -> None:
        # Nothing is wrapped for whoever reads a pipe.
        self.console.print(lines, soft_wrap=not self.console.is_terminal)

    async def act(self, title: str) -> None:
        if self._acts and self.console.is_terminal:
            await asyncio.sleep(BEAT)
        self._acts += 1
        self.say(f"\n[rail]●[/] [strong]{escape(title)}[/]")

    @contextlib.contextmanager
    def board(self, regions: Sequence[str] = REGIONS) -> Iterator[Board]:
        """A board that moves while the engine works, and stays as it was at the end."""
        board = Board(regions)
        self.listener = board.heard
        try:
            with Live(board, console=self.console, refresh_per_second=12):
                yield board
                board.finish()
            if not self.console.is_terminal:
                self.say()  # On a terminal the picture ends its last line itself.
        finally:
            self.listener = unheard

    async def kubectl(self, arguments: str) -> None:
        """What somebody types, and what kubectl answers. Raises Failure."""
        self.say(f"  [soft]$ kubectl {escape(arguments)}[/]")
        process = await asyncio.create_subprocess_exec(
            kubectl_program(),
            *shlex.split(arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={
                "PATH": os.defpath,
                "HOME": str(self.folder),
                "KUBECONFIG": str(self.kubeconfig),
            },
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        except TimeoutError:
            process.kill()
            raise Failure(f"kubectl {arguments}: no answer within {PATIENCE:.0f} s") from None
        said = output.decode(errors="replace").strip()
        if process.returncode:
            raise Failure(f"kubectl {arguments}: {said}")
        self.say(f"  {escape(said)}")


@contextlib.asynccontextmanager
async def staged(console: Console) -> AsyncIterator[Stage]:
    """The stage with its clusters running; nothing of it stays behind."""
    with fleeting("demo") as folder:
        async with Sandbox([*REGIONS, NEW_REGION]) as box:
            stage = Stage(console, folder, box)
            # Nobody knows the last one before infrastructure has made it.
            box.write_kubeconfig(stage.kubeconfig, REGIONS)
            yield stage


async def deliver(
    stage: Stage,
    app: App,
    ids: Sequence[str] = (),
    clusters: Sequence[str] = (),
    regions: Sequence[str] = REGIONS,
) -> None:
    """Sync with the board in view. Raises Failure where it does not end well."""
    with stage.board(regions):
        done = await app.sync(HOW, ids, clusters=clusters)
    if done.outcome is not Outcome.SUCCEEDED:
        raise Failure(f"the sync did not succeed\n{run_text(done, colour=False)}")
