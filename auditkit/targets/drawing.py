"""Which token comes next: drawn from the chances by one uniform number, or the likeliest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from auditkit.core.errors import InputError


@dataclass(frozen=True)
class Drawing:
    """How a token is drawn: of all, of the `top_k` likeliest, of the likeliest that hold `top_p` of the chances.

    Chances are the softmax of scores / temperature; at 0, or `greedy`, the likeliest token is taken. The token is the
    one below which `share` of the chances lie, so the same uniform number draws alike at any temperature. Raises
    `InputError` for a setting out of range.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    greedy: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < float("inf"):
            raise InputError(f"temperature is {self.temperature}. Give 0, for the likeliest, or more.")
        if self.top_k is not None and self.top_k < 1:
            raise InputError(f"top_k is {self.top_k}. Give at least 1, or leave it out.")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise InputError(f"top_p is {self.top_p}. Give a share above 0 and at most 1, or leave it out.")

    def __call__(self, scores: Any, share: Any) -> Any:
        """A token (n,) for each row of scores (n, words), by its uniform number (n,)."""
        import torch

        scores = scores.double()
        if self.greedy or self.temperature == 0:
            return scores.argmax(dim=1)
        scores = scores / self.temperature
        if self.top_k is not None and self.top_k < scores.shape[1]:
            least = scores.topk(self.top_k, dim=1).values[:, -1:]
            scores = scores.masked_fill(scores < least, -torch.inf)
        chances = scores.softmax(dim=1)
        if self.top_p is not None:
            chances = _nucleus(chances, self.top_p)
        return below(chances, share)


def below(chances: Any, share: Any) -> Any:
    """The place (n,) in each row of chances (n, k) below which `share` of them lie, never one without a chance."""
    import torch

    summed = chances.cumsum(dim=1)
    found = torch.searchsorted(summed, (share.to(summed) * summed[:, -1])[:, None], right=True)[:, 0]
    return torch.minimum(found, (chances > 0).to(torch.uint8).cumsum(dim=1, dtype=torch.int64).argmax(dim=1))


def _nucleus(chances: Any, share: float) -> Any:
    """The chances of the fewest likeliest that together hold this share; 0 for the rest."""
    ordered, places = chances.sort(dim=1, descending=True, stable=True)
    kept = ordered.cumsum(dim=1) - ordered < share
    return chances.masked_fill(~kept.scatter(1, places, kept), 0)
