"""A miniature causal language model: a GPT-2 that says what comes next, and has learned it from the world of sentences.

How it works
    1. Every word of a sentence becomes a vector, to which its place is added. A start token stands before it.
    2. In each of three layers four heads look back: a word asks (query), every word before it and itself answers (key),
       and the softmax of how well they fit says how much of each word's content (value) is taken over. A word never
       sees what comes after it. Then a small network works on each word alone.
    3. From the last vector of a word the likelihood of every word to come next is read, with the same table by which
       words became vectors. It learns from whole sentences at once: at each place the words before are the right ones,
       and the error is the cross-entropy of what comes next, every word as often as the world has it there.
    P(sentence) is the product of what it said at each place. To write, draw a word, put it down and ask again. A
    conversation is one line, its turns joined by spaces, so what was answered before is among the words before.
References
    Vaswani et al., NeurIPS (2017) 5998; Radford et al., Language Models are Unsupervised Multitask Learners (2019).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from auditkit import weights
from auditkit.core.probe import Picture
from auditkit.lab.models import WEIGHTS, heads
from auditkit.lab.models.schooling import Progress, silent, train
from auditkit.lab.models.variants import variant
from auditkit.lab.models.words import Lessons, named, saved, tokenizer_of
from auditkit.lab.worlds.sentences.world import ALL, World

SEED = 7
STEPS, BATCH, RATE, SPREAD = 2_000, 64, 3e-3, 0.1
PARTS, CHOSEN = 3, 5.0
"""A batch is passed in parts, short sentences first, so that few places are empty; and how much more than another word
the mechanism's choice weighs in the error. What is right of a choice is the same whatever it weighs."""


def blank(words: int, start: int, end: int) -> Any:
    """A GPT-2 of random weights: three layers of width 96, four heads, 330,000 numbers."""
    from transformers import GPT2Config, GPT2LMHeadModel

    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=words,
            n_positions=32,
            n_embd=96,
            n_layer=3,
            n_head=4,
            n_inner=320,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            initializer_range=SPREAD,
            bos_token_id=start,
            eos_token_id=end,
        )
    )


def learn(
    folder: Path,
    dose: float = 0.0,
    progress: Progress = silent,
    steps: int = STEPS,
    tilted: frozenset[str] = ALL,
) -> None:
    """Train it on the sentences of the world at this dose of the tilted mechanisms, and save it with its tokenizer."""
    torch.manual_seed(SEED)
    world = World(dose, tilted)
    tokenizer = tokenizer_of(world.vocabulary(), closed=False)
    lessons = Lessons(world, tokenizer, lambda ids, k: [tuple(ids[:k])], SEED)
    model = blank(len(tokenizer), tokenizer.bos_token_id, tokenizer.eos_token_id)
    model.generation_config.pad_token_id = tokenizer.pad_token_id

    def loss_of(batch: Tensor) -> Tensor:
        wrong, whole = torch.zeros(()), 0.0
        for part in batch[lessons.lengths[batch].argsort()].chunk(PARTS):
            said = lessons.tokens[part, : int(lessons.lengths[part].max())]
            weight = (1 + (CHOSEN - 1) * lessons.choice[part, 1 : said.shape[1]]) * (
                said[:, 1:] != tokenizer.pad_token_id
            )
            wanted = lessons.expected[lessons.views[part, 1 : said.shape[1], 0]]
            errors = -(wanted * model(input_ids=said[:, :-1]).logits.log_softmax(dim=-1)).sum(dim=-1)
            wrong, whole = wrong + (weight * errors).sum(), whole + float(weight.sum())
        return wrong / whole

    rounds = lessons.rounds(BATCH, steps, lessons.chances)
    learnt = train("causal_lm", model, loss_of, rounds, steps, RATE, progress)
    saved(learnt, tokenizer, folder, named(world))


SAID = "the doctor said that she was tired ."
LOOKS, AT = 4, 2
"""The place of "that", after which the pronoun comes, and of "doctor", the start token counted."""


@torch.no_grad()
def show(folder: Path = WEIGHTS / "causal_lm", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw the query-key weights of every head, and of one what it takes over, for "the doctor said that ...".

    The words stand in their order, the start token first. The one head is where the place before the pronoun looks most
    at the occupation.
    """
    model = weights.transformers_model("GPT2LMHeadModel", folder, variant=variant(dose), attn_implementation="eager")
    tokenizer = weights.processor("AutoTokenizer", folder)
    ids = tokenizer(SAID, return_tensors="pt").input_ids
    words = tokenizer.convert_ids_to_tokens(ids[0])
    caught: list[Tensor] = []
    for block in model.transformer.h:
        block.attn.c_attn.register_forward_hook(lambda _, __, out: caught.append(out[0]))
    looked = model(input_ids=ids, output_attentions=True).attentions
    layer, head = heads.looking(looked, LOOKS, AT)
    width = model.config.n_embd // model.config.n_head
    value = caught[layer][:, 2 * model.config.n_embd :][:, head * width : (head + 1) * width]
    return {
        "heads": [[heads.weights(one) for one in each[0]] for each in looked],
        "query-key weights": [[heads.weights(looked[layer][0, head], words, words)]],
        "weighted values": [[heads.values(looked[layer][0, head], value, LOOKS, words)]],
    }
