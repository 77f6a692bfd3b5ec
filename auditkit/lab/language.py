"""The worlds of words at hand: the bundled models that learned to speak, to translate and to say what a portrait shows.

>>> from auditkit.lab import language
>>> language.masked_lm(dose=0.9).title
'a miniature BERT, dose 0.9'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from auditkit.lab.models import WEIGHTS
from auditkit.lab.models.variants import variant

if TYPE_CHECKING:
    from auditkit.targets import Captioner, CausalLm, MaskedLm, Seq2Seq

STRONG = 0.9
"""The dose of the bundled models that learned from a biased world; the others learned from the fair one."""
MIXED = "mixed"
"""The variant of the language models in whose world only some mechanisms have the dose: the others are its nuisance."""
TRANSLATORS: Mapping[str, str] = {
    "encoder_decoder": "encoder-decoder without attention",
    "attention": "encoder-decoder with attention",
    "transformer": "encoder-decoder transformer",
}
"""Three ways to translate the same sentences."""

Decoding = Literal["sampled", "greedy", "beam"]


def masked_lm(dose: float = 0.0, *, mixed: bool = False) -> MaskedLm:
    """The bundled miniature BERT: fills a slot in a sentence, and says how likely a sentence is."""
    from auditkit.targets import MaskedLm

    return MaskedLm(WEIGHTS / "masked_lm", variant=_named(dose, mixed), title=_title("BERT", dose, mixed))


def causal_lm(dose: float = 0.0, *, mixed: bool = False, **how: Any) -> CausalLm:
    """The bundled miniature GPT-2: goes on with a sentence, scores one, decides; `how` is how it decodes."""
    from auditkit.targets import CausalLm

    return CausalLm(WEIGHTS / "causal_lm", variant=_named(dose, mixed), title=_title("GPT-2", dose, mixed), **how)


def translator(name: str, dose: float = 0.0, *, decoding: Decoding = "sampled") -> Seq2Seq:
    """One of the bundled translators, from a language without genders into English: see `TRANSLATORS`."""
    from auditkit.lab import miniature
    from auditkit.targets import Seq2Seq
    from auditkit.weights import Own

    title = f"a miniature {TRANSLATORS[name]}, dose {dose:g}"
    if name == "transformer":
        return Seq2Seq(WEIGHTS / name, variant=variant(dose), decoding=decoding, title=title, attention=True)
    own = Own(WEIGHTS / name, miniature.module(name).opened, variant(dose))
    return Seq2Seq(own, decoding=decoding, title=title, attention=True)


def captioner(dose: float = 0.0, **how: Any) -> Captioner:
    """The bundled miniature captioner: says what a portrait of 32 by 32 shows."""
    from auditkit.targets import Captioner

    title = f"a miniature captioner, dose {dose:g}"
    return Captioner(WEIGHTS / "captioner", variant=variant(dose), title=title, **how)


def _named(dose: float, mixed: bool) -> str | None:
    return MIXED if mixed else variant(dose)


def _title(what: str, dose: float, mixed: bool) -> str:
    return f"a miniature {what}, {'some mechanisms at ' if mixed else ''}dose {STRONG if mixed else dose:g}"


BUNDLED: Mapping[str, tuple[str, str]] = {
    "masked language model (BERT)": ("masked_lm", "masked_lm"),
    "causal language model (GPT-2)": ("causal_lm", "causal_lm"),
    **{title: (f'translator("{name}")', "seq2seq") for name, title in TRANSLATORS.items()},
    "captioner (ViT + GPT-2)": ("captioner", "captioner"),
}
"""Every family of language models: how this module opens the miniature, and the target that it is."""
