"""The textbook examples come alive: one story a file, each a world that can be drawn at any dose of its bias."""

from __future__ import annotations

from auditkit.lab.stories import (
    academy_engineers,
    book_reviews,
    first_200,
    head_shake,
    outside_the_academy,
    phone_survey_coverage,
    phone_survey_refusal,
    sprockets,
)
from auditkit.lab.story import Story

STORIES: tuple[Story, ...] = (
    book_reviews.STORY,
    sprockets.STORY,
    phone_survey_coverage.STORY,
    phone_survey_refusal.STORY,
    first_200.STORY,
    academy_engineers.STORY,
    outside_the_academy.STORY,
    head_shake.STORY,
)
"""In the order in which they are told."""

__all__ = ["STORIES"]
