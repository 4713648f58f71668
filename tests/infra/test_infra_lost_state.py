"""A backend that does not take the state: the state is kept, sealed, and brought back."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.region import Region
from infra.test_infra_apply import ended
from infra.test_infra_killed import until
from trunkline.core.infra.applying import ApplyRun, Ended
from trunkline.edge.store.errors import Full


class Backend(ThreadingHTTPServer):
    """An HTTP state backend that refuses to write while `full` is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state = b""
        self.full = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/state"


class Handler(BaseHTTPRequestHandler):
    server: Backend

    def do_GET(self) -> None:
        self.answer(200 if self.server.state else 404, self.server.state)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.full:
            self.answer(507, b"the disk is full")
            return
        self.server.state = body
        self.answer(200)

    def answer(self, code: int, body: bytes = b"") -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


async def begun(region: Region, backend: Backend, resources: str) -> None:
    """These, planned."""
    await region.begin(plain=True)
    text = f"""\
terraform {{
  backend "http" {{
    address   = "{backend.url}"
    retry_max = 0
  }}
}}
{resources}"""
    region.repo.write({"plain/main.tf": text}).commit()
    await region.plan()


async def refused(region: Region, backend: Backend) -> ApplyRun:
    """Planned, and applied while the backend's disk is full."""
    await begun(region, backend, 'resource "terraform_data" "made" { input = "only once" }\n')
    backend.full = True
    run = await region.apply()
    assert ended(run) == {"plain": "failed"}
    assert backend.state == b""
    backend.full = False
    return run


async def resumed(region: Region) -> ApplyRun:
    async with await region.app() as app:
        return await app.apply(await app.to_resume())


def left(region: Region) -> list[Path]:
    return [one for one in region.places.cache.rglob("*.tfstate") if "data" not in one.parts]


async def test_the_disk_of_the_backend_is_full_and_nothing_is_lost(
    region: Region, backend: Backend
) -> None:
    run = await refused(region, backend)
    assert run.units[0].message.endswith("its state is kept here, sealed: infra resume writes it")
    assert left(region) == []
    assert ended(await resumed(region)) == {"plain": "unchanged"}
    assert b"only once" in backend.state
    async with await region.app() as app:
        assert await app.kept_states() == {}


async def test_a_backend_that_still_takes_nothing_says_why(
    region: Region, backend: Backend
) -> None:
    await refused(region, backend)
    backend.full = True
    (plain,) = (await resumed(region)).units
    assert plain.ended is Ended.FAILED
    assert plain.message.startswith("the state that is kept is not written yet: ")
    assert "giving up after 1" in plain.error
    backend.full = False
    assert ended(await resumed(region)) == {"plain": "unchanged"}
    assert b"only once" in backend.state


async def test_the_disk_of_the_store_is_full_too(
    region: Region, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise Full("the store cannot grow, the disk is full; free some space")

    with monkeypatch.context() as patched:
        patched.setattr("trunkline.engine.infra.shelf.Shelf.keep_lost", full)
        run = await refused(region, backend)
    (file,) = left(region)
    assert f"its state lies in {file}, for the store cannot grow" in run.units[0].message
    assert ended(await resumed(region)) == {"plain": "unchanged"}
    assert b"only once" in backend.state
    assert left(region) == []


async def test_what_an_interrupted_apply_could_not_write_is_kept_at_once(
    region: Region, backend: Backend, tmp_path: Path
) -> None:
    """Its file does not say of which workspace it is, so that nobody could tell later."""
    started = tmp_path / "started"
    await begun(
        region,
        backend,
        f"""\
resource "terraform_data" "made" {{ input = "only once" }}
resource "terraform_data" "slow" {{
  depends_on = [terraform_data.made]
  provisioner "local-exec" {{ command = "touch {started}; exec sleep 1000" }}
}}
""",
    )
    backend.full = True
    async with await region.app() as app:
        task = asyncio.create_task(app.apply())
        await until(started.exists)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with await region.app() as app:
        assert b"only once" in (await app.kept_states())["plain"]
    assert left(region) == []


async def test_what_the_program_of_a_killed_run_left_is_brought_back(
    region: Region, backend: Backend
) -> None:
    await refused(region, backend)
    # As if nobody had been there any more to seal it, in a checkout that another run had.
    async with await region.app() as app:
        (state,) = (await app.kept_states()).values()
        await app.drop_kept("plain")
    (tree,) = region.places.cache.rglob("head-0/tree/plain")
    other = tree.parents[2] / "head-7/tree/plain"
    other.mkdir(parents=True)
    (other / "errored.tfstate").write_bytes(state)
    assert ended(await resumed(region)) == {"plain": "unchanged"}
    assert b"only once" in backend.state


async def test_a_state_that_went_on_without_the_kept_one_is_not_written_over(
    region: Region, backend: Backend
) -> None:
    await refused(region, backend)
    async with await region.app() as app:
        kept = json.loads((await app.kept_states())["plain"])
    other = [{**one, "name": "other"} for one in kept["resources"]]
    later = {**kept, "serial": kept["serial"] + 3, "resources": other}
    backend.state = json.dumps(later).encode()
    (plain,) = (await resumed(region)).units
    assert plain.ended is Ended.REFUSED
    assert "which does not know terraform_data.made): trunkline infra kept plain" in plain.message
    # Somebody writes it by hand, and goes on: then it is needed no more.
    backend.state = json.dumps({**kept, "serial": kept["serial"] + 4}).encode()
    assert ended(await resumed(region)) == {"plain": "unchanged"}
    async with await region.app() as app:
        assert await app.kept_states() == {}
