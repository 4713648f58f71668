"""Indexes, archives, addresses of the network and answers of registries, piece by piece."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from sources.served import chart, packed, sha256
from trunkline.core.sources.archive import ArchiveSnapshot, BadArchive, files_of
from trunkline.core.sources.index import BadIndex, releases
from trunkline.core.sources.network import refusal
from trunkline.core.sources.oci import Challenge, challenge_of

HELM_STYLE = b"""\
apiVersion: v1
entries:
  aaa:
  - version: 0.1.0
    description: |
      entries:
        shop: not this
    urls: [a.tgz]
  shop:
  - version: 1.0.0
    digest: sha256:AB
    urls:
    - shop-1.0.0.tgz
  # between two versions
  - version: not-a-version
    urls: [x]

  - version: 0.9.0
    urls:
      - shop-0.9.0.tgz
  shop-extra:
  - version: 3.0.0
    urls: [e.tgz]
generated: "2026-01-01T00:00:00Z"
"""


ROWS = """\
  - version: 1.0.0
    digest: ab
    urls: *urls
  - {version: 0.9.0, urls: [shop-0.9.0.tgz]}
"""
FLOW = "[{version: 1.0.0, digest: ab, urls: &urls [shop-1.0.0.tgz]}, {version: 0.9.0, urls: *old}]"
JSON = """\
{"entries": {"shop": [
  {"version": "1.0.0", "digest": "ab", "urls": ["shop-1.0.0.tgz"]},
  {"version": "0.9.0", "urls": ["shop-0.9.0.tgz"]}
]}}
"""
STYLES = {
    "helm": HELM_STYLE,
    "crlf": HELM_STYLE.replace(b"\n", b"\r\n"),
    "quoted": HELM_STYLE.replace(b"  shop:", b'  "shop":'),
    "comment": HELM_STYLE.replace(b"  shop:", b"  shop: # ours"),
    "marker": b"---\n" + HELM_STYLE,
    "flow": f"old: &old [shop-0.9.0.tgz]\nentries: {{shop: {FLOW}}}\n".encode(),
    "aliases": f"urls: &urls [shop-1.0.0.tgz]\nentries:\n  shop:\n{ROWS}".encode(),
    "json": JSON.encode(),
}


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_an_index_in_every_style(text: bytes) -> None:
    found = releases(text, "shop")
    assert [(one.version, one.urls, one.digest) for one in found] == [
        ("1.0.0", ("shop-1.0.0.tgz",), "ab"),
        ("0.9.0", ("shop-0.9.0.tgz",), ""),
    ]
    assert releases(text, "missing") == ()


@pytest.mark.parametrize(
    "text", [b"", b"entries:\n", b"entries: {}\n", b"apiVersion: v1\nentries:\ngenerated: x\n"]
)
def test_an_index_without_charts(text: bytes) -> None:
    if text:
        assert releases(text, "shop") == ()
    else:
        with pytest.raises(BadIndex, match="it is no index of charts"):
            releases(text, "shop")


@pytest.mark.parametrize(
    "text", [b"", b"<html>", b"a: [", b"- a", b"entries: 1", b"entries: {shop: 1}"]
)
def test_what_is_no_index(text: bytes) -> None:
    with pytest.raises(BadIndex):
        releases(text, "shop")


@pytest.mark.timeout(60)
def test_a_large_index_takes_a_moment() -> None:
    """60 MB and 80,000 versions, as the largest public one had; whole it takes minutes."""
    rows = "".join(
        f"  - annotations:\n      category: Database\n    apiVersion: v2\n    version: {n}.0.0\n"
        f"    created: '2026-01-01T00:00:00Z'\n    description: {'words ' * 80}\n"
        f"    urls:\n    - shop-{n}.0.0.tgz\n"
        for n in range(400)
    )
    text = (
        "apiVersion: v1\nentries:\n" + "".join(f"  chart-{n}:\n{rows}" for n in range(225))
    ).encode()
    assert len(text) > 55_000_000
    found = releases(text, "chart-200")
    assert len(found) == 400


def test_a_chart_is_read_without_a_disk() -> None:
    data = chart("shop")
    snapshot = ArchiveSnapshot(data, sha256(data), "1.0.0")
    assert list(snapshot.paths()) == ["Chart.yaml", "templates/map.yaml", "values.yaml"]
    assert snapshot.object_id("templates") == f"{sha256(data)}:templates"
    assert snapshot.object_id("none") is None


def _member(
    name: str, kind: bytes = tarfile.SYMTYPE, target: str = "/etc/passwd"
) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_links_and_devices_are_passed_over() -> None:
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)
    members = [_member(f"shop/{n}", kind) for n, kind in enumerate(kinds)]
    assert files_of(packed({"shop/Chart.yaml": b"a"}, *members), inner=True) == {"Chart.yaml": b"a"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the archive is"),
        (b"\x1f\x8bnonsense", "it is no gzip"),
        (chart("shop")[:-20], "the archive is cut off"),
        (gzip.compress(b"no tar at all" * 100), "the archive is broken"),
        (packed({}), "the archive is empty"),
        (packed({"shop/../../etc/passwd": b""}), "a path that leads out of it"),
        (packed({"/etc/passwd": b""}), "a path that leads out of it"),
        (packed({"shop\\..\\..\\x": b""}), "a path that leads out of it"),
        (packed({"C:/x": b""}), "a path that leads out of it"),
        (packed({"shop/a": b"x" * (5 * 2**20 + 1)}), "shop/a is larger than 5 MiB"),
        (gzip.compress(bytes(101 * 2**20)), "larger than 100 MiB when it is unpacked"),
        (packed({f"shop/{n}": b"" for n in range(20_001)}), "holds more than 20000 files"),
    ],
    ids=[
        "nothing", "no gzip", "cut off", "no tar", "empty", "above", "absolute", "backslashes",
        "a drive", "a large file", "a bomb", "many files",
    ],
)  # fmt: skip
def test_archives_that_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(BadArchive) as told:
        files_of(data, inner=True)
    assert said in str(told.value)


def test_a_member_that_promises_more_than_there_is() -> None:
    buffer = io.BytesIO()
    member = tarfile.TarInfo("shop/a")
    member.size = 4 * 2**20
    buffer.write(member.tobuf() + b"x" * 512)
    with pytest.raises(BadArchive):
        files_of(gzip.compress(buffer.getvalue()), inner=True)


@pytest.mark.parametrize(
    ("address", "listed", "refused"),
    [
        ("8.8.8.8", False, False),
        ("2606:4700::1", False, False),
        ("10.0.0.1", False, True),
        ("10.0.0.1", True, False),
        ("127.0.0.1", False, True),
        ("::1", True, False),
        ("fd12::1", False, True),
        ("100.64.0.1", False, True),
        ("169.254.169.254", True, True),
        ("fe80::1%eth0", True, True),
        ("fd00:ec2::254", True, True),
        ("100.100.100.200", True, True),
        ("::ffff:169.254.169.254", True, True),
        ("64:ff9b::a9fe:a9fe", True, True),
        ("2002:a9fe:a9fe::1", True, True),
        ("0.0.0.0", True, True),
        ("224.0.0.1", True, True),
    ],
)
def test_addresses_of_the_network(address: str, listed: bool, refused: bool) -> None:
    assert bool(refusal(address, listed=listed)) is refused


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (
            'Bearer realm="https://a.test/token",service="reg",scope="repository:x:pull,push"',
            Challenge("bearer", "https://a.test/token", "reg", "repository:x:pull,push"),
        ),
        ("bearer realm=https://a.test/t", Challenge("bearer", "https://a.test/t")),
        ('Basic realm="x"', Challenge("basic")),
        ("Negotiate", None),
        ("", None),
    ],
)
def test_challenges(header: str, found: Challenge | None) -> None:
    assert challenge_of(header) == found
