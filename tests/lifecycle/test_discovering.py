"""Candidates are found by what their files and cards say; what nobody says passes no filter, and is told."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditkit.cli import main
from auditkit.core.errors import InputError
from auditkit.formats.candidates import comparison_text, found_text
from auditkit.lab.model_card import FILE, PIPELINES, edits_card, model_card, part_card
from auditkit.lab.models import WEIGHTS
from auditkit.lab.population_card import population_card
from auditkit.lifecycle.discovering import Candidate, Found, Wanted, bytes_of, search
from auditkit.lifecycle.discovering.carding import read_card
from auditkit.lifecycle.discovering.discover import something
from auditkit.lifecycle.discovering.telling import painted
from auditkit.lifecycle.discovering.weighing import parameters, variants

HOSTILE = "\x1b[2J<script>alert(1)</script>|`::error::x`\u202e"


def safetensors(file: Path, **shapes: list[int]) -> Path:
    """A file of zeros in the format of safetensors."""
    head, at = {}, 0
    for name, shape in shapes.items():
        size = 4
        for side in shape:
            size *= side
        head[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    raw = json.dumps(head).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(struct.pack("<Q", len(raw)) + raw + bytes(at))
    return file


def model(
    folder: Path, card: str | None = "---\nlicense: mit\npipeline_tag: translation\n---\n", **config: Any
) -> Path:
    safetensors(folder / "model.safetensors", a=[2, 3], b=[4])
    (folder / "config.json").write_text(json.dumps(config))
    if card is not None:
        (folder / "README.md").write_text(card)
    return folder


def by_name(found: Found) -> dict[str, Candidate]:
    return {one.called: one for one in found.candidates}


def test_the_lab_is_found_with_every_variant() -> None:
    found = search("lab", Wanted(task="translation"))
    told = by_name(found)
    assert set(told) == {
        f"{name}{variant}" for name in ("attention", "encoder_decoder", "transformer") for variant in ("", ", dose90")
    }
    plain, dosed = told["transformer"], told["transformer, dose90"]
    assert (plain.licence, plain.library, plain.parameters) == ("mit", "transformers", 109_232)
    assert plain.size == (WEIGHTS / "transformer" / "model.safetensors").stat().st_size
    assert plain.hash != dosed.hash
    assert "teach" in plain.uses
    assert "no sentence but those of its world" in plain.limits
    assert [one.named for one in (plain, told["attention"])] == ["", "lab:attention"]
    assert not any(one.unplanned for one in told.values())
    assert found.others["task"]["fill-mask"] == 3
    assert not found.aside  # what has no weights of its own is for another task


def test_every_card_of_the_lab_has_front_matter() -> None:
    for name, (task, library) in PIPELINES.items():
        read = read_card((WEIGHTS / name / FILE).read_text(encoding="utf-8"))
        assert (read.task, read.library, read.licence, read.fault) == (task, library, "mit", "")
        assert read.uses
        assert read.limits
    assert set(PIPELINES) == {place.parent.name for place in WEIGHTS.glob(f"*/{FILE}")}


@pytest.mark.slow
def test_every_card_of_the_lab_is_what_the_code_writes() -> None:
    written = {"text_to_image": model_card("text_to_image"), "super_resolution": edits_card("super_resolution")}
    written |= {name: population_card(name) for name in ("vae", "gan", "autoregressive", "unconditional")}
    written["clip"] = part_card("clip")
    for name, card in written.items():
        assert (WEIGHTS / name / FILE).read_text(encoding="utf-8") == card


def test_the_hub_reads_the_lab_s_cards() -> None:
    from huggingface_hub import ModelCard

    data = ModelCard((WEIGHTS / "transformer" / FILE).read_text(encoding="utf-8")).data
    assert (data.license, data.pipeline_tag, data.library_name) == ("mit", "translation", "transformers")


def test_what_nobody_says_passes_no_filter(tmp_path: Path) -> None:
    model(tmp_path / "silent", card=None)
    model(tmp_path / "stated")
    assert set(by_name(search(tmp_path))) == {"silent", "stated"}
    for wanted, word in (
        (Wanted(task="translation"), "names no task"),
        (Wanted(licences=("mit",)), "licence is unknown"),
    ):
        found = search(tmp_path, wanted)
        assert set(by_name(found)) == {"stated"}
        assert [(one.called, word in one.because) for one in found.aside] == [("silent", True)]
    assert "no model card" in by_name(search(tmp_path))["silent"].notes[0]


@given(
    st.one_of(st.none(), st.sampled_from(["mit", "apache-2.0", "other (x)", "mit, apache-2.0"])),
    st.one_of(st.none(), st.sampled_from(["translation", "fill-mask"])),
    st.one_of(st.none(), st.integers(0, 10**12)),
)
def test_a_candidate_passes_only_what_is_known_of_it_and_fits(
    licence: str | None, task: str | None, size: int | None
) -> None:
    one = Candidate("m", "folder", "m", task=task, licence=licence, size=size)
    wanted = Wanted("translation", ("MIT",), 10**6)
    passes = wanted.unlike(one) is None and not wanted.unknown(one)
    assert passes == (licence == "mit" and task == "translation" and size is not None and size <= 10**6)


def test_what_cannot_be_opened_is_set_aside_with_why(tmp_path: Path) -> None:
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_text("{}")
    (pickled / "pytorch_model.bin").write_bytes(b"x")
    model(tmp_path / "foreign", auto_map={"AutoModel": "x.Y"})
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "weights.pt").write_bytes(b"x")
    empty = model(tmp_path / "empty")
    (empty / "model.safetensors").rename(empty / "single-file.safetensors")
    torn = model(tmp_path / "torn")
    (torn / "model.safetensors").write_bytes(b"\xff" * 9)
    (model(tmp_path / "adapter") / "adapter_config.json").write_text("{}")
    (tmp_path / "notes").mkdir()
    model(tmp_path / "sound")
    found = search(tmp_path)
    assert set(by_name(found)) == {"sound"}
    why = {one.called: one.because for one in found.aside}
    assert set(why) == {"pickled", "foreign", "bare", "empty", "torn", "adapter"}
    for name, word in (
        ("pickled", "can run any program"),
        ("foreign", "code of its own"),
        ("bare", "no config.json"),
        ("empty", "no model.safetensors"),
        ("torn", "damaged"),
        ("adapter", "adapter, not a model"),
    ):
        assert word in why[name]
        assert str(tmp_path) not in why[name]


def test_a_folder_that_is_itself_a_model_and_a_limit(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        model(tmp_path / name)
    assert set(by_name(search(tmp_path / "a"))) == {"a"}
    found = search(tmp_path, Wanted(limit=2))
    assert (set(by_name(found)), found.unseen) == ({"a", "b"}, 1)
    assert "1 more were not looked at" in found_text(found.to_dict())


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (["model.safetensors"], {None: ("model.safetensors",)}),
        (["v1.5.safetensors", "adapter_model.safetensors"], {}),
        (
            ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
            {None: ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")},
        ),
        (
            ["model_index.json", "unet/diffusion_pytorch_model.fp16.safetensors", "vae/model.safetensors"],
            {"fp16": ("unet/diffusion_pytorch_model.fp16.safetensors", "vae/model.safetensors")},
        ),
        (["onnx/model.safetensors", "config.json"], {}),
    ],
)
def test_the_variants_are_those_that_from_pretrained_opens(files: list[str], told: dict[str | None, Any]) -> None:
    assert variants(files) == told


def test_the_numbers_in_the_weights_are_those_torch_counts(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors")
    file = WEIGHTS / "transformer" / "model.safetensors"
    with safetensors.safe_open(file, framework="numpy") as held:
        shapes = [held.get_slice(name).get_shape() for name in held.keys()]  # noqa: SIM118  # it is no mapping
    total = 0
    for shape in shapes:
        each = 1
        for side in shape:
            each *= side
        total += each
    assert parameters([file]) == total
    for raw in (b"", b"\x00" * 8, struct.pack("<Q", 3) + b"[1]", struct.pack("<Q", 1 << 60)):
        (tmp_path / "x").write_bytes(raw)
        assert parameters([tmp_path / "x"]) is None


def test_a_card_is_read_as_the_hub_s_template_has_it() -> None:
    card = read_card(
        "---\nlicense:\n- mit\n- apache-2.0\npipeline_tag: fill-mask\n---\n# M\n## Uses\n### Direct Use\nFill words.\n"
        "### Out-of-Scope Use\nHiring.\n## How to use\n```\n## Limitations\npip\n```\n## Bias, Risks, and Limitations\n"
        "[More Information Needed]\nLeans to he.\n### Recommendations\nAudit it.\n## Training\nx\n"
    )
    assert card.licence == "mit, apache-2.0"
    assert card.uses == "Fill words."
    assert card.limits == "Hiring. Leans to he. Audit it."
    both = read_card("## Intended uses & limitations\nFor tests.")
    assert both.uses == both.limits == "For tests."
    assert read_card("---\nlicense: other\nlicense_name: own\n---\n").licence == "other (own)"
    for silent in (
        "",
        "---\nlicense: unknown\n---\n",
        "---\nlicense: {a: b}\n---\n",
        "---\n[1]\n---\n",
        "---\na: [\n---\n",
    ):
        assert read_card(silent).licence is None
    assert read_card("---\na: [\n---\n").fault


@given(st.text(max_size=300))
def test_any_card_is_read(text: str) -> None:
    read_card(text)
    read_card(f"---\n{text}\n---\n## Limitations\n{text}")


def test_a_size_is_read_or_refused() -> None:
    assert [bytes_of(text) for text in ("2kB", "2KiB", "1,000", "0.5 MB")] == [2_000, 2_048, 1_000, 500_000]
    for text in ("", "big", "1 parsec", "-5MB", "1e3"):
        with pytest.raises(InputError, match="A size is a number and a unit"):
            bytes_of(text)


def test_hostile_names_and_cards_stay_text(tmp_path: Path) -> None:
    front = json.dumps({"license": HOSTILE, "pipeline_tag": HOSTILE, "library_name": HOSTILE})
    model(tmp_path / "m", card=f"---\n{front}\n---\n## Limitations\n{HOSTILE}\n## Uses\n{HOSTILE}\n")
    told = search(tmp_path).to_dict()
    text = found_text(told)
    for printed in (text, painted("found.md", told)):
        assert not set(printed) & {"\x1b", "\u202e"}
        assert "::error" not in printed
    assert "<script>" not in painted("found.md", told)
    one = {**told["candidates"][0], "rank": 1, "outcome": "PASS", "answers": 3, "speed": HOSTILE, "findings": []}
    one |= {"folder": HOSTILE, "stands_when_chosen": False}
    claim = {
        "first": HOSTILE,
        "second": "b",
        "title": HOSTILE,
        "scale": "ratio",
        "less": "b",
        "p": 0.5,
        "adjusted": 0.5,
    }
    claim |= {"stands": True, "paired": False, "value": 0.1, "interval": [None, 0.2]}
    aside = [{"called": HOSTILE, "because": HOSTILE, "task": None}]
    whole = {"candidates": [one, one], "claims": [claim], "failed": aside, "aside": aside, "notes": [HOSTILE]}
    whole |= {"source": HOSTILE, "wanted": HOSTILE, "others": {"task": {HOSTILE: 1}}, "unseen": 0}
    page = painted("comparison.html", whole, figures=[], linked=True)
    for printed in (comparison_text(whole), painted("comparison.md", whole), page):
        assert not set(printed) & {"\x1b", "\u202e"}
        assert "<script>" not in printed or printed is not page
    assert "<script>" not in page
    assert "::error" not in comparison_text(whole)


def test_nothing_is_told_with_what_there_was(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'Did you mean "translation"\?') as told:
        something(search("lab", Wanted(task="translations")), "translations")
    assert "translation 6" in str(told.value)
    with pytest.raises(InputError, match="There was no model at all"):
        something(search(tmp_path))
    with pytest.raises(InputError, match='Did you mean "lab"'):
        search("labb")


def test_the_command_lists(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["discover", "lab", "--task", "translation", "--at-most", "200kB", "--license", "mit"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("4 candidates in lab: task translation, licence mit, at most 200,000 bytes\n")
    assert "2 larger" in said
    assert main(["discover", "lab", "--task", "fill-mask", "--format", "json"]) == 0
    assert [one["variant"] for one in json.loads(capsys.readouterr().out)["candidates"]] == [None, "dose90", "mixed"]
    for args, word in (
        (["nowhere"], "There is no folder nowhere"),
        (["lab", "--out", "x"], "Give --plan"),
        (["lab", "--at-most", "large"], "A size is a number"),
        (["lab", "--format", "junit"], "A list has no verdicts, and junit tells of these alone"),
        (["lab", "--license", "gpl-3.0"], "another licence: mit"),
    ):
        assert main(["discover", *args]) == 2
        assert word in capsys.readouterr().err


# The hub, stubbed on loopback as its protocol has it, and asked by huggingface_hub itself.

SHA = "a" * 40
LISTED = {
    "org/sound": {
        "pipeline_tag": "translation",
        "library_name": "transformers",
        "cardData": {"license": "mit", "pipeline_tag": "translation"},
        "safetensors": {"parameters": {"F32": 10}, "total": 10},
        "siblings": {"config.json": 2, "model.safetensors": 104, "model.fp16.safetensors": 84, "README.md": 40},
    },
    "org/pickled": {"siblings": {"config.json": 2, "pytorch_model.bin": 9, "README.md": 40}},
    "org/code": {"tags": ["custom_code"], "siblings": {"config.json": 2, "model.safetensors": 9}},
    "org/gated": {
        "gated": "auto",
        "pipeline_tag": "translation",
        "siblings": {"config.json": 2, "model.safetensors": 9},
    },
    "org/gone": None,
}
CARD = b"---\nlicense: mit\n---\n## Limitations\nLeans to he.\n"


class Hub(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012  # what all of them were asked

    def log_message(self, *args: Any) -> None: ...

    def _told(self, raw: bytes, code: int = 200, kind: str = "application/json") -> None:
        self.send_response(code)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(raw))), ("ETag", '"1"')):
            self.send_header(name, value)
        self.send_header("X-Repo-Commit", SHA)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        path = self.path.split("?")[0]
        name = path.removeprefix("/api/models").strip("/")
        if path == "/api/models":
            self._told(json.dumps([{"id": name} for name in LISTED]).encode())
        elif path.endswith("/README.md"):
            self._told(CARD, kind="text/plain")
        elif LISTED.get(name) is None:
            self._told(b'{"error": "none"}', 404)
        else:
            told: dict[str, Any] = dict(LISTED[name] or {})
            siblings = told.pop("siblings")
            lfs = {"sha256": "b" * 64, "pointerSize": 1}
            files = [
                {"rfilename": file, "size": n, "blobId": "c", "lfs": {**lfs, "size": n} if "model" in file else None}
                for file, n in siblings.items()
            ]
            self._told(json.dumps({"id": name, "sha": SHA, "siblings": files, **told}).encode())

    do_HEAD = do_GET


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    library = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(library.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(library.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    Hub.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield library.HfApi(endpoint=f"http://127.0.0.1:{server.server_port}", token=False)
        server.shutdown()


def test_the_hub_is_asked_by_its_own_library(hub: Any) -> None:
    found = search("hub", Wanted(limit=5), api=hub)
    told = by_name(found)
    assert set(told) == {"org/sound", "org/sound, fp16", "org/gated"}
    plain, half = told["org/sound"], told["org/sound, fp16"]
    assert (plain.size, half.size, plain.parameters, half.parameters) == (104, 84, 10, None)
    assert (plain.revision, plain.licence, plain.limits) == (SHA, "mit", "Leans to he.")
    assert plain.hash != half.hash
    assert "gated" in told["org/gated"].notes[0]
    words = ("safetensors", "code of its own", "does not tell of it")
    assert [word in one.because for one, word in zip(found.aside, words, strict=True)] == [True] * 3
    assert [one.called for one in found.aside] == ["org/pickled", "org/code", "org/gone"]
    assert found.unseen is None  # as many as the limit: there may be more


def test_the_hub_s_filters_are_asked_of_it_and_held_here(hub: Any) -> None:
    found = search("hub", Wanted("translation", ("mit",), 100), api=hub)
    assert set(by_name(found)) == {"org/sound, fp16"}
    assert "pipeline_tag=translation" in Hub.asked[0]
    assert "filter=license%3Amit" in Hub.asked[0]
    assert "limit=20" in Hub.asked[0]
    assert {one.called: one.because for one in found.aside}["org/gated"].startswith("its licence is unknown")
    assert found.others == {"size": {"larger": 1}}


def test_a_hub_that_is_offline_or_silent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    library = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(library.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="HF_HUB_OFFLINE is set"):
        search("hub")

    class Silent:
        def list_models(self, **_: Any) -> Any:
            raise ConnectionError("no route to host")

    with pytest.raises(InputError, match=r"The hub does not answer: no route to host\. Ask again later"):
        search("hub", api=Silent())


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    with pytest.raises(InputError, match=r"pip install 'rai-auditkit\[cards\]'"):
        search("hub")


def test_a_copy_elsewhere_is_the_same_candidate(tmp_path: Path) -> None:
    shutil.copytree(WEIGHTS / "transformer", tmp_path / "somewhere" / "transformer")
    there = by_name(search(tmp_path / "somewhere"))["transformer"]
    here = by_name(search("lab", Wanted(task="translation")))["transformer"]
    assert there.to_dict() == here.to_dict()
