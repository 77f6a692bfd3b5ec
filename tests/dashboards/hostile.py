"""Text that would do something if a page let it, in every place where a page shows text that is not its own."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Literal

import canned
import numpy as np
import pandas as pd

import auditkit
from auditkit.annotators import Words
from auditkit.core.annotator import Annotator
from auditkit.core.baseline import Baseline
from auditkit.core.estimate import Estimate
from auditkit.core.finding import Exemplar, Finding
from auditkit.core.judgement import Acceptance, Judgement
from auditkit.core.manifest import digest
from auditkit.core.probe import Prompt
from auditkit.core.report import Report
from auditkit.core.step import Step, Thing
from auditkit.core.target import Attention, Refusal
from auditkit.detectors.disparity import SelectionRate
from auditkit.gating import hash_of
from auditkit.labelling import label, sample
from auditkit.lifecycle.monitoring import acknowledge, monitor
from auditkit.lifecycle.turning import Cost, Turn
from auditkit.opening import judged as beside
from auditkit.opening import read_report
from auditkit.probes import Continuations, Occupations
from auditkit.sealing import seal
from auditkit.targets import Function

FAR = "http://beacon.invalid"
DONE = "window.pwned=1;document.title='pwned';alert(1)"
CORPUS = (
    f"<script>{DONE}</script>",
    f"</script><script>{DONE}</script>",
    f'<img src=x onerror="{DONE}">',
    f"<img src={FAR}/img.png>",
    f'<svg onload="{DONE}"><image href="{FAR}/svg.png"/></svg>',
    f'" onmouseover="{DONE}" onfocus="{DONE}" autofocus x="',
    f"' style='background:url({FAR}/attr.png)' x='",
    f"</style><style>*{{background:url({FAR}/style.png)}}@import '{FAR}/import.css';</style>",
    f"<link rel=stylesheet href={FAR}/link.css><meta http-equiv=refresh content='0;url={FAR}/meta'>",
    f"<iframe src={FAR}/frame srcdoc='<script>parent.pwned=1</script>'></iframe>",
    f"<object data={FAR}/object></object><embed src={FAR}/embed><base href={FAR}/>",
    f"<video autoplay src={FAR}/v.mp4 poster={FAR}/p.png></video><audio src={FAR}/a.mp3 onerror={DONE}>",
    f"<form action={FAR}/form><button autofocus>x</button></form><details open ontoggle={DONE}>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={DONE}>",
    f"</title></textarea></xmp></noscript><img src=x onerror={DONE}>",
    f"![beacon]({FAR}/markdown.png)",
    f"![ref][b]\n\n[b]: {FAR}/reference.png",
    f"[link](javascript:{DONE}) <javascript:{DONE}> [x]({FAR}/a 'title')",
    f"[![inner]({FAR}/inner.png)](javascript:{DONE})",
    f"{FAR}/autolink www.beacon.invalid me@beacon.invalid",
    ":material/bomb: :shark: :red[red] :blue-badge[x] :rainbow[x] :streamlit: :small[x]",
    "$\\href{javascript:alert(1)}{x}$ $$\\includegraphics{" + FAR + "/latex.png}$$ \\[x\\]",
    f"javascript:{DONE}//",
    f"data:text/html,<script>{DONE}</script>",
    f"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{DONE}'/>",
    f"url({FAR}/css.png);background-image:url({FAR}/css2.png)",
    "&lt;img src=x onerror=alert(1)&gt;&#60;script&#62;alert(1)&#60;/script&#62;&amp;lt;b&amp;gt;",
    "\u202etxt.exe\u202c \u2066left\u2069 \u200bzero\u200b \ufeff",
    "nul\x00 esc\x1b]0;pwned\x07\x1b[2J bell\x07 csi\x9b31m del\x7f",
    "datum['x'] + warn('pwned') || {{ 7 * 7 }} {% for x in y %}{{ config }}{% endfor %} ${7*7} #{7*7} <%= 7*7 %>",
    "{{constructor.constructor('window.pwned=1')()}} datum.constructor.constructor('window.pwned=1')()",
    '{"$schema":"x","data":{"url":"' + FAR + '/vega.json"},"mark":{"type":"image","url":"' + FAR + '/mark.png"}}',
    f'=HYPERLINK("{FAR}/formula","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-1+1|\t+1",
    "# heading\n\n- list\n\n> quote\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n\n---",
    "*em* **strong** ~~gone~~ `code` \\backslash\\ [^1]: note :::div ---",
    "L" * 5000,
    "W" * 300 + " " + "𝔘𝔫𝔦 👩‍👩‍👧‍👦 é̵̡̛" * 40,
    "lone \ud800 surrogate \udfff",
    "__proto__",
    "constructor",
    "../../../../etc/passwd",
    "None",
)
PLAIN = "selection rate"


def fill(folder: Path) -> Path:
    """A folder in which whatever can be named is named so: reports, what is judged of them, runs, files beside."""
    _save(folder / "every field", *_every())
    _save(folder / "known", *_as("disparity.selection_rate"))
    _save(folder / "rows", *_as("disparity.selection_rate", PLAIN, "sex"))
    (folder / "table").mkdir()
    _audited().save(folder / "table" / "report.json")
    _named(folder)
    _stepped(folder / "stepped")
    _watched(folder / "watched")
    _beside(folder)
    _run(folder / "told" / "run")
    _pictures(folder / "drawn" / "run")
    return folder


def _stepped(folder: Path) -> None:
    """A step of which every text is one of ours, and a turn with what it cost."""
    folder.mkdir(parents=True)
    texts = [text.encode("utf-8", "replace").decode() for text in CORPUS]
    things = [Thing("data", text, digest(text.encode()), text) for text in texts]
    _save(folder / "before", *_as("disparity.selection_rate", PLAIN, "sex"))
    _save(folder / "after", *_as("disparity.selection_rate", PLAIN, "sex"))
    report = (folder / "before" / "report.json").read_bytes()
    gave = (Thing("report", "before/report.json", digest(report), texts[0]), *things[20:])
    settings = {text: {text: text} for text in texts}
    step = Step("tune", tuple(things[:20]), gave, settings, tuple(texts))
    (folder / "step.json").write_text(step.to_json(), encoding="utf-8")
    one, two = (read_report(folder / side / "report.json") for side in ("before", "after"))
    sides = ((one, "before"), (two, "after"))
    says = [beside(report, folder / side / "judgement.json")[0] for report, side in sides]
    lost = Estimate.undefined(texts[1])
    costs = tuple(Cost(text, lost, lost, lost, 0.1) for text in texts[:6])
    turn = Turn(texts[2], one, two, *says, costs)
    (folder / "turn.json").write_text(turn.to_json(), encoding="utf-8")


def _watched(folder: Path) -> None:
    """A watch whose rules, levels, columns and answers are ours: one rule with an alarm, one answered for, one fair."""
    folder.mkdir(parents=True)
    texts = [text.encode("utf-8", "replace").decode()[:200] for text in CORPUS]
    levels = {"group": texts[0], "levels": [texts[2], texts[15]], "outcome": texts[5], "favourable": texts[7]}
    gaps = [{"name": name, "kind": "gap", "margin": 0.05, **levels} for name in (texts[2], texts[15])]
    other = {"kind": "rate", "outcome": texts[5], "favourable": texts[4], "reference": 0.1, "margin": 0.05}
    rules = [*gaps, *(other | {"name": text} for text in texts[16:24])]
    watch = {"horizon": 10_000, "rules": rules}
    events = [{texts[0]: texts[2 if i % 2 else 15], texts[5]: texts[7 if i % 2 else 4]} for i in range(400)]
    (folder / f"{_name(texts[3])}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events))
    monitor(str(folder / f"{_name(texts[3])}.jsonl"), watch, folder / "state.json")
    acknowledge(watch, folder / "state.json", texts[15], texts[1], texts[19])


def _every() -> canned.Judged:
    """The canned report of this kind, with our texts, and with what it has not: exemplars, sources, cells."""
    before, canned.HOSTILE = canned.HOSTILE, CORPUS
    try:
        report, judgement = canned.hostile()
    finally:
        canned.HOSTILE = before
    findings = tuple(_shown(f, text) for f, text in zip(report.findings, CORPUS, strict=True))
    recipe = replace(report.recipe, sources=tuple({"path": text, "sha256": text, text: text} for text in CORPUS))
    return Report(findings, report.not_assessed, recipe), judgement


def _shown(f: Finding, text: str) -> Finding:
    """A finding with a row behind it: a picture, an answer, and where it looked."""
    looked = Attention((text, "b"), (text, "d"), ((0.25, 0.75), (0.5, 0.5)), text)
    values = ((text, text), ("prompt", text), ("answer", text), ("text", text), ("seed", text))
    return replace(f, exemplars=(Exemplar(text, values, _png(), looked), Exemplar(f.versus, values, "", None)))


def _as(code: str, estimand: str = "", attribute: str = "") -> canned.Judged:
    """The same findings of a detector that is known, so that pages draw them as they draw its own."""
    report, judgement = _every()
    named = [
        replace(f, code=code, estimand=estimand or f.estimand, attribute=attribute or f.attribute, stratum="")
        for f in report.findings
    ]
    keys = {old.key: new.key for old, new in zip(report.findings, named, strict=True)}
    verdicts = tuple(replace(v, key=keys.get(v.key)) if v.key else v for v in judgement.verdicts)
    verdicts = tuple(
        replace(v, accepted=replace(v.accepted, key=v.key)) if v.accepted and v.key else v for v in verdicts
    )
    return replace(report, findings=tuple(named)), replace(judgement, verdicts=verdicts)


def _save(folder: Path, report: Report, judgement: Judgement) -> None:
    """A report, and beside it a judgement that is of it, so that a page shows what it says."""
    report.save(folder / "report.json")
    own = auditkit.Policy()  # and as if auditkit knew a baseline, so that the gate is not asked again
    told = replace(judgement, report_hash=hash_of(report), policy=own.to_dict(), policy_hash=own.hash)
    told = replace(told, baseline_hash=told.baseline_hash or "ba5e" * 16)
    (folder / "judgement.json").write_text(told.to_json(), encoding="utf-8")
    seal(folder, ["judgement.json"])


def _audited() -> Report:
    """A table whose columns, groups and outcomes are named so, counted by auditkit itself."""
    levels = [text[:900] for text in CORPUS if "\ud800" not in text]  # pandas takes none
    rows = [(level, CORPUS[15] if (i + k) % 3 else CORPUS[2]) for i, level in enumerate(levels) for k in range(40)]
    group, outcome = CORPUS[0], CORPUS[5]
    table = pd.DataFrame(rows, columns=[group, outcome])
    return auditkit.audit(table, [SelectionRate(favourable=CORPUS[2])], group=group, outcome=outcome)


def _named(folder: Path) -> None:
    """A file and a folder of each name that a disk takes: whole reports, and broken ones."""
    report, judgement = canned.all_pass()
    for text in CORPUS:
        name = _name(text)
        if name.strip(". "):
            _save(folder / name, report, judgement)
            broken = json.dumps({"schema": 1, "levels": [text], "recipe": text, text: text})
            (folder / f"{name}.json").write_text(broken, encoding="utf-8")


def _beside(folder: Path) -> None:
    """Policies, sound and broken, and baselines: a page reads them, and says what is wrong with them."""
    report, judgement = _every()
    held = tuple(
        Acceptance("within", f.key, text, text, date(2027, 1, 31))
        for f, text in zip(report.findings, CORPUS, strict=True)
    )
    for place in (folder, folder / "every field", folder / "known"):
        (place / "auditkit.baseline.json").write_text(Baseline(report, judgement.policy, held).to_json())
    for number, text in enumerate(CORPUS):
        said = json.dumps(text.encode("utf-8", "replace").decode()).replace("\\u2028", "")
        broken = f"[[rules]]\nrule = {said}\ncode = {said}\n{said} = {said}\n"
        sound = f'[[rules]]\nrule = "within"\ncode = {said}\nmargin = 0.05\n[[rules]]\nrule = "within"\n'
        name = f"{number} {_name(text)[:60]}.toml"
        (folder / name).write_text(broken if number % 3 == 2 else sound, encoding="utf-8")


def _name(text: str) -> str:
    """A text as the name of a file, as far as a disk takes it."""
    return text.replace("/", "∕").replace("\x00", "").encode("utf-8", "replace")[:200].decode("utf-8", "ignore")


def _run(folder: Path) -> None:
    """Answers, refusals and failures that say it, prompts and levels that are it, read and labelled so."""
    words = [text for text in CORPUS if "\ud800" not in text]

    def say(prompts: list[Prompt], seeds: list[int]) -> list[Any]:
        return [
            Refusal(words[i % len(words)]) if i % 7 == 6 else f"she says {words[(s + i) % len(words)]}"
            for i, s in enumerate(seed % 1000 for seed in seeds)
        ]

    asks = Continuations([text[:300] for text in words], templates=["{}", f"{CORPUS[2]} {{}}"], repeats=2)
    lists = {CORPUS[2]: ["she"], CORPUS[15]: ["he"], CORPUS[0]: ["shark"]}
    told = Function(say, verb="generate", title=CORPUS[4], settings={CORPUS[6]: CORPUS[7]})
    run = auditkit.elicit(asks, told, Words(lists, attribute=CORPUS[20], nothing=CORPUS[7]), into=folder)
    for rater in (CORPUS[2], CORPUS[15], CORPUS[29]):
        for number, task in enumerate(sample(run, CORPUS[20], per_group=10, rater=rater)):
            label(run, task, CORPUS[20], words[number % 20], rater=rater)


def _pictures(folder: Path) -> None:
    """Pictures, some withheld, read and labelled so."""

    def draw(prompts: list[Prompt], seeds: list[int]) -> list[Any]:
        return [
            Refusal(CORPUS[seed % len(CORPUS)]) if seed % 5 == 0 else np.full((8, 8), seed % 200 / 200)
            for seed in seeds
        ]

    asks = Occupations([text[:300] for text in CORPUS if "\ud800" not in text], templates=["{}"], repeats=2)
    run = auditkit.elicit(asks, Function(draw, title=CORPUS[3], fingerprint=CORPUS[2]), Shade(CORPUS[2]), into=folder)
    for number, task in enumerate(sample(run, CORPUS[2], per_group=5, rater=CORPUS[3])):
        label(run, task, CORPUS[2], CORPUS[number % 20], rater=CORPUS[3])


@dataclass(frozen=True)
class Shade(Annotator):
    """Reads how light a picture is, and calls it what it likes."""

    attribute: str
    basis: ClassVar[str] = CORPUS[0]
    reads: ClassVar[Literal["text", "image"]] = "image"

    def read(self, pictures: Sequence[Any]) -> Mapping[str, Sequence[Any]]:
        """A level of the corpus for each."""
        return {self.attribute: [None if one is None else CORPUS[int(one.mean()) % 20] for one in pictures]}


def _png() -> str:
    """A picture of one grey dot, in base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(b"\x00\x80")), chunk(b"IEND", b""))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()
