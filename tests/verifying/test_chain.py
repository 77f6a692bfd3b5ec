"""Entries are neither taken away nor moved nor put in unseen, and a forged judgement is judged again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from auditkit import gate
from auditkit.core.errors import InputError
from auditkit.core.judgement import Acceptance, Judgement, Notice, Outcome
from auditkit.core.manifest import ENVELOPE, MANIFEST
from auditkit.sealing import seal, standing
from auditkit.verifying import sign, verify
from tests.verifying.bundles import LAX, audited, copied, judged, keys, rewritten, sound, told, told_of

Entries = list[dict[str, Any]]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five entries, of which the last three sealed the same bytes."""
    return audited(tmp_path_factory.mktemp("chain") / "out", gates=3)


def forged(entries: Entries) -> None:
    entries.insert(2, {**entries[2], "host": "elsewhere"})


def another_time(entries: Entries) -> None:
    entries[1]["time"] = "2020-01-01T00:00:00Z"


INSIDE: dict[str, Callable[[Entries], object]] = {
    "the first deleted": lambda entries: entries.pop(0),
    "one deleted": lambda entries: entries.pop(2),
    "reordered": lambda entries: entries.insert(1, entries.pop(2)),
    "reversed": lambda entries: entries.reverse(),
    "one repeated": lambda entries: entries.insert(3, entries[2]),
    "the last repeated": lambda entries: entries.append(entries[-1]),
    "one put in": forged,
    "one changed": another_time,
}


@pytest.mark.parametrize("head", [False, True], ids=["head as it was", "head computed anew"])
@pytest.mark.parametrize("what", INSIDE)
def test_what_happens_inside_the_chain_is_found(what: str, head: bool, report: Path, tmp_path: Path) -> None:
    place = copied(report, tmp_path / "copy")
    assert sound(place)
    rewritten(place.parent, INSIDE[what], head)
    assert told_of(place).startswith(f"{MANIFEST}: is not as it was written: ")
    with pytest.raises(InputError, match="is not as it was written"):
        seal(place.parent, ["judgement.json"])


def test_an_end_cut_off_is_found_by_its_head_alone(report: Path, tmp_path: Path) -> None:
    place = copied(report, tmp_path / "copy")
    rewritten(place.parent, lambda entries: entries.pop(), head=False)
    assert "its head is not the hash" in told_of(place)


def test_an_end_cut_off_with_a_new_head_is_found_by_whoever_kept_the_head(report: Path, tmp_path: Path) -> None:
    """The documented limit: without a signature nothing in the folder tells, and the head that was printed does."""
    place = copied(report, tmp_path / "copy")
    kept = verify(place).facts[0].found
    rewritten(place.parent, lambda entries: entries.pop(), head=True)
    assert verify(place).ok
    assert verify(place).facts[0].found != kept


@pytest.mark.parametrize("links", [False, True], ids=["cut off", "written anew"])
def test_a_signature_finds_what_the_chain_cannot(links: bool, report: Path, tmp_path: Path) -> None:
    place = copied(report, tmp_path / "copy")
    private, public = keys(tmp_path)
    place.with_name(ENVELOPE).write_text(sign(place, private))
    assert sound(place, public)
    rewritten(place.parent, lambda entries: entries.pop(-1 - links), head=True, links=links)
    assert "entries were taken away or rewritten" in told_of(place)
    assert "entries were taken away or rewritten" in told_of(place, public)


@pytest.mark.parametrize("name", ["report.json", "judgement.json", "report.html", "plan.toml"])
def test_an_artefact_taken_away_is_missed(name: str, report: Path, tmp_path: Path) -> None:
    place = copied(report, tmp_path / "copy")
    place.with_name(name).unlink()
    assert told_of(place) == f"{name}: is sealed, and not there"


def test_a_forged_judgement_whose_every_hash_is_right_is_judged_again(tmp_path: Path) -> None:
    place = audited(tmp_path / "out")
    honest = told()[1]
    verdicts = tuple(replace(v, outcome=Outcome.PASS, sentence="Bias ruled out.") for v in honest.verdicts)
    judged(place.parent, replace(honest, verdicts=verdicts))
    said = told_of(place)
    assert "come out otherwise" in said
    assert "FAIL (exit code 1) and not PASS (exit code 0)" in said


def test_a_forged_acceptance_and_a_forged_warning_are_judged_again(tmp_path: Path) -> None:
    """The verdicts are left as they are, and what a pipeline does of them is not."""
    place = audited(tmp_path / "out")
    honest, wide = told()[1], {"rules": [{"rule": "within", "margin": 0.45}]}
    answers = [
        Acceptance(v.rule, v.key, "a quota", "Eve", date(2099, 1, 1)) if v.key else None for v in honest.verdicts
    ]
    accepted = tuple(replace(v, accepted=one) for v, one in zip(honest.verdicts, answers, strict=True))
    unsure = gate(told()[0], wide)
    assert (unsure.outcome, unsure.exit_code) == (Outcome.INCONCLUSIVE, 3)
    for forgery in (replace(honest, verdicts=accepted), replace(unsure, warn=True)):
        assert forgery.exit_code == 0
        judged(place.parent, forgery)
        assert "come out otherwise" in told_of(place)


@pytest.mark.parametrize(("was", "forged"), [('"outcome": "FAIL"', '"outcome": "PASS"'), ('code": 1', 'code": 0')])
def test_a_judgement_whose_head_contradicts_its_verdicts_is_refused(was: str, forged: str, tmp_path: Path) -> None:
    place = audited(tmp_path / "out")
    text = told()[1].to_json()
    assert was in text
    place.with_name("judgement.json").write_text(text.replace(was, forged, 1))
    with pytest.raises(InputError, match="its verdicts say FAIL and 1"):
        seal(place.parent, ["judgement.json"])


