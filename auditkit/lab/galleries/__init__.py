"""Stories about generative models: one a file, each a bundled miniature at two doses of a bias that was put there."""

from __future__ import annotations

from auditkit.lab.galleries import asked_for_people, dressed_anew, made_a_judge
from auditkit.lab.gallery import Gallery

GALLERIES: tuple[Gallery, ...] = (asked_for_people.GALLERY, made_a_judge.GALLERY, dressed_anew.GALLERY)
"""In the order in which they are told."""

__all__ = ["GALLERIES"]
