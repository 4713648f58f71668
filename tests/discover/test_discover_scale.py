"""A large repository is discovered in a moment: files are passed over by a look at their bytes."""

from __future__ import annotations

import json
import time

from discover.conftest import Discover
from discover.declare import URL, app, application_set, messages

MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata:\n" + "".join(
    f"  key{at}: value {at}\n" for at in range(60)
)


async def test_ten_thousand_files_and_two_thousand_components(discover: Discover) -> None:
    files = {f"services/s{at // 50:03}/{at % 50}.yaml": MANIFEST for at in range(10_000)}
    files |= {f"apps/a{at}.yaml": app(f"a{at}", path=f"services/s{at:03}") for at in range(200)}
    everywhere = f"""\
- matrix:
    generators:
      - clusters: {{}}
      - list: {{elements: {json.dumps([{"n": at} for at in range(600)])}}}
"""
    files["set.yaml"] = application_set(everywhere, "g-{{.name}}-{{.n}}")
    started = time.monotonic()
    found = await discover(files)
    assert (len(found.components), messages(found)) == (2_000, [])
    assert time.monotonic() - started < 60, "with writing and committing the files"


async def test_the_same_commit_gives_the_same_in_the_same_order(discover: Discover) -> None:
    files = {
        "a.yaml": app("a", cluster="moon") + "---\n" + app("b", path="no"),
        "set.yaml": application_set(f"- git: {{repoURL: {URL}, directories: [{{path: '*'}}]}}\n"),
    }
    first, second = await discover(files), await discover({})
    assert first == second
