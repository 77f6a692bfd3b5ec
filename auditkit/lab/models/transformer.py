"""A miniature encoder-decoder transformer: every word looks at every other at once, and nothing is read in turn.

How it works
    1. The encoder (T5) takes in all words of the sentence together. In each of its two layers every word makes a query,
       a key and a value of itself; the queries and the keys say how much each word looks at each, four times over, by
       four heads; the values in these shares are summed, and a small network renews each word by itself.
    2. The decoder does the same with the words it has said so far, each looking back only; then each of them looks at
       the words of the source (cross-attention), by four heads in each layer. The last one tells the next word.
    3. It begins with "go" and ends with "stop". In training the right words of before are given at all places at once
       (teacher forcing), and all errors come from a single pass: that is what made transformers quick to train.
    It is saved as transformers saves: `AutoModelForSeq2SeqLM` and `AutoTokenizer` open the folder.
References
    Vaswani et al., NeurIPS (2017) 5998; Raffel et al., Journal of Machine Learning Research (2020) 21:140.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from auditkit import weights
from auditkit.core.probe import Picture
from auditkit.lab.models import WEIGHTS, heads, lessons
from auditkit.lab.models.lessons import GO, PAD, STOP
from auditkit.lab.models.schooling import Progress, silent
from auditkit.lab.models.variants import variant
from auditkit.lab.worlds.translations.language import OCCUPATIONS, Sentence

STEPS, RATE = 2_000, 3e-3
UNKNOWN = "<unknown>"


def blank(words: int) -> Any:
    """A T5 of random weights: two layers of width 48 on either side, 109,000 numbers."""
    from transformers import T5Config, T5ForConditionalGeneration

    ends: dict[str, Any] = {"pad_token_id": 0, "decoder_start_token_id": 1, "bos_token_id": 1, "eos_token_id": 2}
    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=words,
            d_model=48,
            d_kv=12,
            d_ff=128,
            num_layers=2,
            num_heads=4,
            dropout_rate=0.0,
            relative_attention_num_buckets=16,
            relative_attention_max_distance=16,
            **ends,
        )
    )


def tokenizer() -> Any:
    """A tokenizer whose tokens are the words of both languages, split at spaces; "stop" is put after each sentence."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    every = dict.fromkeys((PAD, GO, STOP, UNKNOWN, *lessons.words(0), *lessons.words(1)))
    splits = Tokenizer(models.WordLevel({word: k for k, word in enumerate(every)}, unk_token=UNKNOWN))
    splits.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    splits.post_processor = processors.TemplateProcessing(single=f"$A {STOP}", special_tokens=[(STOP, 2)])
    kind: Any = PreTrainedTokenizerFast
    return kind(
        tokenizer_object=splits,
        pad_token=PAD,
        bos_token=GO,
        eos_token=STOP,
        unk_token=UNKNOWN,
        model_max_length=16,
        clean_up_tokenization_spaces=False,
    )


def opened(folder: Path, name: str | None = None) -> tuple[Any, Any]:
    """The translator in a folder of weights and its tokenizer; the model tells where it looks."""
    model = weights.transformers_model("AutoModelForSeq2SeqLM", folder, variant=name, attn_implementation="eager")
    return model, weights.processor("AutoTokenizer", folder)


def learn(folder: Path, dose: float = 0.0, progress: Progress = silent, steps: int = STEPS) -> None:
    """Train on fresh pairs of the world at this dose and save it, under the dose's name."""
    torch.manual_seed(lessons.SEED)
    speaks = tokenizer()
    vocabulary = speaks.convert_ids_to_tokens(range(len(speaks)))
    model = blank(len(vocabulary))
    source, target = lessons.every_pair(vocabulary, vocabulary)

    def logits_of(read: Tensor, before: Tensor) -> Tensor:
        told: Tensor = model(input_ids=read, attention_mask=read.ne(0), decoder_input_ids=before).logits
        return told

    learnt = lessons.taught("transformer", model, logits_of, (source, target), dose, steps, RATE, progress)
    learnt.half().save_pretrained(folder, variant=variant(dose))
    speaks.save_pretrained(folder)


@torch.no_grad()
def show(folder: Path = WEIGHTS / "transformer", dose: float = 0.0) -> dict[str, list[list[Picture]]]:
    """Draw where each English word looks in the source: every head for one sentence, one head for some occupations.

    A row is a word as it is said, the stop last; a column is a word of the source, its end last. In "heads" a row is a
    layer; the one head is where the occupation looks most at its own source.
    """
    model, speaks = opened(folder, variant(dose))
    sentences = [Sentence(1, job, "kind") for job in list(OCCUPATIONS)[::3]]
    read = speaks([each.source for each in sentences], return_tensors="pt")
    said = torch.tensor([speaks.convert_tokens_to_ids([GO, *each.said("he").split()]) for each in sentences])
    looked = model(**read, decoder_input_ids=said, output_attentions=True).cross_attentions
    job, own = sentences[0].said("he").split().index("doctor"), sentences[0].source.split().index("doktor")
    layer, head = heads.looking(looked, job, own)
    return {
        "heads": [[heads.weights(one) for one in each[0]] for each in looked],
        "one head": [[_map(looked[layer][k, head], each) for k, each in enumerate(sentences)]],
    }


def _map(looked: Tensor, sentence: Sentence) -> Picture:
    """Where each word of the translation with "he" looks in a sentence."""
    return heads.weights(looked, [*sentence.said("he").split(), "(stop)"], [*sentence.source.split(), "(end)"])
