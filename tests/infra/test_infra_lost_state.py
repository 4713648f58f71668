"""A backend that does not take the state: the state is kept, sealed, and brought back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infra.region import Region
from infra.test_infra_apply import ended


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


async def test_the_disk_of_the_backend_is_full_and_nothing_is_lost(
    region: Region, backend: Backend
) -> None:
    await region.begin(plain=True)
    text = f"""\
terraform {{
  backend "http" {{
    address   = "{backend.url}"
    retry_max = 0
  }}
}}
resource "terraform_data" "made" {{ input = "only once" }}
"""
    region.repo.write({"plain/main.tf": text}).commit()
    await region.plan()
    backend.full = True
    run = await region.apply()
    assert ended(run) == {"plain": "failed"}
    assert backend.state == b""
    assert run.units[0].message.endswith("its state is kept here, sealed: infra resume writes it")
    backend.full = False
    async with await region.app() as app:
        again = await app.resume()
    assert ended(again) == {"plain": "unchanged"}
    assert b"only once" in backend.state
    left = [one for one in region.places.cache.rglob("*.tfstate") if "data" not in one.parts]
    assert left == []
