"""What batches save: CausalLm.score against a plain loop over the same 1,500 minimal pairs with the same model, paired.

The model is a GPT-2 of random weights (6 layers, width 256, 8,000 words), the sentences have 8 to 30 words. Rounds
alternate in one process; printed are the ratio of each round, their median, and the largest difference of a score, per
token. Where lm-evaluation-harness is installed, its own scoring of the same sentences is timed too. Run: make bench.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import sys
import time

import numpy as np
import torch

from auditkit.core.probe import Prompt
from auditkit.targets import CausalLm

ROUNDS, PAIRS, WORDS, GOAL = 5, 1_500, 8_000, 3.0


def model_and_tokenizer():
    """A GPT-2 of random weights and a tokenizer of whole words."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    known = {word: at for at, word in enumerate(("<unk>", "<end>", *(f"w{at}" for at in range(WORDS - 2))))}
    split = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    split.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    signs = {"unk_token": "<unk>", "eos_token": "<end>", "bos_token": "<end>", "pad_token": "<end>"}
    torch.manual_seed(0)
    size = {"n_embd": 256, "n_layer": 6, "n_head": 8, "n_positions": 64, "vocab_size": WORDS}
    model = GPT2LMHeadModel(GPT2Config(**size, bos_token_id=1, eos_token_id=1)).eval()
    return model, PreTrainedTokenizerFast(tokenizer_object=split, model_max_length=64, **signs)


def pairs() -> list[str]:
    """3,000 sentences, two and two the same but for one word."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(PAIRS):
        words = [f"w{at}" for at in rng.integers(0, WORDS - 2, rng.integers(8, 31))]
        found.append(" ".join(words))
        words[len(words) // 2] = f"w{rng.integers(0, WORDS - 2)}"
        found.append(" ".join(words))
    return found


def plain(model, tokenizer, sentences: list[str]) -> list[float]:
    """One sentence after the other."""
    found = []
    with torch.inference_mode():
        for sentence in sentences:
            ids = torch.tensor([[tokenizer.bos_token_id, *tokenizer(sentence)["input_ids"]]])
            logs = model(input_ids=ids).logits[0, :-1].log_softmax(dim=1)
            found.append(float(logs.gather(1, ids[0, 1:, None]).sum()))
    return found


def scored(target: CausalLm, sentences: list[str]) -> list[float]:
    """All of them, as a run asks: a batch of the target at a time."""
    found = []
    for k in range(0, len(sentences), target.batch):
        some = [Prompt(sentence) for sentence in sentences[k : k + target.batch]]
        found += [answer.told["log_probability"] for answer in target.score(some, [0] * len(some))]
    return found


def harness(model, tokenizer):
    """How lm-evaluation-harness scores; nothing where it is not installed."""
    try:
        from lm_eval.api.instance import Instance
        from lm_eval.models.huggingface import HFLM
    except ImportError:
        return None
    speaks = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=64, device="cpu")

    def ask(sentences: list[str]) -> list[float]:
        asked = [Instance("loglikelihood", {}, ("", sentence), at) for at, sentence in enumerate(sentences)]
        with open(os.devnull, "w") as nothing, contextlib.redirect_stderr(nothing):
            return [log for log, _ in speaks.loglikelihood(asked)]

    return ask


def timed(ask, *given) -> tuple[float, list[float]]:
    """Seconds, and what came of it."""
    started = time.perf_counter()
    found = ask(*given)
    return time.perf_counter() - started, found


def main() -> int:
    torch.set_num_threads(2)
    model, tokenizer = model_and_tokenizer()
    target, sentences = CausalLm((model, tokenizer)), pairs()
    ways = {"plain": lambda: plain(model, tokenizer, sentences), "score": lambda: scored(target, sentences)}
    if theirs := harness(model, tokenizer):
        ways["lm-eval"] = lambda: theirs(sentences)
    plain(model, tokenizer, sentences[:50]), scored(target, sentences[:200])
    ratios: dict[str, list[float]] = {name: [] for name in ways if name != "score"}
    for k in range(ROUNDS):
        names = list(ways) if k % 2 else list(ways)[::-1]
        round_ = {name: timed(ways[name]) for name in names}
        for name, found in ratios.items():
            found.append(round_[name][0] / round_["score"][0])
        print(", ".join(f"{name} {round_[name][0]:.2f} s" for name in ways))
    tokens = np.array([len(sentence.split()) for sentence in sentences])
    worst = np.max(np.abs(np.subtract(round_["plain"][1], round_["score"][1])) / tokens)
    for name, found in ratios.items():
        print(
            f"median ratio {statistics.median(found):.2f} to {name} over {ROUNDS} rounds of {len(sentences)} sentences"
        )
    print(f"largest difference from the plain loop: {worst:.1e} per token")
    return int(statistics.median(ratios["plain"]) < GOAL or worst > 1e-5)


if __name__ == "__main__":
    sys.exit(main())
