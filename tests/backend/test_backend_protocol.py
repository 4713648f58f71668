"""The protocol of the programs' http backend, request by request, as traces."""

from __future__ import annotations

import json

import pytest

from backend.conftest import LINEAGE, UNIT, Backend, lock, md5, state

ONE, TWO = state(1), state(2)

# Method, body, lock in the query; then status, and the holder's lock or the beginning of the error.
TRACES: dict[str, list[tuple[str, bytes | None, str, int, str]]] = {
    "a first apply, and a second": [
        ("GET", None, "", 204, ""),
        ("LOCK", lock("A"), "", 200, ""),
        ("GET", None, "", 204, ""),
        ("POST", ONE, "A", 200, ""),
        ("UNLOCK", lock("A"), "", 200, ""),
        ("LOCK", lock("B"), "", 200, ""),
        ("POST", TWO, "B", 200, ""),
        ("UNLOCK", lock("B"), "", 200, ""),
        ("GET", None, "", 200, "2"),
    ],
    "two want the lock": [
        ("LOCK", lock("A", "ann"), "", 200, ""),
        ("LOCK", lock("B", "bob"), "", 423, "ann"),
        ("POST", ONE, "B", 423, "ann"),
        ("POST", ONE, "", 423, "ann"),
        ("DELETE", None, "", 423, "ann"),
        ("UNLOCK", lock("B"), "", 409, "ann"),
        ("UNLOCK", lock("A"), "", 200, ""),
        ("LOCK", lock("B", "bob"), "", 200, ""),
    ],
    "a lock is forced": [
        ("LOCK", lock("A"), "", 200, ""),
        ("UNLOCK", b"", "", 200, ""),
        ("POST", ONE, "A", 409, "the lock A was given back, or taken away"),
        ("LOCK", lock("B"), "", 200, ""),
        ("UNLOCK", lock("A"), "", 409, "ann@laptop"),
    ],
    "an update without a lock": [
        ("POST", ONE, "", 428, "an update without a lock"),
        ("PUT", ONE, "", 428, "an update without a lock"),
        ("GET", None, "", 204, ""),
    ],
    "answers that came late, so requests come twice": [
        ("LOCK", lock("A"), "", 200, ""),
        ("LOCK", lock("A"), "", 200, ""),
        ("POST", ONE, "A", 200, ""),
        ("POST", ONE, "A", 200, ""),
        ("UNLOCK", lock("A"), "", 200, ""),
        ("UNLOCK", lock("A"), "", 200, ""),
        ("POST", ONE, "A", 200, ""),
        ("LOCK", lock("A"), "", 409, "ann@laptop"),
        ("LOCK", lock("B"), "", 200, ""),
        ("UNLOCK", lock("A"), "", 409, "ann@laptop"),
        ("POST", TWO, "A", 423, "ann@laptop"),
    ],
    "states of another time or unit": [
        ("LOCK", lock("A"), "", 200, ""),
        ("POST", state(5), "A", 200, ""),
        ("POST", state(4), "A", 409, "the serial goes back: serial 4 is to follow serial 5"),
        ("POST", state(5, more="x"), "A", 409, "the serial was used before for another state"),
        ("POST", state(6, "other"), "A", 409, f"the lineage differs: other is to follow {LINEAGE}"),
        ("GET", None, "", 200, "5"),
    ],
    "a state is deleted and begun anew": [
        ("DELETE", None, "", 200, ""),
        ("LOCK", lock("A"), "", 200, ""),
        ("POST", state(7), "A", 200, ""),
        ("UNLOCK", lock("A"), "", 200, ""),
        ("DELETE", None, "", 200, ""),
        ("DELETE", None, "", 200, ""),
        ("GET", None, "", 204, ""),
        ("LOCK", lock("B"), "", 200, ""),
        ("POST", state(1, "other"), "B", 200, ""),
    ],
    "what is no state": [
        ("LOCK", lock("A"), "", 200, ""),
        ("POST", b"", "A", 400, "a state is JSON"),
        ("POST", b"[1]", "A", 400, "a state is an object"),
        ("POST", b'{"version": 3, "serial": 1, "lineage": "x"}', "A", 400, "a state of version 4"),
        ("POST", b'{"version": 4, "lineage": "x"}', "A", 400, "the state has no serial"),
        ("POST", b'{"version": 4, "serial": -1, "lineage": "x"}', "A", 400, "the state has no s"),
        ("POST", b'{"version": 4, "serial": 1}', "A", 400, "the state has no lineage"),
        ("POST", b'{"encrypted_data": "x", "serial": 1, "lineage": "x"}', "A", 200, ""),
    ],
    "what is no lock": [
        ("LOCK", b"", "", 400, "a lock is described in JSON"),
        ("LOCK", b"{}", "", 400, "a lock has an ID"),
        ("LOCK", b'{"ID": 7}', "", 400, "a lock has an ID"),
        ("LOCK", b"x" * 70_000, "", 413, "at most 65536 bytes"),
        ("UNLOCK", b"[]", "", 400, "a lock has an ID"),
    ],
}


