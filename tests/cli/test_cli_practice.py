"""`trunkline practice`: what is typed beside what it says and what becomes of the cloud."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trunkline.practice.cloud.file import CloudFile
from trunkline.practice.kinds import KINDS

GIVEN: dict[str, Any] = {
    **{field.name: field.default for field in KINDS["database"].fields},
    "name": "accounts",
    "engine": "postgres",
    "network_id": "net-1",
    "password": "s3cr3t-pa55word",
    "region": "eu",
}


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CloudFile:
    """A cloud with one database, in the folder that one stands in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PRACTICE_CLOUD", raising=False)
    file = CloudFile(tmp_path / "cloud.json")
    with file.changing() as world:
        world.create(KINDS["database"], GIVEN)
    return file


def test_objects_are_listed_and_shown_without_their_secrets(typed, cloud) -> None:
    assert "database  accounts  eu" in typed("practice", "show").out
    said = typed("practice", "show", "database", "accounts", "--output", "json")
    assert said.json["engine"] == "postgres"
    assert (said.json["password"], said.json["url"]) == ("(sensitive)", "(sensitive)")
    whole = "".join(
        typed("practice", "show", *words).out
        for words in ((), ("database", "accounts"), ("--output", "json"))
    )
    assert "s3cr3t" not in whole


def test_an_object_is_changed_and_deleted_from_outside(typed, cloud) -> None:
    words = ("practice", "edit", "database", "accounts", "size=huge", "tags={team: data}")
    assert typed(*words).code == 0
    found = cloud.read().find("database", "accounts")
    assert found and (found["size"], found["tags"]) == ("huge", {"team": "data"})
    assert typed("practice", "forget", "database", "accounts").code == 0
    assert "nothing in this cloud" in typed("practice", "show").err


def test_faults_come_and_go(typed, cloud) -> None:
    words = ("--on", "create", "--kind", "database", "--times", "1")
    said = typed("practice", "fault", "crash", *words)
    assert said.out == "crash kind=database on=create times=1\n"
    assert cloud.read().data["faults"] == [
        {"do": "crash", "on": "create", "kind": "database", "name": "*", "times": 1}
    ]
    assert typed("practice", "fault", "none").out == ""


def test_quotas_come_and_go(typed, cloud) -> None:
    assert typed("practice", "quota", "eu/database", "3").out == "eu/database 3\n"
    assert typed("practice", "quota", "eu/database").out == ""


def test_the_variables_lead_to_the_provider(typed, cloud) -> None:
    found = typed("practice", "env", "--output", "json").json
    assert Path(found["TF_CLI_CONFIG_FILE"]).is_file()
    assert found["PRACTICE_CLOUD"] == cloud.path
    assert "export TF_DISABLE_PLUGIN_TLS=1\n" in typed("practice", "env").out


REFUSED = {
    "an object that is not there": ("edit database nope size=1", "there is no database nope"),
    "a field that is not there": ("edit database accounts colour=red", "has no field colour"),
    "a kind that is not there": ("forget planet mars", "there is no kind planet"),
    "no value": ("edit database accounts size", "size is no FIELD=VALUE"),
    "a fault that is none": ("fault explode", "nothing does explode"),
    "a call that is none": ("fault fail --on sleep", "there is no call sleep"),
    "a quota of nothing": ("quota planet 3", "there is no kind planet"),
    "something that is not there": ("show database nope", "there is no database nope"),
}


@pytest.mark.parametrize(("words", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_why(typed, cloud, words: str, says: str) -> None:
    said = typed("practice", *words.split())
    assert (said.code, said.out) == (1, "")
    assert says in said.err


def test_a_file_that_is_no_cloud_is_said_to_be_none(typed, cloud) -> None:
    Path(cloud.path).write_text("{")
    for words in (("edit", "database", "a", "size=1"), ("show",), ("fault",), ("quota",)):
        assert "is no practice cloud" in typed("practice", *words).err
