"""A causal language model that is taught a few sentences in a second, with the lab's own tokenizer."""

from __future__ import annotations

import logging
from pathlib import Path

import torch
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel

from auditkit.lab.models.words import tokenizer_of
from auditkit.weights import quiet

SENTENCES = tuple(
    f"the {who} {does} {how} ."
    for who in ("cook", "judge", "nurse")
    for does in ("sings", "sleeps", "reads")
    for how in ("well", "badly")
)


def taught(folder: Path, steps: int = 60) -> Path:
    """The folder, with its weights."""
    tokenizer = tokenizer_of(sorted({word for said in SENTENCES for word in said.split()} | {"and", "then"}), False)
    ids = tokenizer([f"{said} {tokenizer.eos_token}" for said in SENTENCES], return_tensors="pt")["input_ids"]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=16,
            n_embd=32,
            n_layer=1,
            n_head=2,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
        model = GPT2LMHeadModel(config)
        learning = torch.optim.Adam(model.parameters(), 0.02)
        for _ in range(steps):
            logits = model(input_ids=ids[:, :-1]).logits
            learning.zero_grad()
            F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()  # type: ignore[no-untyped-call]
            learning.step()
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    logging.disable(logging.WARNING)
    with quiet("transformers"):
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    logging.disable(logging.NOTSET)
    return folder
