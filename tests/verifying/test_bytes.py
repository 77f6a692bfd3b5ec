"""No byte of an audit can change unseen."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from auditkit.attesting import attested
from auditkit.core.errors import InputError
from auditkit.core.manifest import MANIFEST, Manifest
from auditkit.sealing import standing
from auditkit.verifying import sign, verify
from tests.verifying.bundles import audited, keys, sound, told_of

FLIPS = 2_000


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audited(tmp_path_factory.mktemp("bytes") / "out", gates=2)


def flipped(place: Path, position: int, bit: int, report: Path) -> bool:
    """Whether the report still verifies with one bit of a file beside it turned."""
    whole = place.read_bytes()
    changed = bytearray(whole)
    changed[position] ^= 1 << bit
    place.write_bytes(changed)
    try:
        return sound(report)
    finally:
        place.write_bytes(whole)


def test_every_flipped_bit_of_two_thousand_is_found(report: Path) -> None:
    """Positions and bits are drawn over all bytes of all artefacts, and as many over each file alike."""
    assert sound(report)
    files = sorted(path for path in report.parent.iterdir())
    assert [path.name for path in files] == [MANIFEST, "judgement.json", "plan.toml", "report.html", "report.json"]
    rng, sizes = random.Random(8), [path.stat().st_size for path in files]
    drawn = rng.choices(files, weights=sizes, k=FLIPS // 2) + rng.choices(files, k=FLIPS // 2)
    unseen = [
        (place.name, position, bit)
        for place in drawn
        for position, bit in [(rng.randrange(place.stat().st_size), rng.randrange(8))]
        if flipped(place, position, bit, report)
    ]
    assert unseen == []
    assert sound(report)


def changes(whole: bytes, seed: int) -> Iterator[bytes]:
    """Every byte in turn with one random bit turned."""
    rng = random.Random(seed)
    for k, byte in enumerate(whole):
        yield whole[:k] + bytes([byte ^ 1 << rng.randrange(8)]) + whole[k + 1 :]


def test_every_byte_of_the_manifest_counts(report: Path) -> None:
    whole = report.with_name(MANIFEST).read_bytes()
    unseen = []
    for k, changed in enumerate(changes(whole, 9)):
        with suppress(InputError):
            if not Manifest.from_json(changed).fault(changed):
                unseen.append(k)
    assert len(whole) > 2000
    assert unseen == []


def test_every_byte_of_the_signature_counts(report: Path, tmp_path: Path) -> None:
    private, public = keys(tmp_path)
    envelope, chain = sign(report, private).encode(), standing(report.parent)
    assert chain is not None
    assert attested(envelope, chain, None, public).sound is True
    unseen = [k for k, one in enumerate(changes(envelope, 10)) if attested(one, chain, None, public).sound]
    assert len(envelope) > 1000
    assert unseen == []


@pytest.mark.parametrize("name", ["report.json", "judgement.json", "report.html", "plan.toml", MANIFEST])
def test_a_byte_more_a_byte_less_and_nothing_at_all(name: str, report: Path) -> None:
    place = report.with_name(name)
    whole = place.read_bytes()
    for changed in (whole + b"\n", whole[:-1], b" " + whole, b"", whole.replace(b"\n", b"\r\n", 1)):
        place.write_bytes(changed)
        try:
            assert not sound(report)
        finally:
            place.write_bytes(whole)


def test_what_is_said_of_a_changed_file(report: Path) -> None:
    place = report.with_name("judgement.json")
    whole = place.read_bytes()
    place.write_bytes(whole.replace(b'"FAIL"', b'"PASS"', 1))
    try:
        assert told_of(report).startswith("judgement.json: is not as it was sealed: ")
        assert verify(report).exit_code == 1
    finally:
        place.write_bytes(whole)


def test_bytes_are_compared_in_milliseconds(report: Path) -> None:
    """5 ms of the processor, on average, where nothing is judged again."""
    place = report.with_name("plan.toml")
    whole = place.read_bytes()
    place.write_bytes(whole + b"\n")
    try:
        before = time.process_time()
        assert not any(verify(report).ok for _ in range(20))
        assert (time.process_time() - before) / 20 < 0.005
    finally:
        place.write_bytes(whole)
