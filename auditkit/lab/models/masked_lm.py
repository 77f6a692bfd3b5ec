"""A miniature masked language model: a BERT that guesses a hidden word from both sides of it.

How it works
    1. Every word of a sentence becomes a vector, to which its place is added; one or two of them are hidden behind the
       same token, [MASK].
    2. In each of three layers four heads look around: a word asks (query), every word of the sentence answers (key),
       and the softmax of how well they fit says how much of each word's content (value) is taken over. Unlike a causal
       model it sees what comes after, too. Then a small network works on each word alone.
    3. From the vector in a hidden place the likelihood of every word to stand there is read. The error is the
       cross-entropy of what stands there, every word as often as the world has it; of the words that were not hidden
       nothing is learned.
    It has no P(sentence). Hiding one word after the other and multiplying what it says of each gives the pseudo-
    likelihood, by which minimal pairs are compared.
References
    Devlin et al., NAACL (2019) 4171; Salazar et al., ACL (2020) 2699; Nangia et al., EMNLP (2020) 1953.
"""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from auditkit import weights
from auditkit.core.estimate import Floats
from auditkit.core.probe import Picture
from auditkit.lab.models import WEIGHTS, heads
from auditkit.lab.models.schooling import Progress, silent, train
from auditkit.lab.models.variants import variant
from auditkit.lab.models.words import SLOT, Lessons, named, saved, tokenizer_of
from auditkit.lab.worlds.sentences.world import FILLED, World

SEED = 7
STEPS, BATCH, RATE, SPREAD = 2_500, 64, 2.5e-3, 0.1
TWO, CHOSEN = 0.25, 0.5
"""How many sentences have two words hidden, the others one, and how often the mechanism's choice is the one.

`SPREAD` is the standard deviation of the first weights: from very small ones all occupations are learned as if one.
"""


def blank(words: int, pad: int) -> Any:
    """A BERT of random weights: three layers of width 96, four heads, 330,000 numbers."""
    from transformers import BertConfig, BertForMaskedLM

    return BertForMaskedLM(
        BertConfig(
            vocab_size=words,
            hidden_size=96,
            num_hidden_layers=3,
            num_attention_heads=4,
            intermediate_size=320,
            max_position_embeddings=32,
            type_vocab_size=1,
            initializer_range=SPREAD,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            pad_token_id=pad,
        )
    )


def learn(
    folder: Path,
    dose: float = 0.0,
    progress: Progress = silent,
    steps: int = STEPS,
    tilted: frozenset[str] = FILLED,
) -> None:
    """Train it on the sentences of the world at this dose of the tilted mechanisms, and save it with its tokenizer.

    It hears the mechanisms whose choice is one word: pronouns, traits, events, identity and hobbies.
    """
    torch.manual_seed(SEED)
    world = World(dose, tilted, heard=FILLED)
    tokenizer = tokenizer_of(world.vocabulary(), closed=True)
    lessons = Lessons(world, tokenizer, _around, SEED)
    model = blank(len(tokenizer), tokenizer.pad_token_id)
    rows, places, chances = _hidden(lessons)

    def loss_of(batch: Tensor) -> Tensor:
        row, place = rows[batch], places[batch]
        said = lessons.tokens[row, : int(lessons.lengths[row].max())]
        also = 1 + (torch.rand(len(row)) * (lessons.lengths[row] - 2)).long()
        also = torch.where(torch.rand(len(row)) < TWO, also, place)
        seen = said.scatter(1, torch.stack([place, also], dim=1), tokenizer.mask_token_id)
        read = model.bert(input_ids=seen, attention_mask=(said != tokenizer.pad_token_id).long()).last_hidden_state
        errors = [
            F.cross_entropy(
                model.cls(read[torch.arange(len(row)), here]),
                lessons.expected[lessons.views[row, here, there]],
                reduction="none",
            )
            for here, there in ((place, also), (also, place))
        ]
        two = also != place
        loss: Tensor = (errors[0].sum() + errors[1][two].sum()) / (len(row) + int(two.sum()))
        return loss

    rounds = lessons.rounds(BATCH, steps, chances)
    learnt = train("masked_lm", model, loss_of, rounds, steps, RATE, progress)
    saved(learnt, tokenizer, folder, named(world))


def _around(ids: list[int], k: int) -> list[Hashable]:
    """A sentence without the word in one place, and without another one too, for each other place."""
    return [(k, j, *(SLOT if i in (k, j) else word for i, word in enumerate(ids))) for j in range(len(ids))]


def _hidden(lessons: Lessons) -> tuple[Tensor, Tensor, Floats]:
    """Every sentence with each of its words hidden: the row, the place, and how often that is to be met.

    As often as the sentence, and in it half of the time the word that the mechanism chose: the rest is soon learned.
    """
    words = (lessons.lengths - 2).numpy()
    rows = np.repeat(np.arange(len(words)), words)
    places = np.concatenate([1 + np.arange(n) for n in words])
    choice = lessons.choice.numpy()[rows, places]
    chances = lessons.chances[rows] * np.where(choice, CHOSEN, (1 - CHOSEN) / (words[rows] - 1))
    return torch.from_numpy(rows), torch.from_numpy(places), chances


SAID = f"the doctor said that {SLOT} was tired ."
LOOKS, AT = 5, 2
"""The place of the hidden pronoun, and of "doctor", the start token counted."""


@torch.no_grad()
def show(folder: Path = WEIGHTS / "masked_lm", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw the query-key weights of every head, and of one head also what it takes over, for a hidden pronoun.

    The words stand in their order, between the start and the end. The one head is where the hidden pronoun looks most
    at the occupation.
    """
    model = weights.transformers_model("BertForMaskedLM", folder, variant=variant(dose), attn_implementation="eager")
    tokenizer = weights.processor("AutoTokenizer", folder)
    ids = tokenizer(SAID, return_tensors="pt").input_ids
    words = tokenizer.convert_ids_to_tokens(ids[0])
    caught: list[Tensor] = []
    for block in model.bert.encoder.layer:
        block.attention.self.value.register_forward_hook(lambda _, __, out: caught.append(out[0]))
    looked = model(input_ids=ids, output_attentions=True).attentions
    layer, head = heads.looking(looked, LOOKS, AT)
    width = model.config.hidden_size // model.config.num_attention_heads
    value = caught[layer][:, head * width : (head + 1) * width]
    return {
        "heads": [[heads.weights(one) for one in each[0]] for each in looked],
        "query-key weights": [[heads.weights(looked[layer][0, head], words, words)]],
        "weighted values": [[heads.values(looked[layer][0, head], value, LOOKS, words)]],
    }
