"""What becomes of a program: its output, its end in good order, and what it left running."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from trunkline.edge.captured import Captured
from trunkline.edge.programs.ending import members
from trunkline.edge.programs.errors import ProgramError, TimedOut
from trunkline.edge.programs.run import Done, run

ENV = {"PATH": os.environ["PATH"]}
LONG = 60.0


async def shell(script: str, folder: Path, **more: object) -> Done:
    settings: dict[str, object] = {"timeout": LONG, **more}
    return await run(["sh", "-c", script], folder, ENV, **settings)  # type: ignore[arg-type]


async def overdue(script: str, folder: Path, **more: object) -> Done:
    """A script whose time is up as soon as it has made the file `begun`: until then the loop stands
    still, as a busy machine may have it do, and does not know yet what has been started.
    """
    task = asyncio.create_task(shell(script, folder, timeout=0.05, **more))
    for _ in range(2):
        await asyncio.sleep(0)
    stand_still(folder / "begun")
    return await task


def stand_still(until: Path) -> None:
    while not until.exists():
        time.sleep(0.01)


async def until(file: Path) -> str:
    """What another process writes there, a line."""
    while not (file.is_file() and file.read_text().endswith("\n")):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return file.read_text().strip()


async def gone(pid: int) -> None:
    while Path(f"/proc/{pid}").exists() and _state(pid) != "Z":  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


async def test_both_outputs_and_the_code_are_told_apart(tmp_path: Path) -> None:
    assert await shell("echo one; echo two >&2; exit 3", tmp_path) == Done(3, "one\n", "two\n")


async def test_it_sees_nothing_but_its_environment_and_is_asked_nothing(tmp_path: Path) -> None:
    done = await run(["env"], tmp_path, {**ENV, "GREETING": "hello"}, timeout=LONG)
    assert {line.partition("=")[0] for line in done.stdout.splitlines()} <= {"PATH", "GREETING"}
    assert (await shell("cat", tmp_path)).stdout == ""


async def test_lines_are_heard_while_it_runs(tmp_path: Path) -> None:
    """The program waits for a file that is made when its first line was heard."""
    heard: list[str] = []

    def hear(line: str) -> None:
        heard.append(line)
        (tmp_path / "go").touch()

    script = "echo first; until test -e go; do sleep 0.01; done; printf 'last, without an end'"
    await shell(script, tmp_path, heard=hear)
    assert heard == ["first", "last, without an end"]


async def test_of_much_output_both_ends_are_kept(tmp_path: Path) -> None:
    script = "echo beginning; yes | head -c 3000000; echo the end"
    done = await shell(script, tmp_path, output_limit=1000)
    assert done.cut
    assert done.stdout.startswith("beginning\ny\n")
    assert done.stdout.endswith("y\nthe end\n")
    assert "2,999,018 bytes left out" in done.stdout
    assert len(done.stdout) < 1100


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_whatever_the_pieces_what_is_kept_is_the_same(size: int) -> None:
    text = bytes(range(33, 127))
    captured = Captured(20)
    for at in range(0, len(text), size):
        captured.add(text[at : at + size])
    assert captured.text() == (
        text[:10].decode() + f"\n… {len(text) - 20} bytes left out …\n" + text[-10:].decode()
    )


async def test_what_takes_too_long_is_interrupted_once_and_may_put_its_house_in_order(
    tmp_path: Path,
) -> None:
    script = """
    trap 'echo interrupted >> signals; sleep 0.5; echo state written > state; exit 1' INT
    echo started; echo x > begun; while :; do sleep 0.05; done
    """
    with pytest.raises(TimedOut, match=r"(?s)sh .* did not end within 0.05 s; .*started"):
        await overdue(script, tmp_path)
    assert (tmp_path / "state").read_text() == "state written\n"
    assert (tmp_path / "signals").read_text() == "interrupted\n"


async def test_who_is_cancelled_while_it_puts_its_house_in_order_lets_it(tmp_path: Path) -> None:
    """It had its time and writes its state; the first Ctrl-C is no reason to kill it."""
    script = """
    trap 'echo x > told; until test -e go; do sleep 0.05; done; echo done > state; exit 1' INT
    echo x > begun; while :; do sleep 0.05; done
    """
    task = asyncio.create_task(overdue(script, tmp_path))
    await until(tmp_path / "told")
    task.cancel()
    await asyncio.sleep(0)
    (tmp_path / "go").touch()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "state").read_text() == "done\n"


async def test_who_is_cancelled_twice_lets_it_too(tmp_path: Path) -> None:
    """It lost the lease of what it works on, and then came a Ctrl-C."""
    script = """
    trap 'echo x > told; until test -e go; do sleep 0.05; done; echo done > state; exit 1' INT
    echo x > begun; while :; do sleep 0.05; done
    """
    task = asyncio.create_task(shell(script, tmp_path))
    await until(tmp_path / "begun")
    for _ in range(3):
        task.cancel()
        await until(tmp_path / "told")
    (tmp_path / "go").touch()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "state").read_text() == "done\n"


async def test_who_is_cancelled_as_it_begins_lets_it_too(tmp_path: Path) -> None:
    script = "trap 'echo x > told; exit 1' INT; echo x > begun; while :; do sleep 0.05; done"
    task = asyncio.create_task(shell(script, tmp_path))
    for _ in range(2):
        await asyncio.sleep(0)
    stand_still(tmp_path / "begun")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "told").exists()


async def test_where_all_that_goes_on_is_cancelled_it_is_killed(tmp_path: Path) -> None:
    """A second Ctrl-C is a person's "now"."""
    script = "trap 'echo x > told' INT; echo $$ > begun; while :; do sleep 0.05; done"
    task = asyncio.create_task(shell(script, tmp_path))
    pid = int(await until(tmp_path / "begun"))
    task.cancel()
    await until(tmp_path / "told")
    for one in asyncio.all_tasks() - {asyncio.current_task()}:
        one.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(pid)


