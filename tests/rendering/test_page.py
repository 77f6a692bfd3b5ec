from __future__ import annotations

import re
from html.parser import HTMLParser

import canned
import pytest

from auditkit.core.judgement import Outcome
from auditkit.formats import words
from auditkit.formats.intervals import held_to, ranked, tolerance
from auditkit.rendering import Listed, index, render

ACTIVE = {
    "script",
    "iframe",
    "object",
    "embed",
    "link",
    "base",
    "form",
    "img",
    "image",
    "animate",
    "set",
    "foreignobject",
}
ADDRESSES = {"href", "src", "xlink:href", "action", "formaction", "srcdoc", "data", "poster", "style"}


class Page(HTMLParser):
    """What a browser would see: tags with attributes, the words of the text, and whether every tag is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "col", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(params=canned.EVERY)
def judged(request: pytest.FixtureRequest) -> canned.Judged:
    return canned.EVERY[request.param]()


def page_of(judged: canned.Judged) -> Page:
    return Page(render(*judged, "page"))


def test_nothing_on_the_page_can_act(judged: canned.Judged) -> None:
    page = page_of(judged)
    for tag, attributes in page.tags:
        assert tag not in ACTIVE
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in ADDRESSES and (tag, name) != ("svg", "style"):
                assert (value or "").startswith("#"), (tag, name, value)
    assert page.unbalanced == [] == page.open


def test_the_policy_of_the_page_forbids_everything_but_its_own_style(judged: canned.Judged) -> None:
    page = page_of(judged)
    said = [a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"]
    assert said == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"]
    whole = render(*judged)
    assert whole.index("Content-Security-Policy") < whole.index("<style>")
    assert "url(" not in whole.split("</style>")[0]
    assert "@import" not in whole.split("</style>")[0]


def test_every_line_prints_its_numbers_and_every_verdict_its_sentence(judged: canned.Judged) -> None:
    text = page_of(judged).text
    for finding, verdicts in ranked(*judged):
        e, signed = finding.estimate, words.is_signed(finding)
        for expected in (
            words.number(e.value, finding.scale, signed),
            words.interval(finding.interval(0.95), finding.scale, signed),
            f"margin {words.margin(tolerance(finding, verdicts), finding.scale)}",
            f"null {words.exact(finding.null)}",
            f"n = {e.n:,}",
            *(words.rate(count) for count in finding.counts),
            *(cap.because for cap in finding.caps),
            *finding.notes,
            finding.sentence,
        ):
            assert words.plain(expected) in text
        for verdict in verdicts:
            assert words.plain(verdict.sentence) in text
            assert words.settled_by(verdict) in text
            assert all(words.plain(change) in text for change in verdict.changes)
            for bounds in filter(None, (verdict.pass_interval, verdict.fail_interval)):
                assert words.interval(bounds, finding.scale, signed) in text


def test_what_was_not_assessed_stands_beside_what_was_found_and_outside_any_fold(judged: canned.Judged) -> None:
    whole = render(*judged)
    found, silent = whole.index("<h2>What was found</h2>"), whole.index("<h2>What was not assessed, and why</h2>")
    assert found < silent
    assert "<details" not in whole[:silent]
    text = Page(whole[silent : whole.find('id="every"', silent) if 'id="every"' in whole else None]).text
    assert all(words.plain(item.because) in text for item in judged[0].not_assessed)


def test_each_finding_stands_once_in_the_order_of_the_judgement() -> None:
    report, judgement = canned.compas()
    places = [int(n) for n in re.findall(r'id="finding-(\d+)"', render(report, judgement))]
    assert sorted(places) == list(range(1, len(report.findings) + 1))
    lead = render(report, judgement).split("The finding that leads")[1]
    assert lead.index("African-American") < lead.index("What was found")
    assert "+0.214" in lead[: lead.index("What was found")]


def test_the_small_group_does_not_lead_and_says_what_it_needs() -> None:
    text = page_of(canned.compas()).text
    small = text[text.index("Native American: 3 of 8 = 0.375") :]
    assert small.index("About 2,244 more rows settle it") < small.index("Evidence")


@pytest.mark.parametrize(
    ("make", "headline"),
    [
        (canned.compas, "Bias larger than the margin shows in 3 of 12 comparisons."),
        (canned.all_pass, "Bias larger than the margin is ruled out at 95 % in both comparisons."),
        (canned.inconclusive, "These data cannot settle either of the two comparisons; no comparison fails."),
        (canned.nothing, "Nothing could be judged, and silence is not a pass."),
        (canned.empty, "Nothing could be judged, and silence is not a pass."),
    ],
)
def test_one_sentence_tells_the_verdict(make, headline: str) -> None:
    report, judgement = make()
    page = Page(render(report, judgement))
    assert headline in page.text
    assert page.text.index(words.outcome_word(judgement.outcome)) < page.text.index(headline)
    assert "unbiased" not in page.text


def test_six_hundred_findings_stay_usable() -> None:
    whole = render(*canned.long())
    folded = re.findall(r'<details class="rest"><summary>([^<]+)</summary>', whole)
    assert len(folded) == 12
    assert all("fail" not in summary for summary in folded), "a fail is never folded away"
    assert len(whole) < 1_500_000


def test_a_pass_by_a_tolerated_change_draws_no_margin_on_the_estimate_axis() -> None:
    from dataclasses import replace

    report, judgement = canned.all_pass()
    first = judgement.verdicts[0]
    change = replace(first, rule="no_worse", margin=canned.Margin.at_most(0.02))
    finding = next(f for f in report.findings if f.key == first.key)
    assert tolerance(finding, [change]) is None
    assert held_to(finding, [change]) == "at most 0.02 of change"
    assert held_to(replace(finding, scale="ratio"), [change]) == "at most 0.02 of change in the logarithm"
    assert held_to(finding, [change, first]) == "±0.05"
    assert tolerance(finding, [change, first]) == first.margin


def test_the_index_links_inside_its_own_folder_only() -> None:
    entries = [
        Listed(text, text, text, outcome, text)
        for text in canned.HOSTILE[:-2]
        for outcome in (Outcome.FAIL, Outcome.PASS)
    ]
    page = Page(index([*entries, Listed("t", "p", "f", Outcome.PASS, "javascript:alert(1)")], "<b>", "<i>"))
    links = [a["href"] or "" for tag, a in page.tags if tag == "a"]
    assert len(links) == len(entries) + 1
    assert not any(re.match(r"\s*[a-z]+:|//", link) for link in links)
    assert not ACTIVE & {tag for tag, _ in page.tags}
    assert page.unbalanced == [] == page.open


def test_the_index_says_what_was_planted_and_found() -> None:
    text = Page(index([Listed("Reviews", "extremes write", "27 points", Outcome.FAIL, "reviews.html")])).text
    assert "Fail Reviews Planted extremes write Found 27 points" in text
