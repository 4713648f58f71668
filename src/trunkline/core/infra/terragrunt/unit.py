"""One unit: its file, those that it includes, and the module that it runs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from trunkline.core.finding import Severity
from trunkline.core.infra.hcl import HclError
from trunkline.core.infra.hcl.evaluate import UNKNOWN, choices, evaluate, known_start
from trunkline.core.infra.hcl.syntax import Attribute, Expression
from trunkline.core.infra.modules import ENDLESS, Modules, code_of
from trunkline.core.infra.reading import ROOT, Files, Reading, from_root, is_elsewhere
from trunkline.core.infra.terragrunt.config import Config
from trunkline.core.infra.terragrunt.functions import UNIT_FILE
from trunkline.core.infra.terragrunt.gather import gather, settle_dependencies
from trunkline.core.infra.terragrunt.template import needs_values
from trunkline.core.snapshot import missing

# Who is taken out of one of these is no unit here: nothing is planned of it.
PLANS = frozenset({"all", "all_except_output", "plan"})

__all__ = ["UNIT_FILE", "local_module", "module_of", "read_unit"]


def read_unit(
    files: Files, modules: Modules, directory: str, values: Mapping[str, Any] | None = None
) -> Reading:
    """Everything that the unit in a directory reads; a broken file is a finding of it.

    `values` are those that its stack gives it, None for a unit that no stack makes.
    """
    found = Reading()
    file = posixpath.join(directory, UNIT_FILE)
    try:
        body = files.body(file)
    except HclError as error:
        if files.is_file(file):
            found.broken(files.real(file), error)
        else:
            found.missing("", 0, f"it is made from {files.real(file)}")
        return found
    if values is None and needs_values(files, file):
        found.runs = False
        return found
    config = Config(files, file, body, directory, found, values=values or {})
    try:
        whole = (config, *config.included())
        for one in whole:
            gather(one)
        settle_dependencies(found)
        every = tuple(one for one in whole if one.is_merged)
        _read_module(every, modules, found)
        # `skip` is a file's own word, `exclude` that of all.
        found.kept_from = set(_kept_from(every))
        found.excluded = config.attribute("skip") is True or not found.kept_from.isdisjoint(PLANS)
    except RecursionError:
        found.broken(file, HclError(ENDLESS, 0))
    found.dependencies.discard(directory)
    return found


def _read_module(configs: tuple[Config, ...], modules: Modules, found: Reading) -> None:
    """What its source leads to; without one the module is here."""
    if said := _source(configs):
        one, source = said
        every = choices(source.value, one)
        for choice in every:
            _read_source(choice, source.line, one, modules, found, is_sure=len(every) == 1)
        return
    unit = configs[0].unit
    found.runs = bool(code_of(configs[0].files, unit))
    inner = modules.reading(unit, unit)
    found.modules |= inner.modules
    found.reads |= inner.reads
    found.findings += inner.findings


def _source(configs: Iterable[Config]) -> tuple[Config, Attribute] | None:
    """Where a unit's source is said: the child's word counts before its parents'."""
    for one in configs:
        for block in one.body.of("terraform"):
            if source := block.body.attribute("source"):
                return one, source
    return None


def module_of(files: Files, directory: str) -> str:
    """What the unit in a directory runs, without its version: a module of this repository by its
    directory, one of elsewhere by its address as far as files say it. "" where it is its own.
    """
    file = posixpath.join(directory, UNIT_FILE)
    try:
        config = Config(files, file, files.body(file), directory, Reading())
        said = _source((config, *(one for one in config.included() if one.is_merged)))
    except (HclError, RecursionError):
        return ""
    if said is None:
        return ""
    value = evaluate(said[1].value, said[0])
    named = value if isinstance(value, str) else known_start(said[1].value, said[0])
    return local_module(named, directory) or named.partition("?")[0]


def _read_source(
    source: Expression,
    line: int,
    config: Config,
    modules: Modules,
    found: Reading,
    *,
    is_sure: bool,
) -> None:
    value = evaluate(source, config)
    if value is UNKNOWN and not is_elsewhere(known_start(source, config)):
        found.unclear(config.file, line, "terraform.source")
    module = local_module(value, config.unit)
    if module is not None:
        if is_sure and module and not config.files.is_directory(module):
            what, why = f"it runs the module {module}", missing(config.files.snapshot, module)
            found.missing(config.file, line, what, Severity.WARNING, why)
        _take_in(module, modules, found)


def _take_in(module: str, modules: Modules, found: Reading) -> None:
    inner = modules.reading(module, module)
    found.modules |= {module, *inner.modules} - {""}
    found.reads |= inner.reads
    found.findings += inner.findings


def local_module(source: Any, directory: str) -> str | None:
    """The module's directory in this repository; None for a source elsewhere.

    Of `path//module` Terragrunt copies `path` and works in `path/module`. What else it copies
    counts only if the module names it.
    """
    if not isinstance(source, str) or not source.startswith((".", ROOT)):
        return None
    return from_root(source.replace("//", "/"), directory)


def _kept_from(configs: Iterable[Config]) -> Iterator[str]:
    """The actions that the unit is taken out of, `exclude { if = true }`: the child's word counts,
    else its parents'.
    """
    said = ((one, block) for one in configs for block in one.body.of("exclude"))
    for config, block in islice(said, 1):
        condition = block.body.attribute("if")
        actions = block.body.attribute("actions")
        named = evaluate(actions.value, config) if actions else []
        if condition and evaluate(condition.value, config) is True and isinstance(named, list):
            yield from (one for one in named if isinstance(one, str))
