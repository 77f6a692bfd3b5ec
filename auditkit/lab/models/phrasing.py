"""Every caption of the closed grammar at once: what a captioner says of a picture, exactly, without drawing any.

The beginnings of all captions are a tree: two begin alike as far as they have the same words. One pass over its nodes,
each of which sees its own ancestors and the picture only, gives the probability of every word at every place. Along a
branch they multiply; what is said of skin, occupation and hair is added up over the branches.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from auditkit.core.estimate import Floats
from auditkit.lab.worlds.figures.captioning import NOTHING, phrases
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS

SKINS, LENGTHS = (NOTHING, *LEVELS["skin"]), (NOTHING, *LEVELS["length"])
BATCH = 32


class Tree(NamedTuple):
    """The beginnings of captions: each node's word, parent, depth, and the branches that end a phrase.

    `ends` has for each phrase what it says of skin and occupation (numbers of `SKINS` and of the occupations), the node
    of the occupation, and that of the "with" after it.
    """

    words: Tensor
    parents: list[int]
    depths: Tensor
    ends: list[tuple[int, int, int, int]]

    def mask(self) -> Tensor:
        """What each node sees, (1, 1, nodes, nodes): 0 for itself and its ancestors, else the least number there is."""
        n = len(self.parents)
        seen = torch.full((1, 1, n, n), torch.finfo(torch.float32).min)
        for node in range(n):
            at = node
            while at >= 0:
                seen[0, 0, node, at] = 0.0
                at = self.parents[at]
        return seen


def tree(tokens: Any) -> Tree:
    """The tree of the grammar, in the words of this tokenizer."""
    words, parents, depths = [tokens.bos_token_id], [-1], [0]
    found: dict[tuple[int, ...], int] = {(): 0}
    ends, jobs = [], list(CALLINGS)
    for skin, job, text in phrases():
        at: tuple[int, ...] = ()
        for word in tokens(f"{text} with", add_special_tokens=False).input_ids:
            parent, at = found[at], (*at, word)
            if at not in found:
                found[at] = len(words)
                words, parents, depths = [*words, word], [*parents, parent], [*depths, depths[parent] + 1]
        ends.append((SKINS.index(skin), jobs.index(job), found[at[:-1]], found[at]))
    return Tree(torch.tensor([words]), parents, torch.tensor([depths]), ends)


@torch.no_grad()
def said(captioner: Any, pictures: Tensor) -> Floats:
    """P(what is said of skin, occupation, hair | picture), (n, 3, 12, 3), levels as in `SKINS` and `LENGTHS`.

    `captioner` has a `model` and its `tokens`; pictures are numbers, (n, 3, 32, 32). What is missing to 1 is the
    probability of a caption that is no sentence of the grammar.
    """
    grown = tree(captioner.tokens)
    parts = [_said(captioner, grown, pictures[k : k + BATCH]) for k in range(0, len(pictures), BATCH)]
    return np.concatenate(parts)


def _said(captioner: Any, grown: Tree, pictures: Tensor) -> Floats:
    """The same of a batch."""
    n, tokens = len(pictures), captioner.tokens
    heard = captioner.model.decoder(
        input_ids=grown.words.expand(n, -1),
        attention_mask=grown.mask().expand(n, -1, -1, -1),
        position_ids=grown.depths.expand(n, -1),
        encoder_hidden_states=captioner.model.encoder(pixel_values=pictures).last_hidden_state,
        use_cache=False,
    ).logits
    log = heard.double().log_softmax(dim=-1)
    reached = [torch.zeros(n, dtype=torch.float64)]
    for node in range(1, len(grown.parents)):
        before = grown.parents[node]
        reached.append(reached[before] + log[:, before, int(grown.words[0, node])])
    hair = tokens.convert_tokens_to_ids(list(LENGTHS[1:]))
    out = np.zeros((n, len(SKINS), len(CALLINGS), len(LENGTHS)))
    for skin, job, noun, after in grown.ends:
        done = reached[noun] + log[:, noun, tokens.eos_token_id]
        out[:, skin, job, 0] += done.exp().numpy()
        out[:, skin, job, 1:] += (reached[after][:, None] + log[:, after, hair]).exp().numpy()
    return out