async def test_what_takes_too_long_is_told_with_its_last_words_in_a_file_too(
    tmp_path: Path,
) -> None:
    begun = "echo x > begun; while :; do sleep 0.05; done"
    script = f"echo creating with hunter22; trap 'exit 1' INT; {begun}"
    with pytest.raises(TimedOut, match=r"(?s)within 0.05 s; .*creating with \(masked\)"):
        await overdue(script, tmp_path, into=tmp_path / "log", secrets=["hunter22"])


async def test_a_program_can_be_interrupted_though_we_cannot(tmp_path: Path) -> None:
    """Started by a shell's `&`, this process would ignore interrupts, and all below it with it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        begun = "echo x > begun; while :; do sleep 0.05; done"
        with pytest.raises(TimedOut):
            await overdue(f"trap 'echo written > state; exit 1' INT; {begun}", tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (tmp_path / "state").read_text() == "written\n"


async def test_what_does_not_listen_is_killed_with_all_it_started(tmp_path: Path) -> None:
    script = "trap '' INT; sleep 1000 & echo $! > below; mv below begun; while :; do sleep 1; done"
    with pytest.raises(TimedOut):
        await overdue(script, tmp_path, grace=0.5)
    await gone(int(await until(tmp_path / "begun")))


async def test_a_cancelled_wait_ends_the_program_first(tmp_path: Path) -> None:
    script = """
    trap 'echo done > state; exit 1' INT
    echo $$ > pid; while :; do sleep 0.05; done
    """
    task = asyncio.create_task(shell(script, tmp_path))
    pid = int(await until(tmp_path / "pid"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "state").read_text() == "done\n"
    while members(pid):  # noqa: ASYNC110 - what was killed ends when the system comes to it
        await asyncio.sleep(0.01)


WRAPPER = f"""\
#!{sys.executable}
import signal, subprocess, sys
signal.signal(signal.SIGINT, lambda *_: open("wrapper", "a").write("told\\n"))
sys.exit(subprocess.run(["sh", "-c", open("below.sh").read()]).returncode)
"""


async def test_below_a_program_that_passes_signals_on_the_lower_one_is_told(tmp_path: Path) -> None:
    """Terragrunt passes a signal on, which would be Terraform's second: stop without a state."""
    (tmp_path / "below.sh").write_text(
        "trap 'echo told >> below; exit 1' INT; echo x > up; while :; do sleep 0.05; done"
    )
    wrapper = tmp_path / "terragrunt"
    wrapper.write_text(WRAPPER)
    wrapper.chmod(0o700)
    task = asyncio.create_task(run([wrapper], tmp_path, ENV, timeout=LONG))
    await until(tmp_path / "up")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "below").read_text() == "told\n"
    assert not (tmp_path / "wrapper").exists()


