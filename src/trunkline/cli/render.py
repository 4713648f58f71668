"""`trunkline render`: the manifests that a commit gives, as YAML."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from trunkline.app.offline import OfflineApp
from trunkline.cli.findings import tell_findings
from trunkline.cli.options import AsText, Debug, Ids, Kubeconfig, Output, Repo, Revision
from trunkline.cli.outside import Untrusted, trust_of
from trunkline.cli.plain import write, write_json
from trunkline.cli.running import FAILED, Failure, Opening, opened, run
from trunkline.core.desired import Desired
from trunkline.core.finding import Finding
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.yaml import dump, dump_all

To = Annotated[
    Path | None, typer.Option("--to", metavar="DIR", help="Write a file per object below DIR.")
]


# A file's name holds 255 bytes; an object's alone may have 253.
LONGEST_NAME = 200


def render(
    ids: Ids = None,
    repo: Repo = ".",
    revision: Revision = "",
    to: To = None,
    kubeconfig: Kubeconfig = "",
    output: AsText = Output.TEXT,
    untrusted: Untrusted = None,
    debug: Debug = False,
) -> None:
    """Print what components render to, as a stream of YAML.

    Example: trunkline render eu-database --revision v1.4 | kubectl diff -f -
    """
    trust = trust_of(untrusted)
    opening = opened(OfflineApp, repo, kubeconfig=kubeconfig, revision=revision, trust=trust)
    run(_render(opening, ids or [], revision, to, output), debug=debug)


async def _render(
    opening: Opening[OfflineApp], ids: list[str], revision: str, to: Path | None, output: Output
) -> int:
    async with opening as (app, progress):
        found = await app.render(ids, revision)
        progress.stop()
    if to is not None:
        write_files(found, to)
    elif output is Output.JSON:
        write_json([manifest for one in found for manifest in whole(one)])
    else:
        write(dump_all(manifest for one in found for manifest in whole(one)))
    tell_findings(finding for one in found for finding in _told(one))
    return FAILED if any(one.error for one in found) else 0


def _told(desired: Desired) -> Sequence[Finding]:
    """What was found; what its project forbids is an error and nothing else."""
    if desired.findings or not desired.error:
        return desired.findings
    one = desired.component
    return (
        Finding(
            "forbidden",
            desired.error,
            file=one.origin.file,
            line=one.origin.line,
            component=one.id,
            cluster=desired.cluster,
        ),
    )


def whole(desired: Desired) -> Iterable[Manifest]:
    """All that was rendered: what is applied, and the Applications of an app of apps."""
    return (*desired.manifests, *desired.declared)


def write_files(found: Iterable[Desired], folder: Path) -> None:
    """`<cluster>/<component>/<kind>-<namespace>-<name>.yaml` for each object."""
    for desired in found:
        for name, manifest in named(whole(desired)):
            path = folder / desired.cluster / desired.component.id / f"{name}.yaml"
            if not path.resolve().is_relative_to(folder.resolve()):
                raise Failure(f"{Ref.of(manifest)}: its file would lie outside of {folder}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dump(manifest), encoding="utf-8")


def named(manifests: Iterable[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Each with a name of its own, also where a file system takes capitals for small letters: of
    hooks with a generateName several are called alike.
    """
    taken = set[str]()
    for one in manifests:
        first = name = file_name(one)
        for number in count(2):
            if name.casefold() not in taken:
                break
            name = f"{first}-{number}"
        taken.add(name.casefold())
        yield name, one


def file_name(manifest: Manifest) -> str:
    """What its file is called, if no other is called so."""
    ref = Ref.of(manifest)
    kind = f"{ref.kind}.{ref.group}" if ref.group else ref.kind
    # A generateName ends in a hyphen.
    words = [kind.lower(), *([ref.namespace] if ref.namespace else []), ref.name.rstrip("-")]
    name = "-".join(words).replace("/", "_").replace(":", "_")
    if len(name) > LONGEST_NAME:
        digest = hashlib.sha256(name.encode()).hexdigest()[:12]
        name = f"{name[:LONGEST_NAME]}-{digest}"
    return name
