"""The file of a watch: what it says, what it cannot say, and how alpha is shared by it."""

import pytest

from auditkit.core.errors import InputError
from auditkit.lifecycle.monitoring import Watch, first_watch, read_watch

from .watched import GAP, RATE, WHO, watch


def test_alpha_is_shared_by_weight():
    rules = [GAP | {"weight": 3}, RATE, WHO | {"reference": {"woman": 0.5, "man": 0.5}}]
    shared = read_watch(watch(*rules))
    each = [question.alpha for rule in shared.rules for question in shared.questions(rule)]
    assert each == pytest.approx([0.03, 0.01, 0.005, 0.005])
    assert sum(each) == pytest.approx(0.05)


BROKEN = {
    "": "it is empty",
    "horizon = 10\nruls = 3": 'Did you mean "rules"',
    "horizon = 10": '"rules" is needed',
    "horizon = -1\nrules = []": '"horizon"',
    'horizon = 2000\n[[rules]]\nname = "a"\nkind = "gapp"\nmargin = 0.1': 'Did you mean "gap"',
    'horizon = 2000\n[[rules]]\nname = "a"\nmargin = 0.1': "this is none",
    'horizon = 2000\n[[rules]]\nname = "a"\nkind = "rate"\nmargin = 0.1\noutcom = "x"': 'Did you mean "outcome"',
    'horizon = 2000\n[[rules]]\nname = "a"\nkind = "missing"\nmargin = 0.6\nreference = 0.5\ncolumn = "x"': "smaller",
    'horizon = 2000\n[[rules]]\nname = "a"\nkind = "missing"\nmargin = 0.1\nreference = 1.5\ncolumn = "x"': "outside",
    'horizon = 2000\n[[rules]]\nname = "a"\nkind = "missing"\nmargin = nan\nreference = 0.5\ncolumn = "x"': "margin",
    "horizon = [": "not TOML",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_watch_that_makes_no_sense_is_said(tmp_path, text):
    file = tmp_path / "watch.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=BROKEN[text]):
        read_watch(file)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"horizon": "many"}, '"horizon" should be a whole number, and is "many".'),
        ({"horizon": True}, '"horizon" should be a whole number, and is true.'),
        ({"alpha": True}, '"alpha" should be a number, and is true.'),
        ({"alpha": 2}, '"alpha" should be less than 1, and is 2.'),
        ({"rules": []}, '"rules" should hold at least 1.'),
        ({"rules": [3]}, "rule 1: should be a table, and is 3."),
        ({"rules": [GAP | {"margin": -1}]}, 'rule 1: "margin" should be more than 0, and is -1.'),
        ({"rules": [GAP | {"name": ""}]}, 'rule 1: "name" should be a text of length 1 or more, and is "".'),
        ({"rules": [GAP | {"levels": ["a", 3]}]}, 'rule 1: item 2 of "levels" should be a text, and is 3.'),
        ({"rules": [RATE, WHO | {"reference": {"a": "x"}}]}, 'rule 2: "reference.a" should be a number, and is "x".'),
    ],
)
def test_a_value_of_another_kind_is_refused_in_plain_words(changed, says):
    with pytest.raises(InputError) as raised:
        read_watch(watch() | changed)
    assert str(raised.value) == f"The watch cannot be read: {says}"


def test_doubled_names_and_levels_are_said():
    with pytest.raises(InputError, match="two rules are called 'gap'"):
        read_watch(watch(GAP, GAP))
    with pytest.raises(InputError, match="stands twice"):
        read_watch(watch(GAP | {"levels": ["a", "a"]}))
    with pytest.raises(InputError, match="add up to"):
        read_watch(watch(WHO | {"reference": {"a": 0.7, "b": 0.7}}))


def test_the_example_is_a_watch_of_most_kinds(tmp_path):
    (tmp_path / "watch.toml").write_text(first_watch())
    example = read_watch(tmp_path / "watch.toml")
    assert isinstance(example, Watch)
    assert {rule.kind for rule in example.rules} == {"gap", "rate", "composition", "agreement", "missing"}
