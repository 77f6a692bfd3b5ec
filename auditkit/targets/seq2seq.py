"""An encoder-decoder: words in, other words out, one after the other until it stops.

How the words are chosen is a setting, and matters: of a model that says "she" 6 times in 10, the dice (`sampled`) say
it 6 times in 10, while who always takes the likelier word (`greedy`), or the likeliest of a few sentences that are kept
(`beam`), says it always.

A plan names it by a folder or a hub id; the translators of the lab's own classes by `model = "lab:attention.dose90"` or
`"lab:encoder_decoder.dose90"`, without a dose for those that learned from the fair world.
References
    Sutskever, Vinyals & Le, NeurIPS (2014) 3104; Bahdanau, Cho & Bengio, ICLR (2015); Vaswani et al., NeurIPS (2017)
    5998; Stahlberg & Byrne, EMNLP (2019) 3356, on what beams do not find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, fields
from functools import cached_property
from math import isfinite
from typing import Any, Literal, get_args

from auditkit import weights
from auditkit.core.errors import InputError, nearest
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Attention, Refusal, Said, Target
from auditkit.targets.drawing import Drawing
from auditkit.targets.framing import joined
from auditkit.targets.holding import Held, paired
from auditkit.targets.noise import generator
from auditkit.targets.stepping import NEEDED, Spoken, Stepping, beamed, drawn, forced
from auditkit.targets.transducing import Transducing
from auditkit.targets.wording import NO_NUMBERS, NOTHING, Worded, blind, put_in

Decoding = Literal["sampled", "greedy", "beam"]


@dataclass(frozen=True)
class Seq2Seq(Target):
    """An `AutoModelForSeq2SeqLM` of transformers, or an object that is asked step by step, live or `weights.Own`.

    Of transformers: a folder, a hub id, or live, as `(model, tokenizer)`; of one's own: `stepping.Stepping`.
    `decoding` is how words are chosen: "sampled" at a `temperature`, "greedy", or "beam", the likeliest sentence found
    with so many `beams`; `max_tokens` at most. What is `given` in a prompt stands before its words, as in "translate
    English to German:"; in `score` it is the source, and the words are what it becomes.

    With `attention` answers tell which tokens of the source each word looked at: of a model of one's own its weights,
    of transformers the mean over the heads of the last layer; nothing of a model that has none.

    Raises `InputError` for a prompt that is too long, without words, or with turns. Words that the tokenizer has no
    token for are refused.

    >>> Seq2Seq("Helsinki-NLP/opus-mt-fi-en", decoding="beam").settings["beams"]
    4
    """

    model: Any
    _: KW_ONLY
    decoding: Decoding = "sampled"
    temperature: float = 1.0
    beams: int = 4
    max_tokens: int = 64
    attention: bool = False
    joint: str = " "
    revision: str | None = None
    variant: str | None = None
    batch: int = 64
    device: str = "cpu"
    dtype: str = "float32"
    title: str = ""

    def __post_init__(self) -> None:
        if self.decoding not in get_args(Decoding):
            known = get_args(Decoding)
            said = f'There is no decoding "{self.decoding}".{nearest(self.decoding, known)}'
            raise InputError(f"{said} Choose one of: {', '.join(known)}.")
        Drawing(self.temperature)  # it says what is out of range
        if min(self.max_tokens, self.batch, self.beams) < 1:
            raise InputError(
                f"max_tokens is {self.max_tokens}, batch {self.batch}, beams {self.beams}. Give at least 1."
            )
        if not self.title:
            object.__setattr__(self, "title", self._held.title)

    @property
    def portable(self) -> bool:  # type: ignore[override]  # the contract's attribute, read only
        """Whether it is made of a folder or an id."""
        return self._held.portable

    @property
    def fingerprint(self) -> str:
        """The digest of the files of the model; of a live one, of its tensors and its tokenizer."""
        return self._held.fingerprint

    @property
    def settings(self) -> Mapping[str, Any]:
        """How words are chosen."""
        drawing, beams = {"temperature": self.temperature}, {"beams": self.beams}
        own: dict[str, dict[str, Any]] = {"sampled": drawing, "greedy": {}, "beam": beams}
        put = {"max_tokens": self.max_tokens, "attention": self.attention, "joint": self.joint}
        return {"decoding": self.decoding, **own[self.decoding], **put, "dtype": self._held.arithmetic}

    def generate(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Say what each prompt's words become: tells the log probability of the tokens, the stop among them."""
        texts = self._texts(prompts, seeds)
        with self._asked() as model:
            refusals = self._refused(texts)
            known = [k for k, refusal in enumerate(refusals) if refusal is None]
            some, streams = [texts[k] for k in known], [generator(seeds[k]) for k in known]
            if self.decoding == "beam":
                made = beamed(model, some, self.beams, self._most)
            else:
                made = drawn(model, some, streams, self._drawing, self._most) if some else []
            looks = model.sources(some) if some and made[0].looked[0] is not None else [()] * len(some)
            said = [self._said(model, spoken, source) for spoken, source in zip(made, looks, strict=True)]
            return put_in(refusals, said)

    def score(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Tell the log probability that what is given becomes each prompt's words and then stops."""
        self._texts([Prompt(prompt.given, image=prompt.image, turns=prompt.turns) for prompt in prompts], seeds)
        with self._asked() as model:
            sources, targets = [prompt.given for prompt in prompts], [prompt.text for prompt in prompts]
            refusals = [a or b for a, b in zip(self._refused(sources), self._unsaid(targets), strict=True)]
            known = [prompt for prompt, refusal in zip(prompts, refusals, strict=True) if refusal is None]
            tokens = [self._tokens(model, prompt.text) for prompt in known]
            found = forced(model, [prompt.given for prompt in known], tokens) if known else []
            said = [NO_NUMBERS if not isfinite(each.log_probability) else Said("", _told(each)) for each in found]
            return put_in(refusals, said)

    def _texts(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[str]:
        """What is read: what is given and the words; raises `InputError` for what cannot be read."""
        paired(prompts, seeds)
        blind(prompts, self.title)
        texts = [joined([prompt.given, prompt.text], self.joint) for prompt in prompts]
        if any(prompt.turns for prompt in prompts):
            raise InputError(f"{self.title} reads one text and holds no conversation. Leave the turns out.")
        if not all(text.strip() for text in texts):
            raise InputError(f"This prompt has no words for {self.title} to read. Give it a text; in score, a given.")
        return texts

    @contextmanager
    def _asked(self) -> Iterator[Stepping]:
        """What is asked a step at a time; raises `InputError` where something is lacking."""
        with self._held.asked() as model:
            if (
                lacking := []
                if isinstance(self._held, Worded)
                else [name for name in NEEDED if not hasattr(model, name)]
            ):
                raise InputError(f"{self.title} has no {lacking[0]}. A model of one's own offers: {', '.join(NEEDED)}.")
            own: Stepping = model
            yield Transducing(self._held, self.attention) if isinstance(self._held, Worded) else own

    def _refused(self, texts: Sequence[str]) -> list[Refusal | None]:
        """A refusal for each source with words that are not known; raises `InputError` for one that is too long."""
        if isinstance(self._held, Worded):
            for text, ids in zip(texts, self._held.tokenizer(list(texts))["input_ids"] if texts else [], strict=True):
                self._held.fits(ids, text)
            return self._held.unknown(texts)
        return [_unread(self._held.opened, text) for text in texts]

    def _unsaid(self, texts: Sequence[str]) -> list[Refusal | None]:
        """A refusal for each text with words that it could never say."""
        if isinstance(self._held, Worded):
            return self._held.unknown(texts)
        vocabulary = set(self._held.opened.vocabulary)
        unknown = [[word for word in text.split() if word not in vocabulary] for text in texts]
        return [Refusal(f"it does not know: {', '.join(words)}") if words else None for words in unknown]

    def _tokens(self, model: Stepping, text: str) -> list[int]:
        """The tokens of words that are to be said, and the stop."""
        if not isinstance(self._held, Worded):
            return [*(model.vocabulary.index(word) for word in text.split()), model.stop]
        ids, first = list(self._held.tokenizer(text_target=text)["input_ids"]), self._held.tokenizer.bos_token_id
        while ids and ids[0] in (model.start, first):
            ids = ids[1:]
        return ids if ids and ids[-1] == model.stop else [*ids, model.stop]

    def _said(self, model: Stepping, spoken: Spoken, source: Sequence[str]) -> Answer:
        """The words without the stop, and where each looked."""
        own = [token for token in spoken.tokens if token != model.stop]
        if isinstance(self._held, Worded):
            text, names = self._held.text(own), self._held.tokens(own)
        else:
            names = tuple(model.vocabulary[token] for token in own)
            text = " ".join(names)
        if not isfinite(spoken.log_probability):
            return NO_NUMBERS
        looks = None
        if self.attention and source:
            rows = [weights[: len(source)].double().tolist() for weights in spoken.looked[: len(own)]]
            looks = Attention(names, tuple(source), rows, "decoder on source")
        return Said(text, _told(spoken), looks) if text.strip() else NOTHING

    @property
    def _most(self) -> int:
        return min(self.max_tokens, self._held.longest) if isinstance(self._held, Worded) else self.max_tokens

    @cached_property
    def _drawing(self) -> Drawing:
        return Drawing(self.temperature, greedy=self.decoding == "greedy")

    @cached_property
    def _held(self) -> Held:
        if isinstance(self.model, weights.Own | Stepping):
            return Held(self.model, None, dtype=self.dtype, device=self.device)
        own: dict[str, Any] = {"dtype": self.dtype, "device": self.device, "eager": self.attention}
        return Worded(self.model, "AutoModelForSeq2SeqLM", revision=self.revision, variant=self.variant, **own)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: the other process opens the weights itself."""
        self._held.sendable(self.title)
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _told(spoken: Spoken) -> dict[str, float]:
    return {"log_probability": spoken.log_probability, "tokens": len(spoken.tokens)}


def _unread(model: Stepping, text: str) -> Refusal | None:
    """A refusal for a source that a model of one's own does not know the words of."""
    try:
        model.sources([text])
    except InputError as error:
        return Refusal(str(error))
    return None
