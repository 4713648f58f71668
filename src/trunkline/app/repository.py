"""One repository, opened: its settings, what renders it, and where else its files come from.

What a commit declares is a scene (`engine/scene.py`); what is asked of scenes, the apps above say.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from trunkline.app.opening import SETTINGS_FILE, addressed, keyring_of, settings_at, settings_file
from trunkline.app.places import Places
from trunkline.core.event import Listener, unheard
from trunkline.core.finding import Finding
from trunkline.core.infra.outputs import OutputsError, UnitOutputs
from trunkline.core.sources.access import Keyring, of_stranger, with_hosts_of
from trunkline.edge.cluster.kubeconfig import contexts
from trunkline.edge.git import Commit, Mirrors, Repository, mirror
from trunkline.edge.known_files import KnownFiles
from trunkline.edge.render.cache import RenderCache
from trunkline.edge.render.limits import Limits
from trunkline.edge.render.renderer import Renderer
from trunkline.engine.declarations import Recall
from trunkline.engine.desire import Desires
from trunkline.engine.scene import Scene, Scenes
from trunkline.engine.sources import Sources
from trunkline.settings.file import load_settings
from trunkline.settings.heeded import Trust, reachable, unheeded, without_powers
from trunkline.settings.values import MEBIBYTE, Settings, SettingsError

if TYPE_CHECKING:
    from trunkline.edge.charts.charts import Charts


class RepositoryApp:
    """An asynchronous context: leaving it closes every edge."""

    def __init__(
        self,
        repository: Repository,
        settings: Settings,
        places: Places,
        listener: Listener = unheard,
        *,
        url: str = "",
        keyring: Keyring | None = None,
        trust: Trust = Trust.OWN,
    ) -> None:
        """`url` is where the repository is a mirror of, "" for a folder of this machine. What is
        not trusted gets nothing of what this machine alone knows.
        """
        self.repository = repository
        self.trusted = trusted = trust is Trust.OWN
        self.settings = settings
        self.listener = listener
        self._places = places
        self._url = url
        self._local = not url
        self.renderer = _renderer(settings, places)
        self.desires = Desires(self.renderer)
        own = keyring or Keyring()
        self.exposed = own.exposed
        shown = own if trusted else of_stranger(own)
        # What was fetched for others may be nothing for anybody.
        fetched = places.cache if trusted else places.cache / "outside"
        self.sources = Sources(
            shown,
            lambda: _charts(shown, fetched),
            Mirrors(shown, fetched),
            listener,
            self.known_outputs if trusted else withheld,
        )
        known = reachable(contexts(places.kubeconfig), settings, trust)
        self._files = KnownFiles(places.cache, repository.root)
        self.recall = Recall(self._files.read())
        self.scenes = Scenes(
            repository, settings, self.desires, known, self.sources, recall=self.recall
        )
        self._exits = contextlib.AsyncExitStack()

    @classmethod
    async def open(
        cls,
        repo: str,
        places: Places,
        listener: Listener = unheard,
        *,
        revision: str = "",
        trust: Trust = Trust.OWN,
    ) -> Self:
        """The app for a path or a URL, by the settings of the revision: for Trust.BASE that is the
        base. Raises GitError, SettingsError.
        """
        remote = "://" in repo or (repo.count(":") == 1 and "@" in repo.partition(":")[0])
        keyring = keyring_of(places.sources)
        path = await mirror(repo, places.cache, keyring) if remote else Path(repo)
        repository = Repository.open(path)
        await repository.complete(revision or "HEAD")
        url = repo if remote else ""
        settings = addressed(settings_at(repository, revision or "HEAD"), url)
        settings = without_powers(settings) if trust is Trust.NOBODY else settings
        keyring = with_hosts_of(repository.remote_urls(), keyring)
        return cls(repository, settings, places, listener, url=url, keyring=keyring, trust=trust)

    async def __aenter__(self) -> Self:
        self._exits.push_async_callback(self.renderer.close)
        self._exits.push_async_callback(self.sources.close)
        self._exits.callback(lambda: self._files.write(self.recall.files))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exits.aclose()

    @property
    def is_local(self) -> bool:
        """Whether the repository is a folder of this machine, not a mirror."""
        return self._local

    def commit(self, revision: str) -> Commit:
        return self.repository.commit(revision or "HEAD")

    async def scene(self, revision: str = "") -> Scene:
        return await self.scenes.at(revision or "HEAD")

    async def known_outputs(self) -> Mapping[str, UnitOutputs]:
        """What units gave when they were last asked; nothing where nothing was ever stored."""
        place = self._places.store_of(self.repository.root)
        if "://" not in place and not Path(place).exists():
            return {}
        # Loaded here: of those that need no cluster, only who reads outputs needs a database.
        from trunkline.edge.store import Store

        async with await Store.open(place, keys=self._places.keys) as store:
            return await store.outputs()

    def _settings_of(self, data: bytes) -> Settings:
        """What a commit's own file says, as far as its word counts and can be read."""
        try:
            return load_settings(data, SETTINGS_FILE) if self.trusted else self.settings
        except SettingsError:
            return self.settings

    def unheeded(self, revision: str) -> Sequence[Finding]:
        """What a commit's own settings say in vain, where it is not trusted."""
        if self.trusted:
            return ()
        return unheeded(self.settings, settings_file(self.repository, revision), SETTINGS_FILE)


async def withheld() -> Mapping[str, UnitOutputs]:
    """What units give, for a change from outside. Raises OutputsError."""
    raise OutputsError("outputs of units are not given to a change from outside")


def _renderer(settings: Settings, places: Places) -> Renderer:
    limits = settings.limits.render
    return Renderer(
        RenderCache(places.cache / "renders"),
        workers=limits.workers,
        limits=Limits(
            memory=limits.memory * MEBIBYTE,
            seconds=limits.seconds,
            output=limits.output * MEBIBYTE,
        ),
    )


def _charts(keyring: Keyring, cache: Path) -> Charts:
    """Loaded when the first chart is asked for: an HTTP client loads longer than many plans run."""
    from trunkline.edge.charts.charts import Charts

    return Charts(keyring, cache)
