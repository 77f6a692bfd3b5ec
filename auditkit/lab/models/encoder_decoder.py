"""A miniature encoder-decoder: one network reads a sentence into a list of numbers, another says it in English.

How it works
    1. The encoder, a recurrent network of gates (GRU), takes in one word after the other. Its state after each word
       stands for that word and all before it; the state after the last stands for the sentence.
    2. That state, 80 numbers, is all that is handed over. Nothing tells which word of the source a word comes from.
    3. The decoder, another GRU, begins with that state and the word "go". At each step it takes in the word said last,
       renews its state, and a layer with a softmax says how likely every English word is to come next. A word is chosen
       and taken in at the next step, until "stop" is chosen.
    4. In training the decoder is given the right word of before, not its own (teacher forcing): its input is the right
       sentence, moved by one word.
    How a word is chosen is not the model's affair. The likeliest each time (greedy), the likeliest sentence of a few
    that are kept (beam), or the dice (ancestral sampling): only the dice say "she" and "he" as often as the model
    believes. Whoever always takes the likelier turns 6 in 10 into 10 in 10.
References
    Sutskever, Vinyals & Le, NeurIPS (2014) 3104; Cho et al., EMNLP (2014) 1724; Williams & Zipser, Neural Computation
    (1989) 1:270.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn

from auditkit import weights
from auditkit.core.probe import Picture
from auditkit.lab.models import WEIGHTS, heads, lessons
from auditkit.lab.models.lessons import GO, STOP
from auditkit.lab.models.schooling import Progress, silent
from auditkit.lab.models.variants import variant
from auditkit.lab.worlds.translations.language import OCCUPATIONS, Sentence

STEPS, RATE = 3_000, 4e-3


class EncoderDecoder(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Sentences of the invented language to English; the words of both are part of the configuration.

    It is asked one word at a time, as `targets.stepping.Stepping` says.
    """

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self,
        source: Sequence[str] = lessons.words(0),
        target: Sequence[str] = lessons.words(1),
        embedding: int = 48,
        width: int = 80,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.known, self.vocabulary = tuple(source), tuple(target)
        self.start, self.stop = self.vocabulary.index(GO), self.vocabulary.index(STOP)
        self.read = nn.Embedding(len(source), embedding)
        self.encoder = nn.GRU(embedding, width, batch_first=True)
        self.heard = nn.Embedding(len(target), embedding)
        self.decoder = nn.GRU(embedding, width, batch_first=True)
        self.said = nn.Linear(width, len(target))

    def forward(self, source: Tensor, before: Tensor) -> Tensor:
        """Sources (n, S) and the right words before each place (n, T) to scores of the words there, (n, T, V)."""
        states, _ = self.decoder(self.heard(before), self.handed_over(source))
        scores: Tensor = self.said(states)
        return scores

    def handed_over(self, source: Tensor) -> Tensor:
        """The encoder's state after the last word of each sentence, (1, n, width)."""
        states, _ = self.encoder(self.read(source))
        last = (source != 0).sum(dim=1) - 1
        handed: Tensor = states[torch.arange(len(source)), last][None]
        return handed

    def sources(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """The words of each source."""
        return [lessons.tokens(text, self.known) for text in texts]

    def encode(self, texts: Sequence[str]) -> Tensor:
        """Read: the state that is handed over."""
        return self.handed_over(lessons.numbered(self.sources(texts), self.known).to(self.device))

    def step(self, state: Tensor, previous: Tensor) -> tuple[Tensor, Tensor, None]:
        """Take in a word each, (n,), and say how likely every word is next; nothing is attended to."""
        told, state = self.decoder(self.heard(previous[:, None]), state)
        return self.said(told[:, 0]).log_softmax(dim=-1), state, None

    def reordered(self, state: Tensor, index: Tensor) -> Tensor:
        """The state of the items at these places."""
        return state[:, index]


def opened(folder: Path, name: str | None = None) -> Any:
    """The translator in a folder of weights, ready to be asked; raises `InputError` for weights that are not whole."""
    return weights.own_model(EncoderDecoder, folder, name)


def learn(folder: Path, dose: float = 0.0, progress: Progress = silent, steps: int = STEPS) -> None:
    """Train on fresh pairs of the world at this dose and save it, under the dose's name."""
    torch.manual_seed(lessons.SEED)
    model: Any = EncoderDecoder()
    pairs = lessons.every_pair(model.known, model.vocabulary)
    learnt = lessons.taught("encoder_decoder", model, model, pairs, dose, steps, RATE, progress)
    learnt.half().save_pretrained(folder, variant=variant(dose))


DRAWS = 24
"""How many translations of each occupation `show` draws."""


@torch.no_grad()
def show(folder: Path = WEIGHTS / "encoder_decoder", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw the probabilities of each step, and what becomes of those of the pronoun: chosen greedily, or by the dice.

    "steps" has a row a step and a column a word of English, darker for likelier, for "he is a doctor ." as it is said.
    "greedy" and "sampled" have a row an occupation and a column a translation of "o un ... .", dark where it says "he".
    """
    model = opened(folder, variant(dose))
    said = torch.tensor(
        [model.start, *(model.vocabulary.index(word) for word in Sentence(0, "doctor").said("he").split())]
    )
    read = lessons.numbered(model.sources([Sentence(0, job).source for job in OCCUPATIONS]), model.known)
    steps = model(read[:1], said[None])[0].softmax(dim=-1)
    first = model(read, said[None, :1].expand(len(read), -1))[:, 0].softmax(dim=-1)
    dice = torch.multinomial(first, DRAWS, True, generator=torch.Generator().manual_seed(4))
    likeliest = first.argmax(dim=-1, keepdim=True).expand(-1, DRAWS)
    he = model.vocabulary.index("he")
    return {
        "steps": [[heads.weights(steps)]],
        "greedy": [[heads.weights((likeliest == he).float())]],
        "sampled": [[heads.weights((dice == he).float())]],
    }
