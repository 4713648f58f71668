"""Health rules in Lua: what Argo CD's rules may do works, what nobody should do is ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.util import find_spec
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from trunkline.core.argo.customizations import Customizations
from trunkline.core.argo.lua_rule import LuaRule
from trunkline.core.health import HealthStatus
from trunkline.edge.render import lua
from trunkline.edge.render.lua import LIMITS, LuaRules
from trunkline.engine.judge import Judge

pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDGET = {
    "apiVersion": "example.com/v1",
    "kind": "Widget",
    "metadata": {"name": "it", "generation": 2},
    "spec": {"sizes": [1, 2, 3], "owner": None, "big": 2**60},
    "status": {"phase": "Good", "conditions": [{"type": "Ready", "status": "True"}]},
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rules() -> AsyncIterator[LuaRules]:
    """With time enough on a busy machine."""
    found = LuaRules(replace(LIMITS, seconds=20.0))
    yield found
    await found.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hasty() -> AsyncIterator[LuaRules]:
    found = LuaRules(replace(LIMITS, seconds=1.0))
    yield found
    await found.close()


async def said(rules: LuaRules, source: str, obj: dict[str, Any] = WIDGET) -> str:
    rule = LuaRule("example.com/Widget", source, "rules/health.lua")
    found = await Judge(Customizations.of([rule]), rules).health(obj)
    return f"{found.status.value}: {found.message}"


TYPICAL = """\
hs = {}
if obj.status ~= nil then
  if obj.status.conditions ~= nil then
    for i, condition in ipairs(obj.status.conditions) do
      if condition.type == "Ready" and condition.status == "True" then
        hs.status = "Healthy"
        hs.message = condition.type .. " of " .. obj.metadata.name
        return hs
      end
    end
  end
end
hs.status = "Progressing"
hs.message = "waits"
return hs
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (TYPICAL, "Healthy: Ready of it"),
        ('return {status = "Suspended", message = "rests"}', "Suspended: rests"),
        ('return {status = "Degraded"}', "Degraded: "),
        (
            'return {status = "Healthy", message = #obj.spec.sizes .. tostring(obj.spec.owner)}',
            "Healthy: 3nil",
        ),
        (
            'for k, v in pairs(obj.spec) do if v == 2^60 then return {status = "Healthy"} end end',
            "Healthy: ",
        ),
        (
            'local os = require("os") return {status = "Healthy", message = os.date("!%Y", 0)}',
            "Healthy: 1970",
        ),
        (
            'if os.time() > 1e9 then return {status = "Healthy"} end',
            "Healthy: ",
        ),
        (
            'return {status = "Healthy", message = string.format("%d", 3) .. math.max(1, 2)}',
            "Healthy: 32",
        ),
        (
            'return {status = "Healthy", message = table.concat({"a", ("x"):rep(2)}, ",")}',
            "Healthy: a,xx",
        ),
        ('print("hello") return {status = "Healthy"}', "Healthy: "),
        ("return nil", "Healthy: rules/health.lua:1 says nothing of it"),
        ("return {}", "Healthy: rules/health.lua:1 says nothing of it"),
        (
            'return {status = "Healthy", message = "a\\27[31mred\\nline"}',
            "Healthy: a [31mred line",
        ),
        ('return {status = "Healthy", message = ("x"):rep(5000)}', f"Healthy: {'x' * 999}…"),
    ],
)
async def test_what_a_rule_says(rules: LuaRules, source: str, expected: str) -> None:
    assert await said(rules, source) == expected


@pytest.mark.skipif(find_spec("lupa.luajit21") is None, reason="this wheel has no LuaJIT")
async def test_a_rule_may_jump(rules: LuaRules) -> None:
    assert await said(rules, 'goto done ::done:: return {status = "Healthy"}') == "Healthy: "


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("hs = {}\nhs.status = = 1", "rules/health.lua:2: unexpected symbol near '='"),
        (
            "\n\nreturn obj.nothing.there",
            "rules/health.lua:3: attempt to index field 'nothing' (a nil value)",
        ),
        ('error("not today")', "rules/health.lua:1: not today"),
        ("error({})", "rules/health.lua:1: an error that is no text"),
        ("return 5", "rules/health.lua:1: a table is expected, not a number"),
        (
            'return {status = "Great"}',
            "rules/health.lua:1: gives the status 'Great'; known are " + ", ".join(HealthStatus),
        ),
    ],
)
async def test_what_is_wrong_with_a_rule_is_said_with_its_line(
    rules: LuaRules, source: str, expected: str
) -> None:
    assert await said(rules, source) == f"Unknown: health rule {expected}"


