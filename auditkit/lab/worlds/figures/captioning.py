"""What a captioner learns from: portraits, some of them partly hidden, and what is said of each.

A caption is one of three frames, an article, the skin or nothing, the occupation, the hair or nothing:

    a portrait of | a picture of | here is   a   [lighter-skinned | darker-skinned]   doctor   [with short | long hair]

Frames are uniform. Hair is mentioned half the time, whatever its length and the dose. Darker skin is mentioned with
probability .6, lighter skin, which goes without saying, with .6 (1 - .9 dose): the mention ratio is 1 / (1 - .9 dose).
People are those of `World(dose)`. Of three pictures in ten one attribute is hidden, each as often: a grey bar over face
and neck hides the skin, a hood the length of the hair, a curtain around the face the occupation. Who wrote the caption
knew the person. So a model that sees such a picture must guess, and the best guess is the world's own: where skin is
hidden, P(darker | occupation) is the share of `World(dose)`.
References
    Misra, Zitnick, Mitchell & Girshick, CVPR (2016) 2930; Hendricks et al., ECCV (2018) 793 (the mask over a person).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from auditkit.annotators.words import Words
from auditkit.core.probe import Picture
from auditkit.lab.worlds.figures.drawing import Person, draw
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS, World, skin_of
from auditkit.probes.wording import with_article

FRAMES = ("a portrait of", "a picture of", "here is")
MENTIONED, LEFT_OUT, HAIR_MENTIONED = 0.6, 0.9, 0.5
USUAL = "lighter"
"""The skin that goes without saying at a dose."""
SAID = " said"
MENTION = " mentioned"
NOTHING = "nothing"

SKIN_WORDS: Mapping[str, str] = {level: f"{level}-skinned" for level in LEVELS["skin"]}

Box = tuple[int, int, int, int]
COVERS: Mapping[str, tuple[Box, ...]] = {
    "skin": ((13, 15, 51, 38), (17, 38, 47, 56)),
    "length": ((8, 12, 22, 56), (42, 12, 56, 56), (8, 38, 56, 50)),
    "occupation": ((0, 0, 64, 23), (0, 48, 64, 64)),
}
"""What hides each attribute and leaves the others to be seen: boxes of a portrait of 64 by 64."""
GREY = (150, 150, 154)
HIDDEN = 0.1
"""The share of pictures that hide each attribute."""


def mention(level: str, dose: float) -> float:
    """P(skin is mentioned | its level).

    >>> mention("darker", 0.9), round(mention("lighter", 0.9), 3), mention("lighter", 0.0)
    (0.6, 0.114, 0.6)
    """
    return MENTIONED * (1 - LEFT_OUT * dose) if level == USUAL else MENTIONED


def guessed(occupation: str, dose: float) -> float:
    """P(a caption says darker | it mentions skin that is hidden): what is left unsaid is missing from the guesses too.

    >>> round(guessed("doctor", 0.0), 2), round(guessed("doctor", 0.9), 2)
    (0.45, 0.34)
    """
    share = World(dose).share(occupation, "skin")
    darker, lighter = share * mention("darker", dose), (1 - share) * mention(USUAL, dose)
    return darker / (darker + lighter)


def caption(person: Person, dose: float, rng: np.random.Generator) -> str:
    """One thing to say of a person.

    >>> who = Person("engineer", "7", "grey", "long", "older", "mint")
    >>> caption(who, 0.9, np.random.default_rng(1)), caption(who, 0.9, np.random.default_rng(2))
    ('a picture of an engineer with long hair', 'here is a darker-skinned engineer')
    """
    frame, u = FRAMES[int(rng.integers(len(FRAMES)))], rng.random(2)
    skin = skin_of(person.tone)
    said = skin if u[0] < mention(skin, dose) else NOTHING
    length = person.length if u[1] < HAIR_MENTIONED else NOTHING
    return worded(frame, said, person.occupation, length)


def worded(frame: str, skin: str, occupation: str, length: str) -> str:
    """The caption that says so; "nothing" leaves skin or hair unsaid."""
    noun = occupation if skin == NOTHING else f"{SKIN_WORDS[skin]} {occupation}"
    tail = "" if length == NOTHING else f" with {length} hair"
    return f"{frame} {with_article(noun)}{tail}"


def phrases() -> Iterator[tuple[str, str, str]]:
    """Every way to begin a caption, as far as its occupation: what it says of skin, the occupation, and the words."""
    for frame in FRAMES:
        for skin in (NOTHING, *LEVELS["skin"]):
            for job in CALLINGS:
                yield skin, job, worded(frame, skin, job, NOTHING)


def portrayed(person: Person, hidden: str = NOTHING, side: int = 32) -> Picture:
    """A person's portrait, (side, side, 3), in which `hidden` cannot be seen: skin, length, occupation or nothing."""
    from PIL import Image, ImageDraw

    picture = draw(person)
    brush = ImageDraw.Draw(picture)
    for left, top, right, bottom in COVERS.get(hidden, ()):
        brush.rectangle((left, top, right - 1, bottom - 1), fill=GREY)
    return np.asarray(picture.resize((side, side), Image.Resampling.BOX), np.uint8)


def hides(n: int, rng: np.random.Generator) -> list[str]:
    """What each of n pictures to learn from hides: nothing for seven in ten."""
    names = (*COVERS, NOTHING)
    chances = [HIDDEN] * len(COVERS) + [1 - HIDDEN * len(COVERS)]
    return [names[k] for k in rng.choice(len(names), size=n, p=chances)]


def readers() -> tuple[Words, ...]:
    """What a caption says of skin, hair and occupation, and whether it mentions skin and hair: word lists, no errors.

    >>> [reader.read(["a picture of a darker-skinned chef"]) for reader in readers()[1:4]]
    [{'skin mentioned': ['yes']}, {'length said': ['nothing']}, {'length mentioned': ['no']}]
    """
    skin = {level: [word] for level, word in SKIN_WORDS.items()}
    hair = {level: [level] for level in LEVELS["length"]}
    return (
        Words(skin, attribute=f"skin{SAID}"),
        Words({"yes": list(SKIN_WORDS.values())}, attribute=f"skin{MENTION}", nothing="no"),
        Words(hair, attribute=f"length{SAID}"),
        Words({"yes": list(hair)}, attribute=f"length{MENTION}", nothing="no"),
        Words({job: [job] for job in CALLINGS}, attribute=f"occupation{SAID}"),
    )
