"""A chart that makes a password with each render: what is live is no drift, and stays."""

from __future__ import annotations

import base64
import shutil

from trunkline.core.run import Outcome
from trunkline.engine.sync.component import How

HOW = How(wave_timeout=60.0)
CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n",
    "chart/templates/_password.tpl": '{{ define "password" }}{{ randAlphaNum 16 }}{{ end }}',
    "chart/templates/all.yaml": """
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {user: app, password: {{ include "password" . }}}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  annotations: {checksum/secret: {{ include "password" . | sha256sum }}}
data: {a: {{ .Values.a | quote }}}
""",
    "chart/values.yaml": "a: 1\n",
}


async def test_a_password_made_by_the_template_is_kept(ground) -> None:
    ground.repo.write({"apps/db.yaml": ground.application("db", "chart"), **CHART}).commit()
    assert (await ground.sync(HOW)).outcome is Outcome.SUCCEEDED
    before = [await ground.get("Secret", "db"), await ground.get("ConfigMap", "web")]

    # A new machine, or a full disk: the render is made again, and gives another password.
    shutil.rmtree(ground.repo.path.parent / "cache")
    plan = await ground.plan()
    assert plan.components == ()
    rules = [one.rule for one in plan.findings if one.rule != "foreign"]  # of other tests
    assert rules == ["unstable-render"]
    (status,) = await ground.statuses()
    assert status.sync == "Synced"

    ground.repo.write({"chart/values.yaml": "a: 2\n"}).commit()
    run = await ground.sync(HOW)
    assert [step.ref.name for part in run.components for step in part.steps] == ["web"]
    after = [await ground.get("Secret", "db"), await ground.get("ConfigMap", "web")]
    assert after[0] == before[0]
    assert after[1]["metadata"]["annotations"] == before[1]["metadata"]["annotations"]
    assert after[1]["data"] == {"a": "2"}

    ground.repo.write(
        {"chart/templates/_password.tpl": '{{ define "password" }}given{{ end }}'}
    ).commit()
    await ground.sync(HOW)
    secret = await ground.get("Secret", "db")
    assert base64.b64decode(secret["data"]["password"]) == b"given"