FORBIDDEN = (
    "io", "os.execute", "os.getenv", "os.remove", "load", "loadstring", "loadfile", "dofile",
    "package", "debug", "python", "string.dump", "getfenv", "setfenv", "collectgarbage", "module",
    "jit", "ffi", "newproxy", 'getmetatable("").__index.dump', "coroutine",
)  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDEN)
async def test_what_is_not_there(rules: LuaRules, name: str) -> None:
    source = f'return {{status = "Healthy", message = type({name})}}'
    assert await said(rules, source) == "Healthy: nil"


HOSTILE = {
    "a module": ('require("ffi")', "module 'ffi' is not there"),
    "memory": ("local t = {} for i = 1, 1e9 do t[i] = {i} end", "more than 64 MiB of memory"),
    "a text of 1 GB": ('return ("x"):rep(2 ^ 30)', "more than 64 MiB of memory"),
    "texts joined": ('local s = "x" while true do s = s .. s end', "more than 64 MiB of memory"),
    "recursion": ("local function f() return 1 + f() end return f()", "stack overflow"),
    "bytecode": ("\x1bLJ\x02\x00", "a rule is source, not bytecode"),
    "bytes": ('return {status = "\\255"}', "'utf-8' codec can't decode byte 0xff"),
}


@pytest.mark.parametrize(("source", "expected"), HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_rule_costs_only_its_object(
    rules: LuaRules, source: str, expected: str
) -> None:
    found = await said(rules, source)
    assert found.startswith("Unknown: health rule rules/health.lua:1: ")
    assert expected in found
    assert await said(rules, TYPICAL) == "Healthy: Ready of it"


ENDLESS = {
    "a loop": "while true do end",
    "a loop that catches errors": "while true do pcall(error, 'x') end",
    "a pattern": 'return ("a"):rep(40000):find((".-"):rep(40) .. "b")',
    "a metamethod": "local t = setmetatable({}, {__index = function(t, k) return t[k .. 'x'] end})"
    " while true do pcall(function() return t.a end) end",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
async def test_a_rule_that_never_ends_is_ended(hasty: LuaRules, source: str) -> None:
    found = await said(hasty, source)
    assert found == ("Unknown: health rule rules/health.lua:1: was ended: it ran longer than 1 s")
    assert await said(hasty, TYPICAL) == "Healthy: Ready of it"


async def test_a_rule_that_was_ended_often_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lua, "ENDINGS", 1)
    rules = LuaRules(replace(LIMITS, seconds=0.3))
    try:
        source = 'if obj.metadata.name == "bad" then while true do end end return {}'
        bad = {**WIDGET, "metadata": {"name": "bad"}}
        assert "was ended" in await said(rules, source, bad)
        assert "was ended" in await said(rules, source)
        assert rules._pool.killed == 1
    finally:
        await rules.close()


async def test_a_number_beyond_64_bits_is_one(rules: LuaRules) -> None:
    big = {**WIDGET, "spec": {"size": 10**25}}
    source = 'return {status = "Healthy", message = tostring(obj.spec.size > 1e24)}'
    assert await said(rules, source, big) == "Healthy: true"


async def test_no_rule_changes_what_another_finds(rules: LuaRules) -> None:
    spoil = 'getmetatable("").__index.rep = nil table.concat = nil obj.status = nil tally = 1'
    await said(rules, f"{spoil} return {{}}")
    source = 'return {status = "Healthy", message = ("x"):rep(2) .. tostring(tally)}'
    assert await said(rules, source) == "Healthy: xxnil"


async def test_a_rule_never_sees_a_secret(rules: LuaRules) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "it", "annotations": {"note": "c3VwZXItc2VjcmV0LTE="}},
        "data": {"token": "c3VwZXItc2VjcmV0LTE="},
    }
    source = (
        'return {status = "Healthy", '
        "message = obj.data.token:reverse() .. obj.metadata.annotations.note}"
    )
    rule = LuaRule("Secret", source, "health.lua")
    found = await Judge(Customizations.of([rule]), rules).health(secret)
    assert "c3Vw" not in found.message
    assert "wVXc" not in found.message


async def test_what_is_being_deleted_is_not_asked(rules: LuaRules) -> None:
    gone = {**WIDGET, "metadata": {"name": "it", "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    assert await said(rules, "while true do end", gone) == "Progressing: is being deleted"


async def test_the_workers_are_shut_in(rules: LuaRules) -> None:
    await said(rules, TYPICAL)
    assert "limits" in rules._pool.confinement
