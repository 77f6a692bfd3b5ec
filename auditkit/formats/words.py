"""Numbers and untrusted text as a reader sees them; every prose format says them alike."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from auditkit.core.estimate import Interval
from auditkit.core.finding import Count, Finding, Margin
from auditkit.core.judgement import Outcome, Verdict

MINUS = "\u2212"
_CONTROLS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
ROUNDING = 1e-12
"""Smaller differences are what floating point leaves of zero."""
OUTCOMES = {
    Outcome.FAIL: "Fail",
    Outcome.INCONCLUSIVE: "Inconclusive",
    Outcome.NOT_ASSESSED: "Not assessed",
    Outcome.PASS: "Pass",
}


def plain(text: object) -> str:
    """Text without what is not printable: white space becomes one space, controls and direction overrides go.

    >>> plain("a\\x1b]0;x\\x07\\tb\\nc")
    'a]0;x b c'
    """
    told = str(text)
    if told.isprintable() and "  " not in told:  # most text is plain already
        return told.strip(" ")
    spaced = re.sub(r"\s+", " ", told)
    return "".join(letter for letter in spaced if letter.isprintable()).strip()


def quiet(text: object) -> str:
    """Plain text that no build log takes for a command: `::` and `##[` are broken up, wherever they stand.

    Indenting is no defence: a runner trims the line before it looks for `::`, and looks for `##[` anywhere in it.

    >>> quiet("::error::x"), quiet("a ##[add-mask]b")
    (': :error: :x', 'a ## [add-mask]b')
    """
    return re.sub(r":(?=:)", ": ", plain(text)).replace("##[", "## [")


def unobeyed(json: str) -> str:
    """A JSON text that says the same, of which no build log takes a part for a command, nor a terminal for a control.

    What turns the direction of a line or controls a terminal stands only in JSON's strings, and is escaped there.

    >>> unobeyed('["##[error]x\\x9b1m"]')
    '["##\\\\u005berror]x\\\\u009b1m"]'
    """
    return _CONTROLS.sub(lambda one: f"\\u{ord(one[0]):04x}", json.replace("##[", "##\\u005b"))


def short(text: object, most: int = 90) -> str:
    """Plain text, cut in the middle when it is longer than `most` characters.

    >>> short("abcdefghij", 5)
    'ab…ij'
    """
    whole = plain(text)
    half = (most - 1) // 2
    return whole if len(whole) <= most else f"{whole[:half]}…{whole[-half:]}"


def outcome_word(outcome: Outcome | None) -> str:
    """The word for a verdict; no verdict is "not judged"."""
    return "Not judged" if outcome is None else OUTCOMES[outcome]


def count(n: float) -> str:
    """A number of rows, with thousands separators; effective numbers keep one decimal below 100.

    >>> count(7214), count(16.25), count(1234.5)
    ('7,214', '16.2', '1,234')
    """
    return f"{n:,.1f}" if n != int(n) and n < 100 else f"{n:,.0f}"


def percent(level: float) -> str:
    """A confidence level, with the decimals it needs.

    >>> percent(.95), percent(.9983333)
    ('95 %', '99.83 %')
    """
    return f"{min(level * 100, 99.9999):.4g} %"


def percent_of(share: float | None) -> str:
    """A share, in whole percents.

    >>> percent_of(.456), percent_of(None)
    ('46 %', 'undefined')
    """
    return "undefined" if share is None else f"{100 * share:.0f} %"


def number(value: float | None, scale: str = "difference", signed: bool = True) -> str:
    """An effect: differences with a sign and three decimals, ratios with two or three significant digits.

    >>> number(.2139), number(-.0004), number(1.914, "ratio"), number(.0345, "ratio"), number(None)
    ('+0.214', '−0.0004', '1.91', '0.035', 'undefined')
    >>> number(6.4e-5), number(1.23e-5, "ratio")
    ('+0.00006', '0.000012')
    """
    if value is None:
        return "undefined"
    value = 0.0 if scale != "ratio" and abs(value) < ROUNDING else value
    digits = _ratio(value) if scale == "ratio" else _difference(value)
    sign = "+" if signed and scale != "ratio" and value > 0 else ""
    return sign + digits.replace("-", MINUS)


def _difference(value: float) -> str:
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.3f}" if size >= 0.001 or size == 0 else _written_out(f"{value:.1g}")


def _ratio(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 or value == 0 else _written_out(f"{value:.2g}")


def _written_out(digits: str) -> str:
    """Digits without a power of ten, which only programs read with ease."""
    return f"{Decimal(digits):f}"


def exact(value: float) -> str:
    """A number somebody chose (a margin, a null value), without digits it does not need.

    >>> exact(.05), exact(0.0), exact(-.1), exact(1.25)
    ('0.05', '0', '−0.1', '1.25')
    """
    return _written_out(f"{value:.4g}").replace("-", MINUS)


def interval(bounds: Interval | None, scale: str = "difference", signed: bool = True) -> str:
    """An interval; an end that the method cannot bound is said, never drawn as a number.

    >>> interval(Interval(.183, .244, .95)), interval(Interval(None, 2.5, .95), "ratio")
    ('[+0.183, +0.244]', '[no bound, 2.50]')
    """
    if bounds is None or (bounds.low is None and bounds.high is None):
        return "no interval"
    low, high = ("no bound" if b is None else number(b, scale, signed) for b in bounds[:2])
    return f"[{low}, {high}]"


def margin(tolerated: Margin | None, scale: str = "difference") -> str:
    """What is tolerated.

    >>> margin(Margin.within(.05)), margin(Margin.ratio(.8), "ratio"), margin(Margin.at_most(.1)), margin(None)
    ('±0.05', '0.8 to 1.25', 'at most 0.1', 'none')
    """
    if tolerated is None or tolerated == (None, None):
        return "none"
    low, high = tolerated
    if low is None or high is None:
        return f"at least {exact(low)}" if low is not None else f"at most {exact(high or 0.0)}"
    if scale != "ratio" and math.isclose(low, -high):
        return f"±{exact(high)}"
    return f"{exact(low)} to {exact(high)}"


def rate(counted: Count) -> str:
    """One group's own numbers.

    >>> rate(Count("men", 805, 1795, .4484)), rate(Count("few", 0, 0, None))
    ('805 of 1,795 = 0.448', 'no rows shown')
    """
    if counted.n == 0:
        return "no rows shown"
    shown = f"{counted.hits:,} of {counted.n:,}"
    return shown if counted.rate is None else f"{shown} = {counted.rate:.3f}"


def settled_by(verdict: Verdict) -> str:
    """What an inconclusive verdict waits for; nothing where its sentence says so already."""
    if verdict.outcome is not Outcome.INCONCLUSIVE:
        return ""
    if verdict.needed is None:
        said = "rows" in verdict.sentence or "settle" in verdict.sentence
        return "" if said else "No realistic number of rows settles it."
    return "" if f"{verdict.needed:,}" in verdict.sentence else f"About {verdict.needed:,} rows in all would settle it."


def answered(verdict: Verdict) -> str:
    """Who answers for a verdict, until when and why; nothing where nobody does."""
    a = verdict.accepted
    return "" if a is None else f"Accepted by {a.owner} until {a.expires.isoformat()}: {a.reason}"


def comparison(finding: Finding, most: int = 90) -> str:
    """What is compared: a level, against what, within which stratum."""
    against = f" vs {short(finding.versus, most)}" if finding.versus else ""
    within = f", in {short(finding.stratum, most)}" if finding.stratum else ""
    return f"{short(finding.level, most)}{against}{within}"


def is_signed(finding: Finding) -> bool:
    """Whether its numbers carry a plus sign: differences from zero do, shares and ratios do not."""
    return finding.scale == "difference" and finding.null == 0


def markdown(text: object) -> str:
    """Untrusted text that Markdown prints as it stands: no markup, table cell, mention, reference or link.

    >>> markdown("a|b <b>*x*</b> @me #12")
    'a\\\\|b &lt;b&gt;\\\\*x\\\\*&lt;/b&gt; @\\u200bme #\\u200b12'
    """
    safe = quiet(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    safe = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", safe)
    safe = re.sub(r"^([-+=#]|\d+(?=[.)]\s))", r"\\\1", safe)
    return re.sub(r"(@|#(?=\w)|GH-|://|\bwww(?=\.))", "\\1\u200b", safe, flags=re.IGNORECASE)
