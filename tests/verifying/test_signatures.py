"""Signatures are those of the standards, and are worth what the key is worth."""

from __future__ import annotations

import builtins
import json
import subprocess
from base64 import b64decode
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from auditkit.attesting import RESULT, STATEMENT, statement
from auditkit.core.errors import InputError
from auditkit.core.finding import Key
from auditkit.core.judgement import Acceptance, Judgement, Outcome, Verdict
from auditkit.core.manifest import ENVELOPE, MANIFEST, Artefact, Entry, Manifest, digest
from auditkit.sealing import standing
from auditkit.signing import Envelope, key_id, pae
from auditkit.verifying import sign, verify
from tests.verifying.bundles import audited, copied, judged, keys, sound, told, told_of


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audited(tmp_path_factory.mktemp("signed") / "out", gates=0)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return keys(tmp_path_factory.mktemp("keys"))


def test_the_keys_are_those_of_rfc_8032(tmp_path: Path) -> None:
    """Section 7.1, test 1: secret key, public key and the signature of the empty message."""
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    private = Ed25519PrivateKey.from_private_bytes(secret)
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert private.public_key().public_bytes_raw().hex() == public
    assert private.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2"
        "4655141438e7a100b"
    )
    (tmp_path / "key.pem").write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    sealed = Envelope.sealed("text/plain", b"hello", tmp_path / "key.pem")
    assert sealed.signature == private.sign(b"DSSEv1 10 text/plain 5 hello")


def test_what_is_signed_is_the_encoding_of_dsse() -> None:
    """The example of the DSSE protocol, version 1; lengths are of bytes, not of letters."""
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("é", b"") == "DSSEv1 2 é 0 ".encode()


def test_the_envelope_is_checked_by_openssl_too(report: Path, pair: tuple[Path, Path], tmp_path: Path) -> None:
    told_envelope = json.loads(sign(report, pair[0]))
    (signature,) = told_envelope["signatures"]
    (tmp_path / "signature").write_bytes(b64decode(signature["sig"]))
    (tmp_path / "signed").write_bytes(pae(told_envelope["payloadType"], b64decode(told_envelope["payload"])))
    asked = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", pair[1], "-in", tmp_path / "signed"]
    said = subprocess.run([*asked, "-sigfile", tmp_path / "signature"], capture_output=True, text=True)
    assert "Verified Successfully" in said.stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", pair[1], "-outform", "DER"], capture_output=True)
    assert signature["keyid"] == digest(der.stdout)


def test_the_statement_is_in_totos_test_result(report: Path, pair: tuple[Path, Path]) -> None:
    envelope = json.loads(sign(report, pair[0]))
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    body = json.loads(b64decode(envelope["payload"]))
    assert (body["_type"], body["predicateType"]) == (STATEMENT, RESULT)
    assert (STATEMENT, RESULT) == (
        "https://in-toto.io/Statement/v1",
        "https://in-toto.io/attestation/test-result/v0.1",
    )
    found = {one["name"]: one["digest"]["sha256"] for one in body["subject"]}
    assert found == {path.name: digest(path.read_bytes()) for path in report.parent.iterdir()}
    assert MANIFEST in found
    predicate = body["predicate"]
    assert set(predicate) == {"result", "configuration", "passedTests", "warnedTests", "failedTests"}
    assert predicate["result"] == "FAILED"
    assert predicate["failedTests"]
    chain = standing(report.parent)
    assert chain is not None
    assert body["subject"][-1]["annotations"] == {"head": chain.head}


def one(outcome: Outcome, accepted: bool = False) -> Verdict:
    key = Key("c", "gap", "a", "b", "sex")
    answers = Acceptance("within", key, "a quota", "Ada", date(2030, 1, 1)) if accepted else None
    return Verdict("within", outcome, "said", key, accepted=answers)


@pytest.mark.parametrize(
    ("verdicts", "warn", "result"),
    [
        ([one(Outcome.PASS)], False, "PASSED"),
        ([one(Outcome.PASS), one(Outcome.FAIL)], False, "FAILED"),
        ([one(Outcome.PASS), one(Outcome.FAIL, accepted=True)], False, "WARNED"),
        ([one(Outcome.INCONCLUSIVE)], False, "FAILED"),
        ([one(Outcome.INCONCLUSIVE)], True, "WARNED"),
        ([one(Outcome.NOT_ASSESSED)], True, "FAILED"),
        ([], False, "FAILED"),
    ],
)
def test_the_result_is_what_a_pipeline_does(verdicts: list[Verdict], warn: bool, result: str) -> None:
    """Absence of evidence is no passed test."""
    judgement = Judgement(tuple(verdicts), {}, "p", "r", warn=warn)
    chain = Manifest().appended(Entry({"report.json": Artefact.of(b"")}))
    predicate = statement(chain, judgement)["predicate"]
    assert predicate["result"] == result
    assert (result == "FAILED") == (judgement.exit_code != 0)
    assert sum(len(predicate[f"{kind}Tests"]) for kind in ("passed", "warned", "failed")) == len(verdicts)


