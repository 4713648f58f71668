"""The process in which untrusted templates run: `python -m trunkline.edge.render.worker`.

It shuts itself in before it reads the first job, answers one job after the other, and is killed
from outside when one takes too long. Whatever a job raises is an answer; what ends the process
(memory, a crash of the library) is seen by the parent as a broken pipe.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import BinaryIO

import orjson

from trunkline.core.rendering import RenderError
from trunkline.edge.render import (
    helm_program,
    tool_directory,
    tool_helm,
    tool_jq,
    tool_kustomize,
    tool_lua,
)
from trunkline.edge.render.confine import confine
from trunkline.edge.render.limits import MIB, collecting
from trunkline.edge.render.wire import ERROR, HEADER, MANIFESTS, Job

TOOLS = {
    "helm": tool_helm.render,
    "kustomize": tool_kustomize.render,
    "directory": tool_directory.render,
    "lua": tool_lua.judge,
    "jq": tool_jq.locate,
}
PREPARED = {"lua": tool_lua.prepare, "jq": tool_jq.prepare}


def main() -> None:
    """`worker MEMORY OUTPUT FOLDER PROFILE [KUBECTL]`: jobs on stdin, answers on stdout."""
    memory, output, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    kubectl = Path(sys.argv[5]) if len(sys.argv) > 5 else None
    jobs, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    try:
        held = _shut_in(memory, folder, kubectl)
    except Exception as error:
        _answer(answers, ERROR, orjson.dumps([f"{type(error).__name__}: {error}", ""]))
        return
    _answer(answers, MANIFESTS, orjson.dumps(held))
    # What YAML is read into has no circles: looking for some takes longer than reading it.
    gc.freeze()
    gc.set_threshold(50_000)
    while length := jobs.read(HEADER.size):
        job = Job.unpacked(jobs.read(HEADER.unpack(length)[0]))
        _answer(answers, *_done(job, output))


def _shut_in(memory: int, folder: Path, kubectl: Path | None) -> tuple[str, ...]:
    """Confine this process and load its tool; the answer names what holds."""
    os.chdir(folder)
    programs = [kubectl, *helm_program.written(folder)] if kubectl else []
    held = confine(memory=memory, writable=[folder] if kubectl else [], programs=programs)
    if kubectl:
        tool_kustomize.prepare(kubectl, folder, shut_in="landlock" in held, memory=memory)
    elif sys.argv[4] in PREPARED:
        PREPARED[sys.argv[4]]()
    else:
        os.environ |= collecting(memory)
        tool_helm.prepare()
        os.environ.clear()
    return held


def _done(job: Job, most: int) -> tuple[bytes, bytes]:
    try:
        output = TOOLS[job.tool](job.options, job.files)
        data = orjson.dumps(output, option=orjson.OPT_NON_STR_KEYS)
    except RenderError as error:
        return ERROR, orjson.dumps([str(error), error.remedy])
    except MemoryError:
        return ERROR, orjson.dumps(["the render needs more memory than it may have", ""])
    except Exception as error:
        return ERROR, orjson.dumps([f"{type(error).__name__}: {error}", ""])
    if len(data) > most:
        return ERROR, orjson.dumps([f"the render is larger than {most // MIB} MiB", ""])
    return MANIFESTS, data


def _answer(answers: BinaryIO, kind: bytes, data: bytes) -> None:
    answers.write(HEADER.pack(len(data) + 1) + kind + data)
    answers.flush()


if __name__ == "__main__":
    main()
