"""The textbook examples come alive: one story a file, each a world that can be drawn at any dose of its bias."""

from __future__ import annotations

from auditkit.lab.stories import (
    academy_engineers,
    academy_persona,
    book_reviews,
    dispatch_advice,
    empty_corner,
    essay_by_ai,
    first_200,
    head_shake,
    late_answers,
    murders_and_blinks,
    night_shift,
    outside_the_academy,
    phone_survey_coverage,
    phone_survey_refusal,
    sprockets,
    subtle_reviews,
    two_names,
    unusual_incidents,
    yellow_bananas,
)
from auditkit.lab.story import Story

STORIES: tuple[Story, ...] = (
    book_reviews.STORY,
    subtle_reviews.STORY,
    yellow_bananas.STORY,
    murders_and_blinks.STORY,
    unusual_incidents.STORY,
    sprockets.STORY,
    dispatch_advice.STORY,
    night_shift.STORY,
    essay_by_ai.STORY,
    phone_survey_coverage.STORY,
    empty_corner.STORY,
    phone_survey_refusal.STORY,
    late_answers.STORY,
    first_200.STORY,
    academy_engineers.STORY,
    academy_persona.STORY,
    outside_the_academy.STORY,
    head_shake.STORY,
    two_names.STORY,
)
"""In the order in which they are told."""

__all__ = ["STORIES"]
