"""Git repositories served on loopback as hosts serve them: over HTTP and over ssh.

HTTP is git's own `http-backend` behind a small server; ssh is a real ssh server that starts
`git-upload-pack` and nothing else.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
from aiohttp import web

from sources.served import Server

BACKEND = Path(
    subprocess.run(
        ["git", "--exec-path"], capture_output=True, text=True, check=True
    ).stdout.strip()
)


@dataclass(slots=True)
class GitServer(Server):
    """Repositories below a folder, over HTTP. `moved` paths are redirected."""

    folder: Path = field(default_factory=Path)
    moved: dict[str, str] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        for old, new in self.moved.items():
            if request.path.startswith(f"{old}/"):
                raise web.HTTPMovedPermanently(new + request.path_qs.removeprefix(old))
        if not self.opened(request):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})
        process = await asyncio.create_subprocess_exec(
            BACKEND / "git-http-backend",
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(self.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
                "REQUEST_METHOD": request.method,
                "PATH_INFO": request.path,
                "QUERY_STRING": request.query_string,
                "CONTENT_TYPE": request.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": "",
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate(await request.read())
        return _answer(output)


def _answer(output: bytes) -> web.Response:
    """A response of the Common Gateway Interface (RFC 3875)."""
    head, _, body = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
    status = int(headers.pop("Status", "200").split()[0])
    return web.Response(status=status, headers=headers, body=body)


@dataclass(slots=True)
class SshServer:
    """`asked` are the commands that were run."""

    folder: Path
    host_key: asyncssh.SSHKey = field(default_factory=lambda: _key())
    user_key: asyncssh.SSHKey = field(default_factory=lambda: _key())
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def known_hosts(self) -> str:
        public = self.host_key.export_public_key().decode().strip()
        return f"[127.0.0.1]:{self.port} {public}"

    @property
    def private_key(self) -> str:
        return self.user_key.export_private_key().decode()

    def url(self, name: str) -> str:
        return f"ssh://git@127.0.0.1:{self.port}/{name}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        allowed = asyncssh.import_authorized_keys(self.user_key.export_public_key().decode())
        server = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[self.host_key],
            authorized_client_keys=allowed,
            process_factory=self._served,
            encoding=None,
        )
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def _served(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        program, name = shlex.split(process.command or "")
        self.asked.append(f"{program} {name}")
        assert program == "git-upload-pack"
        git = await asyncio.create_subprocess_exec(
            "git",
            "-c",
            "safe.directory=*",
            "upload-pack",
            str(self.folder / name.strip("/")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        await process.redirect(stdin=git.stdin, stdout=git.stdout, stderr=git.stderr)
        process.exit(await git.wait())
        await process.wait_closed()


def _key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")
