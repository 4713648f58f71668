"""The programs of a real Kubernetes control plane, built once from pinned Go modules.

`build/go.mod` names them as tools and `build/go.sum` holds the hash of every module, so what is
built is what was reviewed. The set lives in the cache folder under a key made of all that it
depends on. A first build takes minutes (2 cores: about seven), every later start none; two test
runs that need it at once build it once.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MODULE = Path(__file__).parent / "build"
SAY_EVERY = 10.0

# kwok plays no kubelet without stages; these make nodes ready, pods run and jobs complete.
STAGES = ("node/fast", "pod/fast")

Say = Callable[[str], None]


class Unavailable(Exception):
    """The programs cannot be had on this machine; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Paths of one built set. Go names a program after its package: etcd's is `server`."""

    folder: Path

    @property
    def etcd(self) -> Path:
        return self.folder / "server"

    @property
    def apiserver(self) -> Path:
        return self.folder / "kube-apiserver"

    @property
    def controller_manager(self) -> Path:
        return self.folder / "kube-controller-manager"

    @property
    def scheduler(self) -> Path:
        return self.folder / "kube-scheduler"

    @property
    def kwok(self) -> Path:
        return self.folder / "kwok"

    @property
    def helm(self) -> Path:
        return self.folder / "helm"

    @property
    def stages(self) -> tuple[Path, ...]:
        return tuple(sorted((self.folder / "stages").glob("*.yaml")))


def programs(say: Say) -> Programs:
    """The built set, built now if it is not there yet. Raises Unavailable."""
    go = shutil.which("go")
    if go is None:
        raise Unavailable("the real control plane is built with Go, which is not on PATH")
    cache = cache_folder() / "control-plane"
    cache.mkdir(parents=True, exist_ok=True)
    flags = linker_flags()
    place = cache / key(go, flags)
    with locked(cache / "lock", say):
        if not place.is_dir():
            build(go, flags, place, say)
    return Programs(place)


def cache_folder() -> Path:
    chosen = os.environ.get("TRUNKLINE_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "trunkline"


def key(go: str, flags: str) -> str:
    """What the programs depend on: the modules and their hashes, the compiler, the flags."""
    whole = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        whole.update((MODULE / name).read_bytes())
    whole.update(asked(go, "env", "GOVERSION", "GOOS", "GOARCH").encode())
    whole.update(" ".join((flags, *STAGES)).encode())
    return whole.hexdigest()[:16]


def linker_flags() -> str:
    """Kubernetes learns its version from the linker; without it, it calls itself v0.0.0-master."""
    found = re.search(r"k8s\.io/kubernetes v(\d+)\.(\d+)\.(\S+)", (MODULE / "go.mod").read_text())
    if found is None:
        raise Unavailable(f"{MODULE / 'go.mod'} does not require k8s.io/kubernetes")
    major, minor, patch = found.groups()
    package = "k8s.io/component-base/version"
    facts = {"gitVersion": f"v{major}.{minor}.{patch}", "gitMajor": major, "gitMinor": minor}
    settings = (f"-X {package}.{name}={value}" for name, value in facts.items())
    return " ".join(("-s -w", *settings))


def build(go: str, flags: str, place: Path, say: Say) -> None:
    """Build beside the place and rename into it, so that a set is whole or not there."""
    say("building the real control plane from its Go modules (once; some minutes)")
    started = time.monotonic()
    partial = place.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    compile_tools(go, flags, partial, say)
    copy_stages(go, partial / "stages")
    partial.rename(place)
    say(f"built in {time.monotonic() - started:.0f} s, kept in {place}")


def compile_tools(go: str, flags: str, folder: Path, say: Say) -> None:
    total = len(asked(go, "list", "-deps", "tool").splitlines())
    process = subprocess.Popen(
        [go, "build", "-v", "-ldflags", flags, "-o", f"{folder}/", "tool"],
        cwd=MODULE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    reader = threading.Thread(target=lines.extend, args=(process.stderr or (),), daemon=True)
    reader.start()
    while reader.is_alive():
        reader.join(SAY_EVERY)
        say(f"compiled {len(lines)} of at most {total} packages")
    if process.wait():
        raise Unavailable(f"go build failed in {MODULE}: {''.join(lines[-5:]).strip()}")


def copy_stages(go: str, folder: Path) -> None:
    """Every stage that a kustomization of kwok's module names, as files that `--config` takes."""
    folder.mkdir()
    module = Path(asked(go, "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok").strip())
    for stage in STAGES:
        source = module / "kustomize" / "stage" / stage
        for file in sorted(source.glob("*.yaml")):
            if file.name != "kustomization.yaml":
                target = folder / f"{stage.replace('/', '-')}-{file.name}"
                target.write_bytes(file.read_bytes())


def asked(go: str, *arguments: str) -> str:
    done = subprocess.run([go, *arguments], cwd=MODULE, capture_output=True, text=True)
    if done.returncode:
        raise Unavailable(f"go {arguments[0]} failed in {MODULE}: {done.stderr.strip()[-400:]}")
    return done.stdout


@contextlib.contextmanager
def locked(path: Path, say: Say) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process builds the real control plane: waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    print(programs(print).folder)