def test_a_verdict_left_out_is_missed(tmp_path: Path) -> None:
    place = audited(tmp_path / "out")
    honest = told()[1]
    judged(place.parent, replace(honest, verdicts=honest.verdicts[1:]))
    assert "come out otherwise" in told_of(place)


def test_a_page_of_another_judgement_is_stale(tmp_path: Path) -> None:
    place = audited(tmp_path / "out")
    judged(place.parent, gate(told()[0], LAX))
    assert told_of(place) == "report.html: shows another judgement. Render it again: auditkit show"


def other_report(judgement: Judgement) -> Judgement:
    return replace(judgement, report_hash="0" * 64)


def other_policy(judgement: Judgement) -> Judgement:
    return replace(judgement, policy={**judgement.policy, "multiplicity": "none"})


@pytest.mark.parametrize(("change", "what"), [(other_report, "report"), (other_policy, "policy")])
def test_a_judgement_is_of_its_report_and_its_policy(
    change: Callable[[Judgement], Judgement], what: str, tmp_path: Path
) -> None:
    place = audited(tmp_path / "out", gates=0)
    place.with_name("report.html").unlink()
    place.with_name(MANIFEST).unlink()
    place.with_name("judgement.json").write_text(change(told()[1]).to_json())
    seal(place.parent, ["report.json", "judgement.json"])
    assert told_of(place).startswith(f"{what}: is not the one that was judged")


@pytest.mark.parametrize(
    "change", [{"baseline_hash": "b" * 64}, {"notices": (Notice("state", "3 reports count together."),)}]
)
def test_what_else_took_part_is_not_repeated(change: dict[str, Any], tmp_path: Path) -> None:
    place = audited(tmp_path / "out", gates=0)
    place.with_name(MANIFEST).unlink()
    place.with_name("judgement.json").write_text(replace(told()[1], **change).to_json())
    seal(place.parent, ["report.json", "judgement.json"])
    found = verify(place)
    assert found.exit_code == 0
    assert found.facts[-1].sound is None
    assert "not judged again" in found.facts[-1].found


def test_a_judgement_that_nobody_sealed_is_no_judgement(tmp_path: Path) -> None:
    place = told()[0].save(tmp_path / "report.json")
    seal(tmp_path, ["report.json"])
    assert verify(place).facts[-1].found == "is not there: nothing was judged"
    place.with_name("judgement.json").write_text(told()[1].to_json())
    assert told_of(place) == "judgement.json: is there and not sealed"


def test_a_lone_report_is_told_from_a_verified_one(tmp_path: Path) -> None:
    place = told()[0].save(tmp_path / "report.json")
    found = verify(place)
    assert (found.exit_code, found.ok, found.sealed) == (2, False, False)
    assert "there is none" in found.facts[0].found
    other = told()[0].save(tmp_path / "other.json")
    seal(tmp_path, ["other.json"])
    assert verify(other).ok
    assert verify(place).exit_code == 2


STRANGE = ("../../etc/passwd", "/etc/passwd", "a\nb", "..", "run/run.sqlite", "C:\\x", MANIFEST, "nul.json", "", "\x1b")


@pytest.mark.parametrize("name", STRANGE)
def test_a_manifest_names_files_of_its_own_folder_only(name: str, report: Path, tmp_path: Path) -> None:
    """Such a chain is refused unread, though every hash in it is right."""
    place = copied(report, tmp_path / "copy")
    data = json.loads(place.with_name(MANIFEST).read_bytes())
    data["entries"][-1]["artefacts"][name] = data["entries"][-1]["artefacts"]["plan.toml"]
    place.with_name(MANIFEST).write_text(json.dumps(data))
    with pytest.raises(InputError, match="damaged"):
        verify(place)


@pytest.mark.parametrize("name", ["report.json", "report.html", MANIFEST])
def test_a_link_is_not_followed(name: str, report: Path, tmp_path: Path) -> None:
    """Not even to the very bytes that were sealed."""
    place = copied(report, tmp_path / "copy")
    (tmp_path / "elsewhere").write_bytes(place.with_name(name).read_bytes())
    place.with_name(name).unlink()
    place.with_name(name).symlink_to(tmp_path / "elsewhere")
    assert not sound(place)


def test_a_given_report_is_sealed_as_it_is_and_its_changes_are_in_the_chain(tmp_path: Path) -> None:
    """Who saves reports from Python writes them anew each night; what auditkit wrote itself stays as it was sealed."""
    report, judgement = told()
    place = report.save(tmp_path / "report.json")
    (tmp_path / "judgement.json").write_text(judgement.to_json())
    seal(tmp_path, ["judgement.json"], given=["report.json"])
    assert "given to auditkit" in " ".join(fact.found for fact in verify(place).facts)
    place.write_text(place.read_text().replace('"subject": "', '"subject": "another '))
    assert not sound(place)
    seal(tmp_path, ["judgement.json"], given=["report.json"])
    chain = standing(tmp_path)
    assert chain is not None
    first, second = (entry.artefacts["report.json"] for entry in chain.entries)
    assert first.sha256 != second.sha256
    seal(tmp_path, ["report.json"])
    place.write_text(place.read_text() + " ")
    seal(tmp_path, ["judgement.json"], given=["report.json"])
    assert told_of(place).startswith("report.json: is not as it was sealed")


def test_a_link_is_not_sealed_as_given(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    told()[0].save(tmp_path / "elsewhere.json")
    place = tmp_path / "out" / "report.json"
    place.symlink_to(tmp_path / "elsewhere.json")
    (tmp_path / "out" / "judgement.json").write_text(told()[1].to_json())
    seal(tmp_path / "out", ["judgement.json"], given=["report.json"])
    assert verify(place).exit_code == 2
