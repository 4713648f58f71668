"""Certificates made on the spot by the openssl program."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Pair:
    certificate: Path
    key: Path


def authority(folder: Path, name: str = "ca") -> Pair:
    pair = _pair(folder, name)
    _openssl("req", "-x509", *EC, *_files(pair), "-subj", f"/CN={name}", "-days", "2")
    return pair


def signed(folder: Path, name: str, by: Pair, *, names: str = "", days: int = 2) -> Pair:
    """A pair signed by an authority; `names` are what it is valid for: `DNS:a,IP:127.0.0.1`."""
    pair = _pair(folder, name)
    alternative = ("-addext", f"subjectAltName={names}") if names else ()
    signer = ("-CA", str(by.certificate), "-CAkey", str(by.key))
    _openssl(
        "req", "-x509", *EC, *_files(pair), "-subj", f"/CN={name}", *alternative, *signer,
        "-days", str(days),
    )  # fmt: skip
    return pair


def _pair(folder: Path, name: str) -> Pair:
    return Pair(folder / f"{name}.pem", folder / f"{name}.key")


def _files(pair: Pair) -> tuple[str, ...]:
    return ("-keyout", str(pair.key), "-out", str(pair.certificate))


def _openssl(*arguments: str) -> None:
    subprocess.run(("openssl", *arguments), check=True, capture_output=True)
