"""However a seal is interrupted, and however many seal at once, the manifest is the old one or the new one."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditkit.core.errors import InputError
from auditkit.core.manifest import MANIFEST, Artefact, Entry, Manifest
from auditkit.sealing import seal, standing
from tests.verifying.bundles import told

ROOT = Path(__file__).parents[2]
CALLS = ("open", "fsync", "replace", "close", "fstat")
PIPES: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
SEALER = """
import sys
from pathlib import Path
from auditkit.sealing import seal
folder = Path(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for k in range(int(sys.argv[2])):
    print(seal(folder, ["judgement.json"]), flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "judgement.json").write_text(told()[1].to_json())
    return tmp_path


def test_what_a_killed_process_left_half_written_goes_with_the_next_seal(folder: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = folder / f".{MANIFEST}.{dead.pid}.partial"
    lives, other = folder / f".{MANIFEST}.{os.getppid()}.partial", folder / ".other.json.partial"
    for path in (left, lives, other):
        path.write_text("half")
    seal(folder, ["judgement.json"])
    assert not left.exists()
    assert lives.read_text() == other.read_text() == "half"


def chain_in(folder: Path) -> Manifest:
    found = standing(folder)
    assert found is not None
    return found


def sealer(folder: Path, times: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", SEALER, folder, str(times)], cwd=ROOT, bufsize=0, **PIPES)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def begin(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    process.stdin.flush()


@pytest.mark.parametrize("kills", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_killed_at_any_moment_the_manifest_is_whole(kills: int, folder: Path) -> None:
    """What was said to be sealed is in the chain, and at most one entry that was not said yet."""
    rng, before = random.Random(kills), 0
    for k in range(kills):
        process = sealer(folder, 100_000)
        begin(process)
        first = process.stdout.readline() if k == kills - 1 else b""  # the last while it seals, however slow it is
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        out, errors = process.communicate()
        assert not errors, errors.decode()
        said = (first + out).decode().split()
        if not (folder / MANIFEST).exists():
            assert said == []
            continue
        chain = chain_in(folder)
        heads = [entry.hash for entry in chain.entries][before:]
        assert heads[: len(said)] == said
        assert len(heads) <= len(said) + 1
        before = len(chain.entries)
    assert before > 0


def failing(monkeypatch: pytest.MonkeyPatch, nth: int, error: BaseException) -> Callable[[], int]:
    """Let the nth call of the operating system from here on fail; how many there were."""
    count = 0

    def wrapped(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == nth:
                if call is not close:
                    raise error
                call(*args, **kwargs)
                raise error
            return call(*args, **kwargs)

        return counted

    close = os.close
    for name in CALLS:
        monkeypatch.setattr(os, name, wrapped(getattr(os, name)))
    return lambda: count


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), OSError(errno.EIO, "I/O"), MemoryError()])
def test_whatever_fails_the_manifest_is_the_old_or_the_new(
    error: BaseException, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(folder, ["judgement.json"])
    (folder / "judgement.json").write_text(told()[1].to_json() + "\n")
    covered = 0
    for nth in range(1, 100):
        before = (folder / MANIFEST).read_bytes()
        with monkeypatch.context() as patched:
            calls = failing(patched, nth, error)
            try:
                seal(folder, ["judgement.json"])
                raised = False
            except (InputError, MemoryError):
                raised = True
        after = (folder / MANIFEST).read_bytes()
        chain = chain_in(folder)
        assert after == before or len(chain.entries) == before.count(b'"previous"') + 1
        assert raised or after != before
        assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, "judgement.json"]
        if calls() < nth:
            break
        covered = nth
    assert covered >= 8, covered


def test_a_full_disk_leaves_the_old_manifest(folder: Path) -> None:
    """No file of this process may grow beyond what is half a manifest."""
    seal(folder, ["judgement.json"])
    before = (folder / MANIFEST).read_bytes()
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (800, 800))\n"
    ran = subprocess.run(
        [sys.executable, "-c", full + SEALER, folder, "1"], cwd=ROOT, input="go\n", capture_output=True, text=True
    )
    assert "Cannot write to" in ran.stderr
    assert len(before) > 600
    assert (folder / MANIFEST).read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, "judgement.json"]


