"""A miniature translator with attention: at every word the decoder looks back at the words of the source.

How it works
    1. The encoder reads the sentence from both ends, with two recurrent networks of gates (GRU); all its states are
       kept, one a word: what the word is, and what stands around it.
    2. The decoder begins with "go", as one without attention does. At each step it renews its state and asks with it:
       a small network compares the state (the query) with every state of the encoder (the keys), and a softmax makes
       shares of the scores, which sum to one. That is the attention: how much each word of the source counts now.
    3. The encoder's states (the values), in these shares, are the context. The next word is told from the decoder's
       state and the context together.
    4. It learns as the one without attention does, by teacher forcing; nobody tells it where to look.
    The shares are where a word was read from, as far as a single layer of mixing can tell: the occupation is read from
    its own word. What they show of the pronoun is no explanation: "she" and "he" depend on no word of the source.
References
    Bahdanau, Cho & Bengio, ICLR (2015); Luong, Pham & Manning, EMNLP (2015) 1412; Jain & Wallace, NAACL (2019) 3543.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

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

STEPS, RATE = 1_500, 4e-3


class State(NamedTuple):
    """The encoder's states (n, S, 2 width), where words are (n, S), and the decoder's state (1, n, 2 width)."""

    read: Tensor
    there: Tensor
    decoder: Tensor


class Attentive(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Sentences of the invented language to English, with additive attention over all states of the encoder.

    It is asked one word at a time, as `targets.stepping.Stepping` says.
    """

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self,
        source: Sequence[str] = lessons.words(0),
        target: Sequence[str] = lessons.words(1),
        embedding: int = 48,
        width: int = 32,
        asked: int = 64,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.known, self.vocabulary = tuple(source), tuple(target)
        self.start, self.stop = self.vocabulary.index(GO), self.vocabulary.index(STOP)
        self.reads = nn.Embedding(len(source), embedding)
        self.encoder = nn.GRU(embedding, width, batch_first=True, bidirectional=True)
        self.heard = nn.Embedding(len(target), embedding)
        self.decoder = nn.GRU(embedding, 2 * width, batch_first=True)
        self.begun = nn.Linear(2 * width, 2 * width)
        self.query, self.key = nn.Linear(2 * width, asked), nn.Linear(2 * width, asked, bias=False)
        self.score = nn.Linear(asked, 1, bias=False)
        self.mixed = nn.Linear(4 * width, 2 * width)
        self.said = nn.Linear(2 * width, len(target))

    def forward(self, source: Tensor, before: Tensor) -> Tensor:
        """Sources (n, S) and the right words before each place (n, T) to scores of the words there, (n, T, V)."""
        scores, _, _ = self.told(self.begin(source), before)
        return scores

    def begin(self, source: Tensor) -> State:
        """Read from both ends; the decoder begins with what is in both states at their ends."""
        there = source != 0
        packed = nn.utils.rnn.pack_padded_sequence(
            self.reads(source), there.sum(dim=1).cpu(), batch_first=True, enforce_sorted=False
        )
        states, ends = self.encoder(packed)
        read, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        return State(read, there, torch.tanh(self.begun(torch.cat([ends[0], ends[1]], dim=1)))[None])

    def told(self, state: State, before: Tensor) -> tuple[Tensor, State, Tensor]:
        """Take in words (n, T): scores of the words to come (n, T, V), the state, and attention (n, T, S)."""
        asks, decoder = self.decoder(self.heard(before), state.decoder)
        alike = self.score(torch.tanh(self.query(asks)[:, :, None] + self.key(state.read)[:, None]))[..., 0]
        attention = alike.masked_fill(~state.there[:, None], -torch.inf).softmax(dim=-1)
        context = attention @ state.read
        scores = self.said(torch.tanh(self.mixed(torch.cat([asks, context], dim=-1))))
        return scores, state._replace(decoder=decoder), attention

    def sources(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """The words of each source."""
        return [lessons.tokens(text, self.known) for text in texts]

    def encode(self, texts: Sequence[str]) -> State:
        """Read: the state before the first step."""
        return self.begin(lessons.numbered(self.sources(texts), self.known).to(self.device))

    def step(self, state: State, previous: Tensor) -> tuple[Tensor, State, Tensor]:
        """Take in a word each, (n,): how likely every word is next, the state, and what was looked at, (n, S)."""
        scores, state, attention = self.told(state, previous[:, None])
        return scores[:, 0].log_softmax(dim=-1), state, attention[:, 0]

    def reordered(self, state: State, index: Tensor) -> State:
        """The state of the items at these places."""
        return State(state.read[index], state.there[index], state.decoder[:, index])


def opened(folder: Path, name: str | None = None) -> Any:
    """The translator in a folder of weights, ready to be asked; raises `InputError` for weights that are not whole."""
    return weights.own_model(Attentive, folder, name)


def learn(folder: Path, dose: float = 0.0, progress: Progress = silent, steps: int = STEPS) -> None:
    """Train on fresh pairs of the world at this dose and save it, under the dose's name."""
    torch.manual_seed(lessons.SEED)
    model: Any = Attentive()
    pairs = lessons.every_pair(model.known, model.vocabulary)
    learnt = lessons.taught("attention", model, model, pairs, dose, steps, RATE, progress)
    learnt.half().save_pretrained(folder, variant=variant(dose))


SHOWN = {"pronoun first": (1, "kind", ""), "pronoun after": (7, "kind", "")}
"""The template, adjective and verb of the sentences that `show` draws, of every third occupation."""


@torch.no_grad()
def show(folder: Path = WEIGHTS / "attention", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw where each English word looks: a row a word as it is said, the stop last; a column a word of the source."""
    model = opened(folder, variant(dose))
    jobs = list(OCCUPATIONS)[::3]
    return {
        title: [[_map(model, Sentence(template, job, *words)) for job in jobs]]
        for title, (template, *words) in SHOWN.items()
    }


def _map(model: Any, sentence: Sentence) -> Picture:
    """The attention of the translation with "he" on a sentence."""
    said = [model.vocabulary.index(word) for word in (GO, *sentence.said("he").split())]
    _, _, attention = model.told(model.encode([sentence.source]), torch.tensor([said]))
    return heads.weights(attention[0], [*sentence.said("he").split(), "(stop)"], model.sources([sentence.source])[0])
