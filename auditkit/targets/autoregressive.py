"""A picture as a sequence of tokens, each drawn after those before it.

A transformer gives, after the tokens so far, the chances of the next; a picture is drawn token by token, and made of
the tokens at the end: of colours, a pixel each (ImageGPT), or of the codes of an autoencoder. `temperature` sharpens
the chances below 1 and flattens them above; at 0 the likeliest token is taken. Every token is drawn from one uniform
number of its item and place, the same at any temperature.
References
    van den Oord, Kalchbrenner & Kavukcuoglu, ICML (2016) 1747; Chen et al., ICML (2020) 1691 (ImageGPT); Esser, Rombach
    & Ommer, CVPR (2021) 12873.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from functools import cached_property, partial
from inspect import signature
from typing import Any, Protocol

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Target
from auditkit.targets.holding import Held, paired, pictureless
from auditkit.targets.imaging import BROKEN, pictured
from auditkit.targets.naming import named
from auditkit.targets.noise import generator, uniforms
from auditkit.targets.pixels import Pixels, clusters_in, plain

PIXELS = "ImageGPTForCausalImageModeling"


class Painting(Protocol):
    """What an object must have to be asked: a transformer, and what its tokens mean.

    transformer
        a causal language model of transformers: `transformer(input_ids=..., past_key_values=..., use_cache=True)` gives
        `logits` (items, tokens, words) and `past_key_values`, which newer ones call `cache`.
    start
        the token that stands before the first.
    length
        how many tokens are drawn.
    labels
        the names of its classes, or none: label k is the token `allowed(0)[k]`, and the first that is drawn.
    """

    transformer: Any
    start: int
    length: int
    labels: Sequence[str]

    def allowed(self, position: int) -> range:
        """The tokens that may stand at this position, counted from 0."""

    def pictures(self, tokens: Any) -> Any:
        """Of tokens (items, length) the pictures, floats (items, 3, height, width) from -1 to 1."""


NEEDED = ("transformer", "start", "length", "labels", "allowed", "pictures")


@dataclass(frozen=True)
class Autoregressive(Target):
    """An ImageGPT of transformers (folder, hub id or live), or a `Painting`, live or `weights.Own`.

    A prompt is drawn of the one class that its words name, an empty one of whatever class is drawn. Of `top_k` tokens,
    the likeliest, one is drawn; left out, of all that may stand there. `clusters` are the colours of a live ImageGPT,
    from -1 to 1, as its image processor has them; of a folder they are read from its preprocessor_config.json.

    Raises `InputError` where words name no class, or two; where there are no classes, for any words.

    >>> Autoregressive("openai/imagegpt-small", top_k=40).title
    'openai/imagegpt-small'
    """

    model: Any
    _: KW_ONLY
    temperature: float = 1.0
    top_k: int | None = None
    clusters: Any = None
    variant: str | None = None
    revision: str | None = None
    batch: int = 64
    device: str = "cpu"
    dtype: str = "float32"
    title: str = ""

    def __post_init__(self) -> None:
        live = not self.portable and type(self.model).__name__ != PIXELS
        if live and (lacking := [name for name in NEEDED if not hasattr(self.model, name)]):
            raise InputError(
                f"Autoregressive takes a folder, a hub id, weights.Own, a live {PIXELS} or a Painting; this "
                f"{type(self.model).__name__} has no {lacking[0]}."
            )
        if not 0 <= self.temperature < float("inf"):
            raise InputError(f"temperature is {self.temperature}. Give 0, for the likeliest, or more.")
        if self.batch < 1 or (self.top_k is not None and self.top_k < 1):
            raise InputError(f"batch is {self.batch}, top_k {self.top_k}. Give at least 1.")
        if self.clusters is not None:
            object.__setattr__(self, "clusters", plain(self.clusters))
        if not self.title:
            object.__setattr__(self, "title", self._held.title)

    @property
    def portable(self) -> bool:  # type: ignore[override]  # the contract's attribute, read only
        """Whether it is made of a folder or an id."""
        return self._held.portable

    @property
    def fingerprint(self) -> str:
        """The digest of the files of the model, or of a live one's tensors and words; and of the colours, if given."""
        told = [] if self.portable else [getattr(self.model, name, None) for name in ("start", "length", "labels")]
        told += [] if self.clusters is None else [self.clusters]
        own = self._held.fingerprint
        return hashlib.sha256(f"{own} {told!r}".encode()).hexdigest() if told else own

    @property
    def settings(self) -> Mapping[str, Any]:
        """How tokens are drawn."""
        return {"temperature": self.temperature, "top_k": self.top_k, "dtype": self._held.arithmetic}

    def sample(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Draw a picture for each prompt, of the class that it names."""
        paired(prompts, seeds)
        pictureless(prompts, self.title)
        if not prompts:
            return []
        told = [named(prompt.text, self._painting.labels, self.title) for prompt in prompts]
        share = uniforms([generator(seed) for seed in seeds], (self._painting.length,))
        with self._held.asked():
            tokens, broken = self._tokens(share, told)
            painted = pictured(self._painting.pictures(tokens))
        return [BROKEN if lost else answer for lost, answer in zip(broken.tolist(), painted, strict=True)]

    def _tokens(self, share: Any, told: Sequence[int | None]) -> Any:
        """The tokens of every item, drawn one after the other, the first that of the class where one was named; and for
        which items the chances were no numbers."""
        import torch

        painting, past, drawn = self._painting, None, []
        memory = memory_of(painting.transformer)
        place = next(iter(painting.transformer.parameters())).device
        last = torch.full((len(told), 1), painting.start, device=place)
        broken = torch.zeros(len(told), dtype=torch.bool, device=place)
        for position in range(painting.length):
            out = painting.transformer(input_ids=last, use_cache=True, **{memory: past})
            past = getattr(out, memory)
            may = torch.tensor(painting.allowed(position), device=place)
            chances = out.logits[:, -1, may]
            broken |= (chances.isnan() | chances.isposinf()).any(dim=1)
            at = self._drawn(chances.nan_to_num(), share[:, position].to(place))
            if position == 0:
                at = torch.tensor([a if b is None else b for a, b in zip(at.tolist(), told, strict=True)], device=place)
            last = may[at][:, None]
            drawn.append(last)
        return torch.cat(drawn, dim=1), broken

    def _drawn(self, logits: Any, share: Any) -> Any:
        """The number of the token below which `share` of the chances lie, an item each."""
        import torch

        logits = logits.double()
        if self.temperature == 0:
            return logits.argmax(dim=1)
        if self.top_k is not None and self.top_k < logits.shape[1]:
            least = logits.topk(self.top_k, dim=1).values[:, -1:]
            logits = logits.masked_fill(logits < least, -torch.inf)
        below = (logits / self.temperature).softmax(dim=1).cumsum(dim=1)
        found = torch.searchsorted(below, (share * below[:, -1])[:, None], right=True)[:, 0]
        return found.clamp(max=logits.shape[1] - 1)

    @cached_property
    def _painting(self) -> Painting:
        """What is asked; raises `InputError` where something is lacking."""
        model: Any = self._held.opened
        if type(model).__name__ == PIXELS:
            found = clusters_in(self._held.folder) if self.clusters is None and self.portable else self.clusters
            return Pixels(model, found, self.title)
        if lacking := [name for name in NEEDED if not hasattr(model, name)]:
            raise InputError(f"{self.title} has no {lacking[0]}. It must be a Painting: {', '.join(NEEDED)}.")
        painting: Painting = model
        return painting

    @cached_property
    def _held(self) -> Held:
        opening = partial(weights.transformers_model, PIXELS)
        where = {"revision": self.revision, "variant": self.variant}
        return Held(self.model, opening, dtype=self.dtype, device=self.device, **where)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: the other process opens the weights itself."""
        self._held.sendable(self.title)
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def memory_of(transformer: Any) -> str:
    """What a transformer calls the part of its work that it need not do again."""
    known = signature(getattr(transformer, "forward", transformer)).parameters
    return "cache" if "cache" in known else "past_key_values"