def test_what_is_sealed_is_on_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file before it takes its name, and the folder that holds the name."""
    synced, fsync = [], os.fsync

    def counted(handle: int) -> None:
        synced.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", counted)
    seal(folder, ["judgement.json"])
    assert synced == ["file", "folder"]


def test_of_many_writers_at_once_none_is_lost(folder: Path) -> None:
    writers = [sealer(folder, 15) for _ in range(4)]
    for writer in writers:
        begin(writer)
    said = []
    for writer in writers:
        out, errors = writer.communicate(timeout=120)
        assert not errors, errors.decode()
        said += out.decode().split()
    chain = chain_in(folder)
    assert len(chain.entries) == 60
    assert sorted(entry.hash for entry in chain.entries) == sorted(said)


def test_a_reader_beside_a_writer_sees_the_old_or_the_new(folder: Path) -> None:
    seal(folder, ["judgement.json"])
    writer, reads, longest = sealer(folder, 60), 0, 0
    begin(writer)
    while writer.poll() is None:
        chain = chain_in(folder)
        assert len(chain.entries) >= longest
        longest, reads = len(chain.entries), reads + 1
    writer.communicate()
    assert len(chain_in(folder).entries) == 61
    assert reads > 20


def test_an_entry_holds_when_where_and_on_which_commit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SHA", "a" * 40)
    seal(folder, ["judgement.json"])
    monkeypatch.setenv("GITHUB_SHA", "::error::$(rm -rf /)")
    seal(folder, ["judgement.json"])
    first, second = chain_in(folder).entries
    assert (first.commit, second.commit) == ("a" * 40, "")
    assert first.time.endswith("Z")
    judgement = told()[1]
    assert (first.report_hash, first.policy_hash) == (judgement.report_hash, judgement.policy_hash)
    assert (first.previous, second.previous) == ("", first.hash)


def test_what_is_not_written_anew_stays_as_it_was_sealed(folder: Path) -> None:
    (folder / "plan.toml").write_text("a")
    seal(folder, ["judgement.json", "plan.toml"])
    (folder / "plan.toml").write_text("b")
    seal(folder, ["judgement.json"])
    assert chain_in(folder).entries[-1].artefacts["plan.toml"] == Artefact.of(b"a")


def test_a_damaged_manifest_is_not_added_to(folder: Path) -> None:
    for text in ("", "{}", "[]", "null", '{"schema": 1, "entries": [], "head": ""}', "[" * 100_000, '{"schema": 2}'):
        (folder / MANIFEST).write_text(text)
        with pytest.raises(InputError, match="manifest"):
            seal(folder, ["judgement.json"])
        assert (folder / MANIFEST).read_text() == text


def test_what_is_not_there_cannot_be_sealed(folder: Path) -> None:
    with pytest.raises(InputError, match="Cannot write to"):
        seal(folder, ["report.json"])
    assert not (folder / MANIFEST).exists()


def test_the_head_is_what_jq_and_sha256sum_make_of_the_last_entry() -> None:
    """RFC 8785 by hand: keys sorted, no white space, letters as they are."""
    entry = Entry({"größe.json": Artefact.of(b"x")}, host="a\n\u2028é")
    text = (
        '{"artefacts":{"größe.json":{"given":false,"judgement":"","sha256":'
        '"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881","size":1}},"auditkit":"","baseline_hash":"",'
        '"commit":"","host":"a\\n\u2028é","policy_hash":"","previous":"","report_hash":"","time":""}'
    )
    assert entry.hash == hashlib.sha256(text.encode()).hexdigest()