def test_a_signature_counts_by_its_key_only(report: Path, pair: tuple[Path, Path], tmp_path: Path) -> None:
    place = copied(report, tmp_path / "copy")
    assert "nothing is signed" in told_of(place, pair[1])
    place.with_name(ENVELOPE).write_text(sign(place, pair[0]))
    assert sound(place, pair[1])
    unchecked = verify(place).facts[-1]
    assert (unchecked.sound, "not checked" in unchecked.found) == (None, True)
    strange = keys(tmp_path, "strange")[1]
    assert "was given" in told_of(place, strange)


def test_a_key_id_that_lies_does_not_help(report: Path, pair: tuple[Path, Path], tmp_path: Path) -> None:
    place = copied(report, tmp_path / "copy")
    mine, theirs = keys(tmp_path, "strange")[0], key_id(_loaded(pair[1]))
    envelope = json.loads(sign(place, mine))
    envelope["signatures"][0]["keyid"] = theirs
    place.with_name(ENVELOPE).write_text(json.dumps(envelope, indent=1, sort_keys=True) + "\n")
    assert "its signature is not one of the key" in told_of(place, pair[1])


def _loaded(public: Path) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return load_pem_public_key(public.read_bytes())


def test_what_was_sealed_since_is_not_signed(report: Path, pair: tuple[Path, Path], tmp_path: Path) -> None:
    place = copied(report, tmp_path / "copy")
    place.with_name(ENVELOPE).write_text(sign(place, pair[0]))
    judged(place.parent, told()[1])
    assert "entry 2 of 3 is signed" in told_of(place, pair[1])
    assert verify(place).ok
    place.with_name(ENVELOPE).write_text(sign(place, pair[0]))
    assert sound(place, pair[1])


def test_a_signature_of_another_audit_is_none_of_this(report: Path, pair: tuple[Path, Path], tmp_path: Path) -> None:
    place, other = copied(report, tmp_path / "copy"), audited(tmp_path / "other", gates=1)
    place.with_name(ENVELOPE).write_text(sign(other, pair[0]))
    assert "entries were taken away or rewritten" in told_of(place, pair[1])


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"signatures": []}', "[" * 100_000])
def test_what_is_no_envelope_is_said_to_be_none(text: str, report: Path, tmp_path: Path) -> None:
    place = copied(report, tmp_path / "copy")
    place.with_name(ENVELOPE).write_text(text)
    assert told_of(place).startswith(f"{ENVELOPE}: is none that auditkit wrote")


def another_file(body: dict[str, Any]) -> None:
    body["subject"][0]["digest"]["sha256"] = "0" * 64


def one_file_less(body: dict[str, Any]) -> None:
    body["subject"].pop(0)


def passed(body: dict[str, Any]) -> None:
    body["predicate"]["result"] = "PASSED"


def another_kind(body: dict[str, Any]) -> None:
    body["predicateType"] = "https://example.com/v1"


@pytest.mark.parametrize("change", [another_file, one_file_less, passed, another_kind])
def test_what_is_signed_must_be_what_lies_there(
    change: Callable[[dict[str, Any]], None], report: Path, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    """A statement that contradicts the files is not believed, whoever signed it."""
    place = copied(report, tmp_path / "copy")
    honest = Envelope.from_json(sign(place, pair[0]).encode())
    body = json.loads(honest.body)
    change(body)
    forged = Envelope.sealed(honest.kind, json.dumps(body).encode(), pair[0])
    place.with_name(ENVELOPE).write_text(forged.to_json())
    assert told_of(place, pair[1]).startswith(ENVELOPE)
    assert told_of(place).startswith(ENVELOPE)


def test_there_must_be_something_to_sign(pair: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="auditkit gate"):
        sign(told()[0].save(tmp_path / "report.json"), pair[0])


def pem(kind: list[str], place: Path) -> Path:
    subprocess.run(["openssl", *kind, "-out", place], check=True, capture_output=True)
    return place


def test_other_keys_are_refused_with_a_sentence(report: Path, pair: tuple[Path, Path], tmp_path: Path) -> None:
    curve = pem(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], tmp_path / "ec.pem")
    locked = pem(["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x"], tmp_path / "locked.pem")
    (tmp_path / "text.pem").write_text("secret-canary")
    for key in (curve, locked, tmp_path / "text.pem", pair[1]):
        with pytest.raises(InputError, match="openssl genpkey -algorithm ed25519") as refused:
            sign(report, key)
        assert "canary" not in str(refused.value)
    with pytest.raises(InputError, match="cannot be read"):
        sign(report, tmp_path / "nowhere.pem")
    place = copied(report, tmp_path / "copy")
    place.with_name(ENVELOPE).write_text(sign(place, pair[0]))
    with pytest.raises(InputError, match="no public Ed25519 key"):
        verify(place, public_key=pair[0])


def test_without_the_extra_there_is_a_sentence(
    report: Path, pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And everything but the signature is verified all the same."""
    place = copied(report, tmp_path / "copy")
    place.with_name(ENVELOPE).write_text(sign(place, pair[0]))
    found = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "cryptography":
            raise ImportError(name)
        return found(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    for ask in (lambda: sign(place, pair[0]), lambda: verify(place, public_key=pair[1])):
        with pytest.raises(InputError, match=r"pip install 'rai-auditkit\[verify\]'"):
            ask()
    assert verify(place).ok
