"""Where does a text stand among the others, by the words it uses?

Term frequency times inverse document frequency (Spärck Jones 1972), projected on the leading components of all texts
read together (latent semantic analysis; Deerwester et al. 1990): an embedding that needs no model. Two corpora compare
only where they were read together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from auditkit.core.annotator import Annotator


@dataclass(frozen=True)
class Tfidf(Annotator):
    """Read a vector of `components` numbers, in the column `attribute`; a text without a known word is not readable.

    >>> vectors = Tfidf(components=2).read(["a red car", "a red bus", "two green apples", ""])["vector"]
    >>> [len(v) if v else None for v in vectors]
    [2, 2, 2, None]
    """

    components: int = 50
    attribute: str = "vector"
    seed: int = 0

    basis: ClassVar[str] = "perceived by tf-idf"

    def read(self, texts: Sequence[str | None]) -> Mapping[str, Sequence[Any]]:
        """The vector of each text."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        nothing: list[list[float] | None] = [None] * len(texts)
        if not any(text and any(map(str.isalnum, text)) for text in texts):
            return {self.attribute: nothing}
        weights = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b").fit_transform(
            [text or "" for text in texts]
        )
        size = min(self.components, min(weights.shape))
        found = TruncatedSVD(size, random_state=self.seed).fit_transform(weights)
        readable = np.asarray(weights.sum(axis=1)).ravel() > 0
        return {self.attribute: [row if known else None for row, known in zip(found.tolist(), readable, strict=True)]}
