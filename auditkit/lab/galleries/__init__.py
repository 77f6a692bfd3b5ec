"""Stories about generative models: one a file, each a bundled miniature at two doses of a bias that was put there."""

from __future__ import annotations

from auditkit.lab.galleries import asked_for_people, dressed_anew, erased, made_a_judge, nobody_asked, sharpened
from auditkit.lab.gallery import Gallery

GALLERIES: tuple[Gallery, ...] = (
    asked_for_people.GALLERY,
    made_a_judge.GALLERY,
    dressed_anew.GALLERY,
    *nobody_asked.GALLERY_OF.values(),
    sharpened.GALLERY,
    erased.GALLERY,
)
"""In the order in which they are told."""

__all__ = ["GALLERIES"]
