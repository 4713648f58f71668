"""Charts as the Helm library takes them: archives, those of a single template among them."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from trunkline.core.rendering import RenderError


@lru_cache(maxsize=16)
def archive(files: tuple[tuple[str, bytes], ...]) -> bytes:
    """The chart as the archive that Helm reads; uncompressed gzip, since nobody stores it.

    The last few are kept: one chart is rendered for many Applications in a row.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as packed:
        for path, data in files:
            member = tarfile.TarInfo(f"chart/{path}")
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), compresslevel=0, mtime=0)


@lru_cache(maxsize=256)
def compatible(constraint: str, version: str) -> bool:
    """Helm's own comparison, asked through a template: its grammar is the library's."""
    question = "{{ semverCompare .Values.constraint .Values.version }}"
    return "true" in expanded(question, {"constraint": constraint, "version": version})


def expanded(template: str, values: Mapping[str, Any]) -> str:
    """The text that a template alone gives. Raises RenderError."""
    from helm_python import HelmError
    from helm_python.chart import Chart

    files = {
        "Chart.yaml": b"apiVersion: v2\nname: question\nversion: 0.0.0\n",
        "templates/answer.yaml": template.encode(),
    }
    try:
        with Chart.load_archive(archive(tuple(files.items()))) as chart:
            answer: dict[str, str] = chart.render(dict(values), name="question")
    except HelmError as error:
        raise RenderError(str(error)) from None
    return next(iter(answer.values()), "")
