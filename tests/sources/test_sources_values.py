"""Values files that an Application names by their address."""

from __future__ import annotations

import pytest

from sources.served import ChartServer, chart
from sources.test_sources_render import Render, application, data, places, render, repo
from trunkline.core.sources.archive import ArchiveSnapshot

__all__ = ["places", "render", "repo"]

HERE = "https://git.test/config.git"


def charted(repo) -> dict[str, str | bytes]:
    """A chart of this repository, which prints the size and the note of its values."""
    archive = ArchiveSnapshot(chart("shop"), "", "1.0.0", inner=True)
    return {f"shop/{path}": archive.read(path) for path in archive.paths()}


def named(*addresses: str) -> str:
    names = ", ".join(f"'{one}'" for one in addresses)
    return application(f"{{repoURL: '{HERE}', path: shop, helm: {{valueFiles: [{names}]}}}}")


async def test_a_file_by_its_address_is_fetched_and_laid_over_those_before_it(
    repository: ChartServer, render: Render, repo
) -> None:
    repository.files |= {"/a.yaml": b"size: large\n", "/b.yaml": b"size: huge\n"}
    text = named(f"{repository.url}/a.yaml", f"{repository.url}/b.yaml?ref=main")
    (desired,) = await render(
        {**charted(repo), "a.yaml": text}, f"repositories: [{{url: '{repository.url}'}}]"
    )
    assert data(desired) == [{"version": "1.0.0", "size": "huge"}]
    assert repository.asked == ["/a.yaml", "/b.yaml?ref=main"]


async def test_a_file_that_changed_makes_another_render(
    repository: ChartServer, render: Render, repo
) -> None:
    sources = f"repositories: [{{url: '{repository.url}'}}]"
    files = {**charted(repo), "a.yaml": named(f"{repository.url}/a.yaml")}
    for size in ("large", "huge"):
        repository.files["/a.yaml"] = f"size: {size}\n".encode()
        (desired,) = await render({**files, "note": size}, sources)
        assert data(desired) == [{"version": "1.0.0", "size": size}]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("URL/gone.yaml?token=secret", "URL/gone.yaml: the server answered 404"),
        ("http://values.test/a.yaml", "http:// is asked only where"),
        ("https://10.1.2.3/a.yaml", "it is private, and its host is not listed"),
        ("https://169.254.169.254/latest/meta-data", "it is link-local"),
        ("https://me:secret@values.test/a.yaml", "its address carries a password"),
        ("https://", "is no address that is asked"),
        ("https://values.test:no/a.yaml", "an address is none"),
        ("s3://bucket/a.yaml", "only https and http are"),
    ],
)
async def test_what_cannot_be_had_is_told_without_its_secrets(
    repository: ChartServer, render: Render, repo, address: str, said: str
) -> None:
    text = named(address.replace("URL", repository.url))
    (desired,) = await render(
        {**charted(repo), "a.yaml": text}, f"repositories: [{{url: '{repository.url}'}}]"
    )
    (finding,) = desired.findings
    assert said.replace("URL", repository.url) in f"{finding.message} {finding.remedy}"
    assert "secret" not in finding.message
    assert finding.file == "a.yaml"
