"""An ImageGPT of transformers: every token is the colour of a pixel, row by row from the upper left."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from pathlib import Path
from typing import Any

from auditkit import weights
from auditkit.core.errors import InputError


class Pixels:
    """What an ImageGPT's tokens mean: `clusters` are its colours, from -1 to 1, by the number of the token."""

    labels: Sequence[str] = ()

    def __init__(self, transformer: Any, clusters: Any, title: str) -> None:
        import torch

        self.transformer, self.length = transformer, int(transformer.config.n_positions)
        self.start, self.side = int(transformer.config.vocab_size) - 1, isqrt(self.length)
        if self.side**2 != self.length:
            raise InputError(f"{title} draws {self.length} pixels, which are no square: it is no ImageGPT.")
        if clusters is None:
            raise InputError(f"{title} does not say its colours. Pass clusters, as its image processor has them.")
        self.colours = torch.tensor(plain(clusters), dtype=torch.float32)
        if tuple(self.colours.shape) != (self.start, 3):
            raise InputError(
                f"{title} has {self.start} colours, and the clusters are {tuple(self.colours.shape)}. "
                f"Give {self.start} times three numbers from -1 to 1."
            )

    def allowed(self, position: int) -> range:
        """Any colour."""
        return range(self.start)

    def pictures(self, tokens: Any) -> Any:
        """The colours of the tokens, in rows."""
        return self.colours[tokens.cpu()].reshape(-1, self.side, self.side, 3).permute(0, 3, 1, 2)


def clusters_in(folder: Path) -> Any:
    """The colours that an ImageGPT's folder tells."""
    return weights.configuration(folder, "preprocessor_config.json").get("clusters")


def plain(clusters: Any) -> tuple[tuple[float, ...], ...]:
    """Colours as plain numbers, of lists, an array or a tensor; of an image processor, its own."""
    try:
        return tuple(tuple(float(number) for number in colour) for colour in getattr(clusters, "clusters", clusters))
    except (TypeError, ValueError):
        raise InputError(f"Clusters are colours of three numbers from -1 to 1; these are {clusters!r:.80}.") from None
