"""Health rules in Lua, run inside a confined worker.

Each rule runs in a Lua state of its own that is thrown away afterwards, so no rule sees or changes
what another one left. It gets the object, and of Lua's libraries what computes: no `io`, `load`,
`require` of files, `package`, `debug`, no `string.dump`, and nothing of Python. `os` is two clocks,
as in Argo CD. Source only: bytecode can break the interpreter. The state has a memory limit of its
own; what runs too long is ended from outside, with the whole process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import orjson

from trunkline.core.rendering import RenderError

OBJECT = "object.json"
MEMORY = 64 * 1024 * 1024

# Argo CD's Lua is 5.1 with `goto`, which is LuaJIT's too; plain 5.1 where there is none.
LUAS = ("lupa.luajit21", "lupa.lua51")

# Lua's own words in front of a message: where, in the chunk that is called `rule`.
_PLACE = re.compile(r"^(?:\[string \"rule\"\]|rule):(\d{1,6}): ?")

# The rule's globals. What a method of a text finds is `string`, so `dump` must go from there.
_SETTING = """
if jit then jit.off() end
string.dump = nil
local clocks = {time = os.time, date = os.date}
local given = {
  assert = assert, error = error, ipairs = ipairs, next = next, pairs = pairs, pcall = pcall,
  rawequal = rawequal, rawget = rawget, rawset = rawset, select = select, tonumber = tonumber,
  tostring = tostring, type = type, unpack = unpack, xpcall = xpcall, _VERSION = _VERSION,
  setmetatable = setmetatable, getmetatable = getmetatable,
  string = string, table = table, math = math, os = clocks,
  print = function() end,
  require = function(name)
    if name == "os" then return clocks end
    error("module '" .. tostring(name) .. "' is not there", 2)
  end,
}
given._G = given
local setfenv, type, rawget, error = setfenv, type, rawget, error
return function(rule, obj)
  given.obj = obj
  local said = setfenv(rule, given)()
  if said == nil then return "", "" end
  if type(said) ~= "table" then error("a table is expected, not a " .. type(said), 0) end
  local status, message = rawget(said, "status"), rawget(said, "message")
  return type(status) == "string" and status or "", type(message) == "string" and message or ""
end
"""


def prepare() -> None:
    """Load Lua, which a confined process may still do."""
    _library()


def judge(
    options: Mapping[str, Any], files: Mapping[str, bytes]
) -> tuple[list[dict[str, Any]], list[str]]:
    """`{status, message}` as the rule says them, or `{error, line}`; without an object only
    whether it is Lua at all."""
    library = _library()
    source: str = options["source"]
    if source.startswith("\x1b"):
        raise RenderError("a rule is source, not bytecode")
    lua = library.LuaRuntime(
        register_eval=False,
        register_builtins=False,
        unpack_returned_tuples=True,
        attribute_filter=_nothing,
        max_memory=MEMORY,
    )
    try:
        run = lua.execute(_SETTING)
        rule = lua.compile(source, name="=rule")
        if OBJECT not in files:
            return [{}], []
        status, message = run(rule, _table(lua, orjson.loads(files[OBJECT])))
    except library.LuaMemoryError:
        return [{"error": f"it needs more than {MEMORY // 2**20} MiB of memory", "line": 0}], []
    except (library.LuaError, UnicodeDecodeError, RecursionError) as error:
        return [_failure(error)], []
    return [{"status": status, "message": message}], []


def _library() -> Any:
    for name in LUAS:
        try:
            return import_module(name)
        except ImportError:
            continue
    raise RenderError("health rules in Lua need lupa", remedy="pip install lupa")


def _nothing(_object: object, name: object, _setting: bool) -> str:
    raise AttributeError(str(name))


def _table(lua: Any, value: Any) -> Any:
    """JSON as Lua has it: lists from 1, null is not there, numbers are doubles."""
    if isinstance(value, dict):
        return lua.table_from({key: _table(lua, one) for key, one in value.items()})
    if isinstance(value, list):
        return lua.table_from([_table(lua, one) for one in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if abs(value) >= 2**53 else value
    return value


def _failure(error: Exception) -> dict[str, Any]:
    said = str(error).split("\nstack traceback", 1)[0].strip()
    found = _PLACE.match(said)
    told = said[found.end() :] if found else said
    return {"error": told or "an error that is no text", "line": int(found[1]) if found else 0}