# OpenTofu and Terraform, where what they started ends in the same moment as they hear of an
# interrupt, may cut the file of their state off as the last thing that they do.
PARENT = f"""\
#!{sys.executable}
import pathlib, signal, subprocess, sys
below = subprocess.Popen(["sh", "below.sh"])
def told(*_):
    pathlib.Path("told").write_text("second" if pathlib.Path("below").exists() else "first")
    if "ends" in sys.argv:
        below.kill()
signal.signal(signal.SIGINT, told)
pathlib.Path("begun").touch()
below.wait()
"""


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    """A program that hears of an interrupt, and has a script below it that does."""
    (tmp_path / "below.sh").write_text(
        "trap 'echo x > below; exit 1' INT; while :; do sleep 0.05; done"
    )
    found = tmp_path / "parent"
    found.write_text(PARENT)
    found.chmod(0o700)
    return found


async def interrupted(*command: str | Path, folder: Path) -> None:
    task = asyncio.create_task(run(command, folder, ENV, timeout=LONG))
    while not (folder / "begun").exists():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_program_hears_of_an_interrupt_before_what_it_started(
    parent: Path, tmp_path: Path
) -> None:
    await interrupted(parent, "ends", folder=tmp_path)
    assert (tmp_path / "told").read_text() == "first"
    assert not (tmp_path / "below").exists()


async def test_what_it_started_hears_of_it_too_where_it_goes_on(
    parent: Path, tmp_path: Path
) -> None:
    await interrupted(parent, folder=tmp_path)
    assert (tmp_path / "told").read_text() == "first"
    assert (tmp_path / "below").exists()


async def test_what_it_leaves_in_the_background_is_neither_waited_for_nor_left(
    tmp_path: Path,
) -> None:
    done = await shell("sleep 1000 & echo $! > below; echo done", tmp_path)
    assert done.stdout == "done\n"
    await gone(int(await until(tmp_path / "below")))


async def test_what_cannot_be_started_says_which_and_why(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match="no-such-program plan in .*: No such file"):
        await run(["/no-such-program", "plan"], tmp_path, ENV, timeout=LONG)
    with pytest.raises(ProgramError, match="sh in .*/gone cannot be started: the folder is not"):
        await run(["sh"], tmp_path / "gone", ENV, timeout=LONG)


async def test_a_secret_of_its_environment_never_comes_back(tmp_path: Path) -> None:
    env = {**ENV, "AWS_SECRET_ACCESS_KEY": "wJalr/<XUt>\nnFEMI", "AWS_REGION": "eu-central-1"}
    heard: list[str] = []
    done = await run(
        ["sh", "-c", 'echo "$AWS_SECRET_ACCESS_KEY in $AWS_REGION"; env >&2; exit 1'],
        tmp_path,
        env,
        timeout=LONG,
        secrets=["eu-central"],
        heard=heard.append,
    )
    assert done.stdout == "(masked) in (masked)-1\n"
    assert "wJalr" not in done.stderr and "AWS_SECRET_ACCESS_KEY=(masked)" in done.stderr
    assert heard == ["(masked)", "nFEMI in (masked)-1"]


async def test_output_may_go_through_a_file_which_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "log"
    command = [sys.executable, "-c", "import sys; print('out'); sys.stderr.write('a-secret-word')"]
    done = await run(command, tmp_path, {}, timeout=30, secrets=["a-secret-word"], into=file)
    assert sorted(done.stdout.split()) == ["(masked)out"] or "(masked)" in done.stdout
    assert "a-secret-word" not in done.stdout
    assert file.stat().st_mode & 0o777 == 0o600
