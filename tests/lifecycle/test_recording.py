"""A phase's folder holds one step's work: done once, resumed when it was stopped, refused to another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from auditkit.core.errors import InputError
from auditkit.core.manifest import MANIFEST, Manifest, digest
from auditkit.core.step import FILE, Step, Thing
from auditkit.lifecycle import recording
from auditkit.verifying import verify

STEP = Step("curate", (Thing("data", "a.csv", "a" * 64),), settings={"seed": 7})


def test_nothing_is_done_where_nothing_was(tmp_path: Path) -> None:
    assert recording.done(tmp_path, STEP) is None
    assert recording.done(tmp_path / "nowhere", STEP) is None


def test_the_same_work_is_done_and_told_with_what_it_gave(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("x")
    told = recording.given(tmp_path, STEP, {"rows.csv": "data", "card.md": "card"}, {"card.md": "# card"})
    recording.record(tmp_path, told, {"card.md": "# card"}, files=["rows.csv"])
    assert recording.done(tmp_path, STEP) == told
    assert [(one.name, one.hash) for one in told.gave] == [("rows.csv", digest(b"x")), ("card.md", digest(b"# card"))]
    assert verify(tmp_path / FILE).ok


@pytest.mark.parametrize(
    "other",
    [
        Step("curate", STEP.took, settings={"seed": 8}),
        Step("tune", STEP.took, settings={"seed": 7}),
        Step("curate", (Thing("data", "a.csv", "b" * 64),), settings={"seed": 7}),
        Step("curate", (), settings={"seed": 7}),
    ],
    ids=["settings", "phase", "data", "nothing"],
)
def test_other_work_is_refused(other: Step, tmp_path: Path) -> None:
    recording.record(tmp_path, STEP)
    with pytest.raises(InputError, match=r"holds another step: curate with a\.csv\. Give --out another folder"):
        recording.done(tmp_path, other)


def test_a_thing_by_another_name_is_the_same_thing(tmp_path: Path) -> None:
    recording.record(tmp_path, STEP)
    moved = Step("curate", (Thing("data", "elsewhere/b.csv", "a" * 64),), settings={"seed": 7})
    assert recording.done(tmp_path, moved) is not None


@pytest.mark.parametrize("change", ["touch", "remove"])
def test_what_is_not_whole_is_done_again(change: str, tmp_path: Path) -> None:
    recording.record(tmp_path, STEP, {"rows.csv": "x"})
    if change == "touch":
        (tmp_path / "rows.csv").write_text("y")
    else:
        (tmp_path / "rows.csv").unlink()
    assert recording.done(tmp_path, STEP) is None


def test_a_manifest_that_was_changed_is_no_place_to_work(tmp_path: Path) -> None:
    recording.record(tmp_path, STEP)
    (tmp_path / MANIFEST).write_bytes((tmp_path / MANIFEST).read_bytes() + b" ")
    with pytest.raises(InputError, match="is not as it was written"):
        recording.done(tmp_path, STEP)


def test_a_damaged_step_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"schema": 1, "phase": "bake"}')
    with pytest.raises(InputError, match="not a step of a lifecycle"):
        recording.done(tmp_path, STEP)


def test_the_same_work_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        recording.record(tmp_path / name, STEP, {"rows.csv": "x"})
    one, two = (tmp_path / name for name in ("one", "two"))
    assert (one / FILE).read_bytes() == (two / FILE).read_bytes()
    text = (one / FILE).read_text()
    assert str(tmp_path) not in text
    kept = [Manifest.from_json((place / MANIFEST).read_bytes()).entries[-1].artefacts for place in (one, two)]
    assert kept[0] == kept[1]


def test_a_link_to_data_is_followed_and_a_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "real.csv").write_text("x")
    (tmp_path / "link.csv").symlink_to(tmp_path / "far" / "real.csv")
    found = recording.thing("data", tmp_path / "link.csv", tmp_path / "out")
    assert (found.hash, found.name) == (digest(b"x"), "../far/real.csv")
    for path in (tmp_path / "far", tmp_path / "nowhere.csv"):
        with pytest.raises(InputError, match="cannot be read: it is no"):
            recording.thing("data", path, tmp_path)


def test_a_large_file_is_hashed_in_little_memory(tmp_path: Path) -> None:
    """Sparse: 64 MiB that no disk holds, read piece by piece."""
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(64 << 20)
    code = (
        "import resource, sys; from pathlib import Path; from auditkit.lifecycle import recording\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "recording.thing('data', Path(sys.argv[1]), Path('.'))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "large.bin"], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) < 16_000  # KiB


WORK = """
import os, sys
from pathlib import Path
from auditkit.core.step import Step, Thing
from auditkit.lifecycle import recording
step = Step("curate", (Thing("data", "a.csv", "a" * 64),), settings={"seed": 7})
for out in map(str.strip, sys.stdin):  # one at a time, each in a process of its own
    if (pid := os.fork()) == 0:
        for k in range(100_000):
            recording.record(Path(out), step, {f"{n}.csv": str(k) * 200 for n in range(20)})
    print(pid, flush=True)
    os.waitpid(pid, 0)
    print("gone", flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_the_folder_is_the_step_or_is_done_again(tmp_path: Path) -> None:
    """kill -9 while writing and sealing: never is something whole told of files that are not."""
    wholes = []
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", WORK], **pipes) as process:
        for k in range(30):
            out = tmp_path / str(k)
            process.stdin.write(f"{out}\n")
            process.stdin.flush()
            pid = int(process.stdout.readline())
            time.sleep(0.003 * k)
            os.kill(pid, signal.SIGKILL)
            assert process.stdout.readline() == "gone\n"
            found = recording.done(out, STEP)
            wholes.append(found is not None)
            if found is None:
                recording.record(out, STEP, {f"{n}.csv": "x" for n in range(20)})
            assert recording.done(out, STEP) is not None
            assert verify(out / FILE).ok
        process.stdin.close()
    assert False in wholes  # some were hit in the middle


def test_what_somebody_else_wrote_is_not_written_over(tmp_path: Path) -> None:
    step = Step("curate", (Thing("data", "a.csv", "0" * 64),))
    (tmp_path / "data.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"data\.csv is there already, and no step of auditkit wrote it"):
        recording.record(tmp_path, step, {"data.csv": "theirs"})
    assert (tmp_path / "data.csv").read_text(encoding="utf-8") == "mine"
    (tmp_path / "data.csv").write_text("theirs", encoding="utf-8")  # as a phase that was killed leaves it
    recording.record(tmp_path, step, {"data.csv": "theirs"})
    recording.record(tmp_path, step, {"data.csv": "newer"})
