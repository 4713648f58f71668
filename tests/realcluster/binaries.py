"""The programs of a real Kubernetes control plane, built once from pinned Go modules.

`build/go.mod` names them as tools. A first build takes minutes (2 cores: about seven).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gobuild import Module, Say, Unavailable, asked, built

MODULE = Path(__file__).parent / "build"

# kwok plays no kubelet without stages; these make nodes ready, pods run and jobs complete.
STAGES = ("node/fast", "pod/fast")


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
    module = Module(MODULE, "control-plane", "the real control plane", linker_flags(), STAGES)
    return Programs(built(module, say, copy_stages))


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


def copy_stages(go: str, folder: Path) -> None:
    """Every stage that a kustomization of kwok's module names, as files that `--config` takes."""
    stages = folder / "stages"
    stages.mkdir()
    where = asked(go, MODULE, "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok")
    for stage in STAGES:
        source = Path(where.strip()) / "kustomize" / "stage" / stage
        for file in sorted(source.glob("*.yaml")):
            if file.name != "kustomization.yaml":
                target = stages / f"{stage.replace('/', '-')}-{file.name}"
                target.write_bytes(file.read_bytes())


if __name__ == "__main__":
    print(programs(print).folder)
