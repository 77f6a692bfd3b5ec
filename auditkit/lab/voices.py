"""Who a server speaks for: a causal language model, which tells of its tokens, or any target that answers in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Said, Target
from auditkit.lab.models import WEIGHTS
from auditkit.lab.models.variants import variant
from auditkit.targets.causal_lm import CausalLm
from auditkit.targets.framing import Frame, asked_in, continued_ids
from auditkit.targets.wording import Worded

JOINT = " "
SERVED = "causal_lm"
"""The miniature that goes on with words."""


class How(NamedTuple):
    """How an answer is drawn."""

    temperature: float = 1.0
    top_p: float | None = None
    max_tokens: int = 64
    stop: tuple[str, ...] = ()


class Token(NamedTuple):
    """A token, the logarithm of its probability, and the likeliest tokens in its place with theirs."""

    text: str
    log: float
    top: Mapping[str, float]


class Spoken(NamedTuple):
    """An answer, whether it was cut off at the limit, and its tokens, the end among them, where they are told."""

    answer: Answer
    cut: bool = False
    tokens: Sequence[Token] = ()


class Voice(Protocol):
    """What can be served. `top` is how many likely tokens are told in the place of each, `None` where none need be."""

    title: str
    fingerprint: str

    def said(self, prompt: Prompt, seed: int, how: How, top: int | None) -> Spoken:
        """One answer."""
        ...

    def echoed(self, text: str, top: int) -> Sequence[Token]:
        """The tokens of a text, each after those before it; none from a voice that cannot tell."""
        ...


class Plain:
    """Any target that generates. It decodes as it was made to, whatever is asked, and tells nothing of its tokens."""

    def __init__(self, target: Target) -> None:
        self.target, self.title, self.fingerprint = target, target.title, target.fingerprint

    def said(self, prompt: Prompt, seed: int, how: How, top: int | None) -> Spoken:
        """The target's answer."""
        return Spoken(self.target.generate([prompt], [seed])[0])

    def echoed(self, text: str, top: int) -> Sequence[Token]:
        """None."""
        return ()


class Causal:
    """A live causal language model with its tokenizer: answers as `CausalLm` does with the same settings and seed.

    An answer's tokens are those of its words, read again after its prompt; where more were made, the last is the end.
    """

    def __init__(self, model: Any, tokenizer: Any, title: str) -> None:
        self.model, self.tokenizer, self.title = model, tokenizer, title
        self._worded = Worded((model, tokenizer), "AutoModelForCausalLM", dtype="float32", device="cpu")
        self.fingerprint = self._worded.fingerprint

    def said(self, prompt: Prompt, seed: int, how: How, top: int | None) -> Spoken:
        """What `CausalLm` generates."""
        target = CausalLm((self.model, self.tokenizer), **how._asdict(), joint=JOINT, title=self.title)
        answer = target.generate([prompt], [seed])[0]
        if not isinstance(answer, Said):
            return Spoken(answer)
        frame = asked_in(self._worded, prompt, None, JOINT)
        context, own = continued_ids(self._worded, frame, answer.text, JOINT)
        cut = answer.told["tokens"] == len(own)
        end = [] if cut or how.stop else [self.tokenizer.eos_token_id]
        return Spoken(answer, cut, () if top is None else self._read(context, [*own, *end], top))

    def echoed(self, text: str, top: int) -> Sequence[Token]:
        """Read after the token that stands before the first."""
        context, own = continued_ids(self._worded, Frame("", False), text, JOINT)
        spans = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        ends = [0, *(end for _, end in spans)]
        pieces = [text[a:b] for a, b in pairwise(ends)]
        read = self._read(context, own, top)
        return [token._replace(text=piece) for token, piece in zip(read, pieces, strict=True)]

    def _read(self, context: Sequence[int], own: Sequence[int], top: int) -> list[Token]:
        """How likely each token of `own` is after those before it."""
        import torch

        if not own:
            return []
        with self._worded.asked() as model:
            ids = torch.tensor([[*context, *own][:-1]], device=self._worded.device_of)
            logs = model(input_ids=ids).logits[0, len(context) - 1 :].float().log_softmax(dim=1)
            return [self._token(token, row, top) for token, row in zip(own, logs, strict=True)]

    def _token(self, token: int, logs: Any, top: int) -> Token:
        best = logs.topk(min(top, len(logs)))
        told = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return Token(self._shown(token), float(logs[token]), {self._shown(one): log for one, log in told})

    def _shown(self, token: int) -> str:
        return str(self.tokenizer.decode([token]))


def bundled(name: str, dose: float, folder: Path | None = None) -> Causal:
    """The voice of a bundled miniature at a dose, or of a folder of such weights.

    Raises `InputError` for a miniature that does not go on with words, and for weights that are not there.
    """
    if name != SERVED:
        raise InputError(f'"{name}" cannot be served: it does not go on with words. Serve {SERVED}.')
    place = folder or WEIGHTS / name
    if not place.is_dir():
        raise InputError(f"There are no weights in {place}. Make them: auditkit lab train {name} --out DIR.")
    model = weights.transformers_model("AutoModelForCausalLM", place, variant=variant(dose))
    return Causal(model, weights.processor("AutoTokenizer", place), f"{name}, dose {dose:g}")
