"""`trunkline infra drift` as a user types it."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from gitrepo import GitRepo
from trunkline.practice.install import SOURCE

PATIENCE = 120.0
PROGRAM = str(Path(sys.executable).with_name("trunkline"))
MAIN = f"""\
terraform {{
  backend "local" {{ path = "STATE" }}
  required_providers {{
    practice = {{ source = "{SOURCE}" }}
  }}
}}

resource "practice_bucket" "logs" {{
  name   = "logs"
  region = "eu"
}}
"""
MORE = """\
  region     = "eu"
  versioning = false # cheap
"""
SETTINGS = 'infra: {environment: [TF_DISABLE_PLUGIN_TLS, "PRACTICE_*"]}'


@pytest.fixture
def bucket(repo: GitRepo, typed, practice_cloud: None, tmp_path: Path) -> GitRepo:
    repo.write({"README.md": "", "trunkline.yaml": SETTINGS}).commit()
    repo.write({"net/main.tf": MAIN.replace("STATE", f"{tmp_path}/state")}).commit()
    assert typed("infra", "plan", "HEAD~1..HEAD").code == 0
    assert typed("infra", "apply").code == 0
    return repo


def test_drift_is_text_data_and_an_exit_code(typed, bucket: GitRepo) -> None:
    clean = typed("infra", "drift", "--exit-code")
    assert (clean.code, clean.out[:40]) == (0, "1 without drift: 1 of 1 units checked at")
    typed("practice", "edit", "bucket", "logs", "versioning=true")
    said = typed("infra", "drift", "net")
    assert said.code == 0
    assert said.out.startswith("net  1 changed outside\n  ~ practice_bucket.logs  between 20")
    assert "      versioning: false → true\n" in said.out
    assert typed("infra", "drift", "--exit-code").code == 2
    summary = typed("infra", "drift", "--output", "markdown").out
    assert "| ⚠️ | `net` | 1 changed outside |\n" in summary
    refused = typed("infra", "drift", "--output", "markdown", "--every", "6h")
    assert (refused.code, "markdown is of one check" in refused.err) == (1, True)
    found = typed("infra", "drift", "--output", "json").json
    jsonschema.validate(found, typed("schema", "infra-drift").json)
    assert found["summary"]["drifted"] == 1


def test_a_heal_is_shown_whole(typed, bucket: GitRepo) -> None:
    bucket.write({"trunkline.yaml": f"{SETTINGS[:-1]}, policy: [{{apply: approve}}]}}"}).commit()
    typed("practice", "edit", "bucket", "logs", "versioning=true")
    waits = typed("infra", "drift", "--heal")
    assert waits.code == 2
    assert "      versioning: false → true\n" in waits.out
    assert "      versioning: true → false\n" in waits.out
    plan = waits.out.split("trunkline infra approve ")[1].split()[0]
    typed("infra", "approve", plan)
    done = typed("infra", "drift", "--heal")
    assert done.code == 0
    assert "\n✓ net  applied: 1 updated  " in done.out
    assert typed("infra", "drift", "--exit-code").code == 0


def test_taken_over_by_a_patch_that_git_applies(typed, bucket: GitRepo) -> None:
    main = (bucket.path / "net/main.tf").read_text()
    bucket.write({"net/main.tf": main.replace('  region = "eu"\n', MORE)}).commit()
    typed("infra", "plan", "HEAD~1..HEAD")
    assert typed("infra", "apply").code == 0
    typed("practice", "edit", "bucket", "logs", "versioning=true", "public=true")
    said = typed("infra", "drift", "--take-over")
    assert said.code == 0
    assert "-  versioning = false # cheap\n+  versioning = true # cheap\n" in said.out
    assert "net: practice_bucket.logs public: the code does not say it" in said.err
    assert "1 taken over, 1 left to you" in said.err
    subprocess.run(("git", "apply"), cwd=bucket.path, input=said.out, text=True, check=True)
    bucket.git("add", "-A")
    bucket.commit("taken over")
    typed("practice", "edit", "bucket", "logs", "public=false")
    (unit,) = typed("infra", "plan", "HEAD~1..HEAD", "-o", "json").json["units"]
    assert unit["changes"] == []
    found = typed("infra", "drift", "--take-over", "--output", "json").json
    jsonschema.validate(found, typed("schema", "infra-drift").json)
    assert found["takeOver"]["left"][0]["reason"].startswith(
        "the code says otherwise than what was"
    )


def test_either_the_code_or_the_cloud_is_right(typed, bucket: GitRepo) -> None:
    said = typed("infra", "drift", "--take-over", "--heal")
    assert said.code == 1
    assert "--take-over goes with neither" in said.err


def test_a_failure_is_an_exit_code(typed, bucket: GitRepo) -> None:
    bucket.write({"net/more.tf": 'output "x" { value = nothing.at.all }'}).commit()
    said = typed("infra", "drift", "--exit-code")
    assert said.code == 1
    assert said.out.startswith("net  could not be checked\n  Error: ")


def test_code_from_outside_is_not_run(typed, bucket: GitRepo) -> None:
    said = typed("infra", "drift", "--untrusted")
    assert said.code == 1
    assert "drift is not checked for a change from outside" in said.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_it_stays_until_a_signal_ends_it(typed, bucket: GitRepo, number: int) -> None:
    words = (PROGRAM, "infra", "drift", "--every", "1h", "--output", "json")
    with subprocess.Popen(words, cwd=bucket.path, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["summary"]["clean"] == 1
        typed("practice", "edit", "bucket", "logs", "versioning=true")
        process.send_signal(signal.SIGHUP)
        assert json.loads(process.stdout.readline())["summary"]["drifted"] == 1
        process.send_signal(number)
        assert process.wait(60) == 0


def test_a_period_that_is_none_is_said(typed, bucket: GitRepo) -> None:
    said = typed("infra", "drift", "--every", "often")
    assert said.code == 1
    assert "--every often: a duration is expected\n  → for instance 6h, or 90m" in said.err


@contextlib.contextmanager
def staying(repo: GitRepo) -> Iterator[subprocess.Popen[str]]:
    """`infra drift --every 1h --heal`, ended in any case when it hangs."""
    words = (PROGRAM, "infra", "drift", "--every", "1h", "--heal")
    with subprocess.Popen(words, cwd=repo.path, stdout=subprocess.PIPE, text=True) as process:
        late = threading.Timer(PATIENCE, process.kill)
        late.start()
        yield process
        late.cancel()


def told(process: subprocess.Popen[str], last: str) -> str:
    """What is said up to a line that begins so."""
    assert process.stdout
    said: list[str] = []
    for line in process.stdout:
        said.append(line.rstrip())
        if line.startswith(last):
            return "\n".join(said)
    raise AssertionError(said)


def test_what_drifts_while_it_stays_is_healed_and_told(typed, bucket: GitRepo) -> None:
    bucket.write({"trunkline.yaml": f"{SETTINGS[:-1]}, policy: [{{apply: auto}}]}}"}).commit()
    with staying(bucket) as process:
        assert told(process, "1 without drift: 1 of 1 units checked at")
        typed("practice", "edit", "bucket", "logs", "versioning=true")
        process.send_signal(signal.SIGHUP)
        said = told(process, "✓ net  applied: 1 updated")
        assert "net  1 changed outside" in said
        assert "      versioning: false → true" in said
        # A unit that cannot be checked is told, and ends nothing.
        bucket.write({"net/more.tf": 'output "x" { value = nothing.at.all }'}).commit()
        process.send_signal(signal.SIGHUP)
        assert "net  could not be checked" in told(process, "1 failed: 1 of 1 units checked at")
        bucket.write({"net/more.tf": ""}).commit()
        process.send_signal(signal.SIGHUP)
        assert told(process, "1 without drift: 1 of 1 units checked at")
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0


SLOW = """\
resource "terraform_data" "slow" {
  triggers_replace = practice_bucket.logs.versioning
  provisioner "local-exec" { command = "touch STARTED; while [ ! -e GO ]; do sleep 0.05; done" }
}
"""


def test_a_stop_in_the_middle_of_a_heal_leaves_no_lock_and_a_whole_state(
    typed, bucket: GitRepo, tmp_path: Path
) -> None:
    bucket.write({"trunkline.yaml": f"{SETTINGS[:-1]}, policy: [{{apply: auto}}]}}"}).commit()
    typed("practice", "edit", "bucket", "logs", "versioning=true")
    started, go = tmp_path / "started", tmp_path / "go"
    text = SLOW.replace("STARTED", str(started)).replace("GO", str(go))
    bucket.write({"net/more.tf": text}).commit()
    with staying(bucket) as process:
        while not started.exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    go.touch()
    state = json.loads((tmp_path / "state").read_text())
    assert "practice_bucket" in {one["type"] for one in state["resources"]}
    again = typed("infra", "drift", "--heal")
    assert again.code == 0, again
    assert typed("infra", "drift", "--exit-code").code == 0
