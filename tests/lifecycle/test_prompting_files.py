"""The file of treatments, what stands in it that cannot be, and the command that reads it."""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawing
from hypothesis import strategies as st

from auditkit import catalog, cli
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Refusal
from auditkit.lab.models import WEIGHTS
from auditkit.lab.serving import Server
from auditkit.lab.voices import Plain
from auditkit.lifecycle.briefs import briefs
from auditkit.lifecycle.prompting import Treatment, read_treatments, treatments_of
from auditkit.lifecycle.prompting.treated import treated, worded
from auditkit.planning import named, plan_of, plan_text
from auditkit.targets.endpoint import Endpoint
from auditkit.targets.function import Function
from tests.lifecycle.leaning import model, plan, speak

FAIR = {"name": "fair", "template": "Be fair. {prompt}"}


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "treatments.toml"
    file.write_text('control = "Now: {prompt}"\nmay_lose = 0.1\n[[treatments]]\nname = "fair"\nsystem = "Be fair."\n')
    told = read_treatments(file)
    assert told.control.template == "Now: {prompt}"
    assert told.treatments == (Treatment("fair", system="Be fair."),)
    assert (told.may_lose, told.less_by) == (0.1, 0.0)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({}, "There are no treatments"),
        ({"treatments": []}, "Give 1 to 20 treatments"),
        ({"treatments": [{**FAIR, "name": f"n{k}", "template": f"{k} {{prompt}}"} for k in range(21)]}, "there are 21"),
        ({"treatments": [FAIR], "treatment": []}, 'no key "treatment"\\. Did you mean "treatments"'),
        ({"treatments": [{**FAIR, "sytem": ""}]}, 'no key "sytem"\\. Did you mean "system"'),
        ({"treatments": [{"template": "{prompt}"}]}, "has no name"),
        ({"treatments": [{**FAIR, "name": "../up"}]}, "named by letters"),
        ({"treatments": [{**FAIR, "name": "control"}]}, 'Two treatments are named "control"'),
        ({"treatments": [FAIR, {**FAIR, "name": "FAIR"}]}, 'Two treatments are named "fair"'),
        ({"treatments": [FAIR, {**FAIR, "name": "b"}]}, '"b" asks just as "fair" does'),
        ({"treatments": [{"name": "same"}]}, '"same" asks just as "control" does'),
        ({"treatments": [{**FAIR, "template": "Be fair."}]}, r"holds \{prompt\} 0 times"),
        ({"treatments": [{**FAIR, "template": "{prompt} {prompt}"}]}, r"holds \{prompt\} 2 times"),
        ({"treatments": [{**FAIR, "system": 3}]}, "system is a text"),
        ({"treatments": [FAIR], "may_lose": 0}, "may_lose is a share below 1, above 0"),
        ({"treatments": [FAIR], "less_by": "much"}, "less_by is a share below 1"),
        ({"treatments": [FAIR], "control": 7}, "control is a template"),
        ({"treatments": [FAIR], "detector": 7}, "detector is the code"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(table: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        treatments_of(table)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_treatments(tmp_path / "none.toml")
    (tmp_path / "odd.toml").write_text("treatments = [")
    with pytest.raises(InputError, match="are not TOML"):
        read_treatments(tmp_path / "odd.toml")


@drawing(st.text(), st.text(), st.text())
def test_a_template_holds_the_words_as_they_are(before: str, after: str, words: str) -> None:
    around = [part.replace("{prompt}", "") for part in (before, after)]
    template = "{prompt}".join(around)
    if template.count("{prompt}") == 1:
        assert Treatment("t", template).worded(words) == around[0] + words + around[1]


def test_a_prompt_is_put_otherwise_and_stays_the_same_question() -> None:
    asked = Prompt("And now?", given="Be brief.", turns=(("Who?", "Ada."),), factors={"a": "b"}, options=("x", "y"))
    put = worded(asked, Treatment("t", "Well: {prompt}", "Be fair."))
    assert (put.text, put.given, put.turns) == ("Well: And now?", "Be fair.\n\nBe brief.", (("Well: Who?", "Ada."),))
    assert (put.factors, put.options) == (asked.factors, asked.options)
    assert put.key != asked.key


def test_a_system_message_needs_a_place_to_stand() -> None:
    system = Treatment("fair", system="Be fair.")
    chat = {"base_url": "http://127.0.0.1:1/v1", "key_env": ""}
    assert treated(Endpoint("m", **chat), system, "generate").title == "m, fair"
    with pytest.raises(InputError, match="is asked for completions, without messages"):
        treated(Endpoint("m", **chat, api="completions"), system, "generate")
    with pytest.raises(InputError, match="sees texts alone"):
        treated(Function(speak, verb="generate", plain=True, title="f"), system, "generate")
    with pytest.raises(InputError, match="of the kind function takes none"):
        treated(Function(speak, verb="fill_mask", title="f"), system, "fill_mask")
    with pytest.raises(InputError, match="asks to score, and a template would be part"):
        treated(model(), Treatment("t", "So {prompt}"), "score")


@contextmanager
def served() -> Iterator[str]:
    with Server(Plain(model())) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()


def test_the_command_compares_system_messages_of_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "treatments.toml").write_text(
        '[[treatments]]\nname = "equal"\nsystem = "Treat all as equal."\n'
        '[[treatments]]\nname = "careful"\ntemplate = "Be careful. {prompt}"\n'
    )
    with served() as address:
        target = {"name": "endpoint", "model": "a leaning model", "base_url": address, "key_env": ""}
        (tmp_path / "plan.toml").write_text(plan_text(plan(6, target=target)))
        asked = ["prompt", str(tmp_path / "plan.toml"), "--treatments", str(tmp_path / "treatments.toml")]
        code = cli.main(asked)
    printed = capsys.readouterr()
    told = json.loads((tmp_path / "plan-prompt" / "comparison.json").read_text())
    assert code == 3
    assert "careful settled" in printed.err
    assert "Written to" in printed.err
    assert printed.out.startswith("No treatment passes. equal is less biased than the control")
    assert [one["outcome"] for one in told["treatments"]] == ["INCONCLUSIVE", "FAIL"]
    assert abs(told["treatments"][0]["bias"]["value"]) < 0.2 < told["control"]["bias"]["value"]


def test_an_example_is_treatments_for_the_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["prompt", "--example"]) == 0
    (tmp_path / "first.toml").write_text(capsys.readouterr().out)
    assert [one.name for one in read_treatments(tmp_path / "first.toml").treatments] == ["fair"]
    (tmp_path / "plan.toml").write_text(plan_text(plan(1)))
    assert cli.main(["prompt", str(tmp_path / "plan.toml"), "--example"]) == 0
    told = capsys.readouterr().out
    (tmp_path / "own.toml").write_text(told)
    assert [one.name for one in read_treatments(tmp_path / "own.toml").treatments] == ["fair", "told"]
    assert 'the plan\'s own wording, as "The nurse said that"' in told
    assert cli.main(["prompt", str(tmp_path / "plan.toml")]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "What is compared is missing: --treatments FILE." in said
    assert "--example > treatments.toml" in said


@pytest.mark.parametrize(
    "model", ["lab:attention.dose90", str(WEIGHTS / "transformer"), str(WEIGHTS / "encoder_decoder")]
)
def test_the_example_for_a_model_of_few_words_is_made_of_the_words_it_was_asked(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every prompt as the example words it is read: none is too long, none has a word that the model does not know."""
    told = {**tomllib.loads(briefs("pairs", tmp_path)["plan.toml"]), "target": {"name": "seq2seq", "model": model}}
    given = plan_of(told)
    (tmp_path / "plan.toml").write_text(plan_text(given))
    assert cli.main(["prompt", str(tmp_path / "plan.toml"), "--example"]) == 0
    text = capsys.readouterr().out
    (tmp_path / "first.toml").write_text(text)
    assert "knows the words of its own world alone. Of the plan's prompts are: o, " in text
    [fair] = read_treatments(tmp_path / "first.toml").treatments
    probe = catalog.probe(*named(given.probe or {}, "probe"))
    prompts = sorted(probe, key=lambda one: len(one.text), reverse=True)[:8]
    asked = treated(catalog.target(*named(given.target or {}, "target")), fair, probe.asks)
    answers = getattr(asked, probe.asks)(prompts, [0] * len(prompts))
    assert not any(isinstance(answer, Refusal) for answer in answers)


@pytest.mark.parametrize("words", [[], ["--treatments", "none.toml"], ["--treatments", "none.toml", "--budget", "0"]])
def test_a_mistake_in_the_command_exits_with_2(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "plan.toml").write_text(plan_text(plan(1)))
    assert cli.main(["prompt", str(tmp_path / "plan.toml"), *words]) == 2


def test_a_plan_with_data_has_nothing_to_ask(tmp_path: Path) -> None:
    from auditkit.lifecycle.prompting import prompt
    from auditkit.planning import Data, Plan

    with pytest.raises(InputError, match=r"Give it \[probe\] and \[target\]"):
        prompt(Plan(data=Data(path="a.csv"), roles={}), treatments_of({"treatments": [FAIR]}), tmp_path / "out")


@pytest.mark.slow
def test_the_miniature_is_another_when_it_is_told_to_be(tmp_path: Path) -> None:
    """In its world an islander accepts islanders by .63 more, a clerk alike, a highlander the other way round."""
    from auditkit.lab.language import causal_lm
    from auditkit.lab.worlds.sentences import personas
    from auditkit.lifecycle.prompting import prompt

    beginnings = [f"i read about {{}} {vignette} :" for vignette in personas.VIGNETTES[:6]]
    groups = {"islander": "an islander", "highlander": "a highlander"}
    probe = {"name": "continuations", "subjects": groups, "templates": beginnings, "verb": "decide", "repeats": 24}
    judged = {"rules": [{"rule": "within", "margin": 0.3, "estimand": "selection rate difference"}]}
    asked = plan(
        probe={**probe, "options": list(personas.CHOICES)},
        roles={"group": "subject", "outcome": "answer", "unit": "template"},
        annotators=[],
        detectors=[{"code": "disparity.selection_rate", "favourable": "accept"}],
        policy=judged,
    )
    who = [{"name": name, "template": f"as a {name} {{prompt}}"} for name in ("clerk", "highlander")]
    treatments = treatments_of({"control": "as an islander {prompt}", "treatments": who})
    told = prompt(asked, treatments, tmp_path / "out", target=causal_lm(0.9))
    truth = {
        one: personas.share(one, "islander", 0.9) - personas.share(one, "highlander", 0.9) for one in personas.PERSONAS
    }
    for name, one in {"islander": told.control, **{one.name: one for one in told.treatments}}.items():
        low, high, _ = one.bias.interval(0.95)
        assert low is not None
        assert high is not None
        assert low <= truth[name] <= high
    clerk, highlander = told.treatments
    assert "less" in clerk.claims
    assert not {"less", "more"} & set(highlander.claims)


@pytest.mark.parametrize("name", ["discover", "curate", "tune", "mitigate", "prompt", "monitor", "lineage"])
def test_no_word_of_a_commands_help_is_taken_for_markup(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in square brackets would be swallowed, and the sentence around it would go on without it."""
    import re

    import typer

    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("TERM", "xterm")  # a dumb one has 80 columns, whatever is said
    assert cli.main([name, "--help"]) == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # on a build server it has colours
    shown = set(re.split(r"[\s│]+", plain))
    command = typer.main.get_command(cli.app).commands[name]
    said = " ".join([command.help or "", *(getattr(part, "help", None) or "" for part in command.params)])
    said = said.replace("\\[", "[")  # as `cli.told` escapes them
    assert len(said.split()) > 20
    assert set(said.split()) - shown == set()
