"""A variational autoencoder: draws by decoding noise, and shows what of a picture its encoding keeps.

An encoder folds a picture into a few numbers, a decoder unfolds them; trained, the numbers of real pictures lie about
as standard normal ones do. `sample` decodes such numbers; `edit` gives back a prompt's own picture, decoded from the
mean of what the encoder makes of it: whatever a reconstruction changes, the model cannot hold.
References
    Kingma & Welling, ICLR (2014); Rezende, Mohamed & Wierstra, ICML (2014) 1278; van den Oord et al., NeurIPS (2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, fields
from functools import cached_property
from typing import Any

from auditkit import weights
from auditkit.core.errors import InputError
from auditkit.core.probe import Prompt
from auditkit.core.target import Answer, Refusal, Said, Target
from auditkit.targets.calling import checked, nearest
from auditkit.targets.holding import Held, paired, pictureless, shape_of, wordless
from auditkit.targets.imaging import pictured, resized, signed
from auditkit.targets.noise import generator, normals

Size = tuple[int, int]


@dataclass(frozen=True)
class Vae(Target):
    """An autoencoder: of diffusers (folder, hub id or live), `weights.Own`, or any module with `encode` and `decode`.

    Pictures go in and come out as floats from -1 to 1, (items, 3, height, width), as in diffusers. `encode` gives a
    distribution with a mean, the pair (mean, log of the variance), or the numbers themselves; `decode` a picture.

    `sample` draws standard normal numbers in the shape `latent`; left out it is the module's `latent_shape`, or what an
    AutoencoderKL's configuration says, scaled as that says. It takes no words. `edit` reconstructs: it draws nothing,
    so that seeds change nothing, takes no words, and gives a picture of the prompt's size. A picture goes in at `side`
    x `side`, which left out is the module's `side`; where neither is told, at its own size in multiples that the model
    takes.

    >>> Vae("stabilityai/sd-vae-ft-mse").title
    'stabilityai/sd-vae-ft-mse'
    """

    model: Any
    _: KW_ONLY
    latent: int | tuple[int, ...] | None = None
    side: int | None = None
    variant: str | None = None
    revision: str | None = None
    batch: int = 64
    device: str = "cpu"
    dtype: str = "float32"
    title: str = ""

    def __post_init__(self) -> None:
        if not self.portable and not (hasattr(self.model, "encode") and hasattr(self.model, "decode")):
            raise InputError(
                f"Vae takes a folder, a hub id, weights.Own, or a module with encode and decode, not a "
                f"{type(self.model).__name__}."
            )
        if self.batch < 1 or (self.side is not None and self.side < 1) or min(shape_of(self.latent) or (1,)) < 1:
            raise InputError(f"batch is {self.batch}, side {self.side}, latent {self.latent}. Give at least 1.")
        if not self.title:
            object.__setattr__(self, "title", self._held.title)

    @property
    def portable(self) -> bool:  # type: ignore[override]  # the contract's attribute, read only
        """Whether it is made of a folder or an id."""
        return self._held.portable

    @property
    def fingerprint(self) -> str:
        """The digest of the files of the model, or of the tensors of a live module."""
        return self._held.fingerprint

    @property
    def settings(self) -> Mapping[str, Any]:
        """The shape of the noise and the size of the work, where they were given."""
        latent = shape_of(self.latent)
        return {"latent": latent and list(latent), "side": self.side, "dtype": self._held.arithmetic}

    def sample(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Decode noise; raises `InputError` for words, for pictures, and where no shape of the noise is known."""
        paired(prompts, seeds)
        wordless(prompts, self.title)
        pictureless(prompts, self.title)
        if not prompts:
            return []
        noise = normals([generator(seed) for seed in seeds], self._shape)
        with self._held.asked() as model:
            return pictured(_picture(model.decode(self._unscaled(self._held.shaped(noise)))))

    def edit(self, prompts: Sequence[Prompt], seeds: Sequence[int]) -> list[Answer]:
        """Each prompt's picture, encoded and decoded; raises `InputError` for words and masks."""
        paired(prompts, seeds)
        wordless(prompts, self.title)
        groups: dict[Size, list[int]] = {}
        for at, prompt in enumerate(prompts):
            groups.setdefault(self._size(checked(prompt)), []).append(at)
        answers: dict[int, Answer] = {}
        for size, places in groups.items():
            pictures = [prompts[at].image for at in places]
            shown = [resized(picture, size) for picture in pictures if picture is not None]
            with self._held.asked() as model:
                found = pictured(_picture(model.decode(_mean(model.encode(self._held.shaped(signed(shown)))))))
            answers |= dict(zip(places, found, strict=True))
        return [_fitted(prompt, answers[at]) for at, prompt in enumerate(prompts)]

    def _size(self, own: Size) -> Size:
        """The size at which a picture goes in: `side`, else its own, in multiples of what a convolution halves to."""
        side = self.side or getattr(self._held.opened, "side", None)
        if isinstance(side, int):
            return side, side
        step = _halving(self._held.opened)
        return nearest(own[0], step), nearest(own[1], step)

    @property
    def _shape(self) -> tuple[int, ...]:
        """The shape of an item's noise; raises `InputError` where nothing tells it."""
        model = self._held.opened
        found = shape_of(self.latent) or shape_of(getattr(model, "latent_shape", None)) or _of_configuration(model)
        if found is None:
            raise InputError(
                f"{self.title} does not say which noise it decodes. Pass latent=(channels, height, width), or ask it "
                "to edit: that reconstructs pictures."
            )
        return found

    def _unscaled(self, noise: Any) -> Any:
        """Noise as the decoder takes it: where diffusers scales encodings to be about standard normal, back again."""
        config = getattr(self._held.opened, "config", None)
        scale, shift = (getattr(config, name, None) for name in ("scaling_factor", "shift_factor"))
        return noise / (scale or 1.0) + (shift or 0.0)

    @cached_property
    def _held(self) -> Held:
        where = {"revision": self.revision, "variant": self.variant}
        return Held(self.model, weights.diffusers_model, dtype=self.dtype, device=self.device, **where)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: the other process opens the weights itself."""
        self._held.sendable(self.title)
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _of_configuration(model: Any) -> tuple[int, ...] | None:
    """The shape that the configuration of a diffusers autoencoder tells; of a codebook none is standard normal."""
    config = getattr(model, "config", None)
    channels, size = getattr(config, "latent_channels", None), getattr(config, "sample_size", None)
    if channels is None or size is None or getattr(config, "num_vq_embeddings", None) is not None:
        return None
    sides = (size, size) if isinstance(size, int) else tuple(size)
    return (channels, *(side // _halving(model) for side in sides))


def _halving(model: Any) -> int:
    """How much smaller an encoding is than its picture, by the configuration; 1 where that is not told."""
    blocks = getattr(getattr(model, "config", None), "block_out_channels", None)
    return 1 if blocks is None else int(2 ** (len(blocks) - 1))


def _mean(found: Any) -> Any:
    """The middle of what an encoder gives."""
    if hasattr(found, "latent_dist"):
        return found.latent_dist.mean
    for name in ("latents", "latent", "mean"):
        if not hasattr(found, "dtype") and hasattr(found, name):
            return getattr(found, name)
    return _mean(found[0]) if isinstance(found, tuple | list) else found


def _picture(found: Any) -> Any:
    """The picture in what a decoder gives."""
    found = getattr(found, "sample", found) if not hasattr(found, "dtype") else found
    return found[0] if isinstance(found, tuple | list) else found


def _fitted(prompt: Prompt, answer: Answer) -> Answer:
    """A reconstruction in the size of its prompt's picture."""
    if isinstance(answer, Refusal | str | Said) or prompt.image is None:
        return answer
    return resized(answer, prompt.image.shape[:2])
