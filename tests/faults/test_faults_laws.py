"""Laws that hold whatever the input: a render is pure, a difference never shows a secret."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from render.render_oracle import asked, laid
from trunkline.core.diff import changes
from trunkline.core.rendering import RenderError
from trunkline.core.snapshot import FilesSnapshot
from trunkline.edge.render.renderer import Renderer

SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x24F, exclude_characters="\x7f"),
    min_size=8,
    max_size=60,
).map(lambda text: f"s3{text}")
AROUND = st.text("abc :=/\n\"'", max_size=8)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def planted(value: str, before: str, after: str) -> list[dict[str, Any]]:
    """The value as a Secret, and where charts copy it to, in several spellings."""
    spellings = [value, b64(value), quote(value, safe=""), json.dumps(value)]
    data = {f"k{at}": f"{before}{one}{after}" for at, one in enumerate(spellings)}
    note = {"note": f"{before}{value}{after}"}
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "s", "annotations": note},
            "data": {"token": b64(value)},
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": data},
    ]


@given(SECRETS, SECRETS, AROUND, AROUND)
@settings(max_examples=150)
def test_a_difference_never_shows_a_secret(old: str, new: str, before: str, after: str) -> None:
    found = changes(planted(old, before, after), planted(new, before, after))
    shown = "".join(one.diff for one in found) + "".join(str(one.ref) for one in found)
    for secret in (old, new):
        for spelling in (secret, b64(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]):
            assert spelling not in shown
    assert changes(planted(old, before, after), planted(old, before, after)) == ()


TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}, labels: {{release: {{{{ .Release.Name }}}}}}}}
data: {{{{ .Values | toJson }}}}
"""


# What a values file may hold.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


def test_a_render_of_any_values_is_pure() -> None:
    """In two workers, from the files in another order: the same bytes, or the same refusal."""
    with asyncio.Runner() as runner:
        renderers = [Renderer(None, workers=1) for _ in range(2)]

        async def told(at: int, files: dict[str, str]) -> str:
            snapshot = FilesSnapshot(files, commit=str(at) * 40)
            try:
                found = await renderers[at].render(asked(snapshot), {"": snapshot})
            except RenderError as error:  # As of a control character, which YAML does not allow.
                return str(error)
            return json.dumps(found.manifests)

        @given(st.dictionaries(st.text("abc", min_size=1, max_size=3), VALUES, max_size=4))
        @settings(max_examples=30, deadline=None)
        def law(values: dict[str, Any]) -> None:
            known = {f"chart/templates/{one}.yaml": TEMPLATE.format(name=one) for one in "ba"}
            files = laid({**known, "chart/values.yaml": json.dumps({"release": values})})
            backwards = dict(reversed(files.items()))
            assert runner.run(told(0, files)) == runner.run(told(1, backwards))

        try:
            law()
        finally:
            for one in renderers:
                runner.run(one.close())


async def test_a_render_depends_on_its_inputs_alone() -> None:
    """The same files in any order, in another worker, at another commit: the same bytes."""
    one, other = Renderer(None, workers=1), Renderer(None, workers=1)
    try:
        for names in (["c", "a", "b"], ["a", "b", "c"], ["b", "c", "a"]):
            files = laid(
                {f"chart/templates/{name}.yaml": TEMPLATE.format(name=name) for name in names}
            )
            snapshot = FilesSnapshot(files, commit="".join(names) * 10)
            backwards = FilesSnapshot(dict(reversed(files.items())))
            first = await one.render(asked(snapshot), {"": snapshot})
            second = await other.render(asked(backwards), {"": backwards})
            assert asked(snapshot).key == asked(backwards).key
            assert json.dumps(first.manifests) == json.dumps(second.manifests)
            assert first == await one.render(asked(snapshot), {"": snapshot})
            assert [m["metadata"]["name"] for m in first.manifests] == ["a", "b", "c"]
    finally:
        await one.close()
        await other.close()
