"""The provider's process: the handshake of go-plugin, one client, and its end.

https://github.com/hashicorp/go-plugin/blob/main/docs/internals.md
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
import socket
import sys

COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
CORE, PROTOCOL = 1, 6

# A client that never comes has died in between.
PATIENCE = 60.0


def main() -> None:
    """Serve the client that started this process."""
    if os.environ.get("TF_PLUGIN_MAGIC_COOKIE") != COOKIE:
        sys.exit("This is a provider: OpenTofu and Terraform start it, it does nothing by itself.")
    # Ctrl-C is for them to hear; they stop their providers when they are ready.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    base = os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or os.environ.get("TMPDIR") or "/tmp"
    folder = f"{base}/practice-{os.getpid()}-{os.urandom(4).hex()}"
    os.mkdir(folder, 0o700)
    try:
        link = _accepted(f"{folder}/socket")
    finally:
        # Nobody else comes; who is killed later leaves nothing.
        with contextlib.suppress(OSError):
            os.unlink(f"{folder}/socket")
        os.rmdir(folder)
    _serve(link)
    sys.stdout.flush()
    # Threads of calls that hang are not waited for.
    os._exit(0)


def _accepted(path: str) -> socket.socket:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        server.settimeout(PATIENCE)
        print(f"{CORE}|{PROTOCOL}|unix|{path}|grpc", flush=True)
        _load()
        link, _ = server.accept()
    link.settimeout(None)
    return link


def _load() -> None:
    """The client connects while these are loaded."""
    importlib.import_module("trunkline.practice.plugin.calls")
    importlib.import_module("trunkline.practice.plugin.serve")


def _serve(link: socket.socket) -> None:
    from trunkline.practice.plugin.calls import SHUTDOWN, calls
    from trunkline.practice.plugin.serve import Session

    Session(link, calls(os.environ), SHUTDOWN).serve()