@pytest.mark.parametrize("trace", TRACES)
async def test_trace(backend: Backend, trace: str) -> None:
    for number, (method, data, lock_id, status, said) in enumerate(TRACES[trace]):
        answer = await backend.ask(method, data=data, ID=lock_id)
        where = f"{number}: {method} → {answer.status} {answer.body[:200]!r}"
        assert answer.status == status, where
        if status in (409, 423) and b'"ID"' in answer.body:
            assert json.loads(answer.body)["Who"] == said, where
        elif status >= 400:
            assert answer.said.startswith(said), where
        elif said:
            assert json.loads(answer.body)["serial"] == int(said), where


async def test_a_state_comes_back_to_the_byte(backend: Backend) -> None:
    assert await backend.saved(ONE) == 200
    answer = await backend.ask("GET")
    assert (answer.body, answer.headers["Content-MD5"]) == (ONE, md5(ONE))


async def test_the_holder_is_told_as_its_program_said_it(backend: Backend) -> None:
    await backend.ask("LOCK", data=lock("A"))
    refused = await backend.ask("LOCK", data=lock("B"))
    assert json.loads(refused.body) == json.loads(lock("A"))


async def test_units_know_nothing_of_each_other(backend: Backend) -> None:
    assert await backend.saved(ONE, "infra/a") == 200
    await backend.ask("LOCK", "infra/a", lock("A"))
    assert (await backend.ask("GET", "infra/b")).status == 204
    assert (await backend.ask("LOCK", "infra/b", lock("B"))).status == 200


async def test_every_version_is_kept_and_can_come_back(backend: Backend) -> None:
    for serial in (1, 2, 3):
        assert await backend.saved(state(serial, mark=f"version {serial}")) == 200
    await backend.ask("DELETE")
    restored = await backend.store.states.restore(UNIT, 1, "ann@laptop")
    now = json.loads((await backend.ask("GET")).body)
    assert (now["mark"], now["serial"]) == ("version 1", 4)
    versions = await backend.store.states.versions(UNIT)
    kinds = [(one.version, one.kind, one.head.serial, one.by) for one in versions]
    assert kinds == [
        (5, "restored", 4, "ann@laptop"),
        (4, "deleted", 3, "ci"),
        (3, "kept", 3, "ci"),
        (2, "kept", 2, "ci"),
        (1, "kept", 1, "ci"),
    ]
    assert restored.version == versions[0]  # type: ignore[union-attr]
    assert await backend.store.states.read(UNIT, 2) == state(2, mark="version 2")
    assert await backend.saved(state(5)) == 200


async def test_what_happened_is_on_record(backend: Backend) -> None:
    await backend.saved(ONE)
    await backend.ask("LOCK", data=lock("A"))
    await backend.ask("UNLOCK", data=b"")
    await backend.ask("LOCK", data=lock("B"))
    await backend.ask("POST", data=state(0), ID="B")
    events = [(one.what, one.message) for one in await backend.store.states.events(UNIT)]
    assert events == [
        ("refused", "the serial goes back: serial 0 is to follow serial 1"),
        ("locked", "ann@laptop"),
        ("forced", "ann@laptop"),
        ("locked", "ann@laptop"),
        ("unlocked", "ann@laptop"),
        ("kept", "version 1, serial 1"),
        ("locked", "ann@laptop"),
    ]
