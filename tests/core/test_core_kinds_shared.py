"""What Applications of one kustomization have in common is worked out once, and nothing else."""

from __future__ import annotations

import pytest

from trunkline.core.component import Component, Source
from trunkline.core.footprint import Footprint, Shared
from trunkline.core.kinds import SourceWork, request
from trunkline.core.rendering import RenderError
from trunkline.core.snapshot import FilesSnapshot

FILES = FilesSnapshot({"web/kustomization.yaml": "resources: [map.yaml]", "web/map.yaml": ""})
REMOTE = {"components": ["https://git.example.test/parts//one?ref=v1"]}


def test_a_component_of_elsewhere_is_no_matter_of_its_neighbour() -> None:
    shared: Shared = {}

    def asked(section: dict[str, list[str]]) -> list[str]:
        source = Source("", "web", kustomize=section)
        component = Component("web", "web", sources=(source,))
        work = SourceWork(component, source, {"": Footprint(FILES, shared)})
        return [one.path for one in request(component, source, work).inputs]

    for _ in range(2):
        with pytest.raises(RenderError, match="outside of this repository"):
            asked(REMOTE)
        assert asked({}) == ["web"]
