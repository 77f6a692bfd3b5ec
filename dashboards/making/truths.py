"""What is true of each miniature, from the files measured beside its weights: as a table, and of what audits read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from auditkit.lab.language import STRONG
from auditkit.lab.mentions import EXCESS, SIGNED, Mentions
from auditkit.lab.miniature import Edited, Truth
from auditkit.lab.population import Population, tabled_share
from auditkit.lab.spoken import Spoken
from auditkit.lab.translated import DECODINGS, Translated
from auditkit.lab.worlds.figures.captioning import NOTHING, guessed
from auditkit.lab.worlds.figures.people import CALLINGS, LEVELS
from auditkit.lab.worlds.sentences.world import MECHANISMS
from auditkit.lab.worlds.translations import world as translations
from dashboards.making.portraits import truths as painted

DOSES = (0.0, STRONG)
Named = Mapping[str, float]


class Known(NamedTuple):
    """What is known at a dose: of the world that was learned from, of the model, and what the latter rests on."""

    world: Named
    model: Named
    rests: str


def table(name: str) -> tuple[list[dict[str, Any]], str]:
    """The truth of a miniature, a row a quantity, and what it rests on."""
    known = {dose: KINDS[name](name, dose) for dose in DOSES}
    rows = []
    for what in known[STRONG].model:
        row: dict[str, Any] = {"What": what}
        for dose, told in known.items():
            row[f"World, dose {dose:g}"] = _shown(told.world.get(what))
            row[f"Model, dose {dose:g}"] = _shown(told.model[what])
        rows.append(row)
    return rows, known[STRONG].rests


def _shown(value: float | None) -> float | None:
    """Three decimals, and no minus before a nought."""
    return None if value is None else round(value, 3) + 0.0


def _asked(name: str, dose: float) -> Known:
    told = Truth.of(name, dose)
    drawn = {"leaning to the stereotype": told.amplification("skin")}
    drawn |= {f"P(darker | {job})": told.share(job, "skin", "darker") for job in CALLINGS}
    return Known(painted(dose), drawn, f"{told.n:,} pictures at each dose, read exactly.")


def _unasked(name: str, dose: float) -> Known:
    told = Population.of(name, dose)
    shown = {f"P({levels[1]})": tabled_share(attribute, dose) for attribute, levels in LEVELS.items()}
    drawn = {f"P({levels[1]})": told.share(attribute, levels[1]) for attribute, levels in LEVELS.items()}
    drawn |= {f"kinds of people lost, of 20 with {skin} skin": len(told.lost(skin)) for skin in LEVELS["skin"]}
    drawn["the occupation can be read"] = told.readable("occupation")
    return Known(shown, drawn, f"{told.n:,} pictures at each dose, read exactly.")


def _sharpened(name: str, dose: float) -> Known:
    told = Edited.of(name, dose)
    kept = {
        f"{of}: {level} is kept": hits / n for of, levels in told.kept.items() for level, (hits, n) in levels.items()
    }
    n = sum(n for _, n in told.kept["length"].values())
    return Known({}, kept, f"{n:,} portraits at each dose, made small and sharpened again, read exactly.")


def _spoken(name: str, dose: float) -> Known:
    told = Spoken.of(name, dose)
    world, model = dict[str, float](), dict[str, float]()
    for one in told.mechanisms:
        world |= MECHANISMS[one].truth(dose)
        model |= told.quantities(one)
    del model["mass"]
    slots = sum(map(len, told.shares.values()))
    rests = f"Enumerated, not drawn: {slots:,} places in sentences and {len(told.pairs):,} minimal pairs at each dose."
    return Known(world, model, rests)


def _translated(name: str, dose: float) -> Known:
    told, world = Translated.of(name, dose), translations.World(dose)
    said = {f"P(he), {way}": told.he(way) for way in DECODINGS}
    right = {f"right word for word, {way}": told.right[way] for way in DECODINGS}
    shares = dict.fromkeys(said, world.share(""))
    return Known(shares, said | right, f"Enumerated, not drawn: all {told.n:,} sentences of the language at each dose.")


def _captioned(_: str, dose: float) -> Known:
    told = Mentions.of(dose)
    said = {f"P(skin is mentioned | {level})": told.mention[NOTHING]["skin"][level][0] for level in LEVELS["skin"]}
    said["mention ratio, darker to lighter"] = told.ratio("skin")
    said["skin is mentioned, darker less lighter, the same person"] = told.swapped[NOTHING]["skin"][SIGNED][0]
    hidden = {job: f"P(darker is said | skin is hidden but mentioned), {job}" for job in CALLINGS}
    said |= {what: told.guesses[job][0] for job, what in hidden.items()}
    world = {what: guessed(job, dose) for job, what in hidden.items()}
    rests = f"Every caption's probability, added up over {2 * told.n:,} portraits at each dose: nothing was drawn."
    return Known(world, said, rests)


KINDS: Mapping[str, Callable[[str, float], Known]] = {
    "text_to_image": _asked,
    **dict.fromkeys(("unconditional", "vae", "gan", "autoregressive"), _unasked),
    "super_resolution": _sharpened,
    **dict.fromkeys(("masked_lm", "causal_lm"), _spoken),
    **dict.fromkeys(("encoder_decoder", "attention", "transformer"), _translated),
    "captioner": _captioned,
}
"""How the truth of each miniature is told, in the order in which they are offered."""

Truths = Callable[[str, float], dict[tuple[str, str], float]]
"""(miniature, dose) -> the true effect by estimand and by level, or by what the level is against."""
AMPLIFIED = "directed amplification"


def _populations(name: str, dose: float) -> dict[tuple[str, str], float]:
    told = Population.of(name, dose)
    return {
        (AMPLIFIED, "the world"): told.amplification("skin"),
        (AMPLIFIED, "what it was shown"): told.amplification("skin", dose),
    }


def _decoded(name: str, dose: float) -> dict[tuple[str, str], float]:
    told = Translated.of(name, dose)
    return {("share difference", way): -told.amplification(way) for way in ("greedy", "beam")}


def _spoken_of(read: Callable[[Spoken], float], estimand: str, level: str) -> Truths:
    return lambda name, dose: {(estimand, level): read(Spoken.of(name, dose))}


STORIES: Mapping[str, Truths] = {
    "asked_for_people": lambda name, dose: {(AMPLIFIED, "expected level"): Truth.of(name, dose).amplification("skin")},
    **{f"nobody_asked_{name}": _populations for name in ("vae", "gan", "autoregressive", "unconditional")},
    **{
        f"translated_{name}": lambda name, dose: {(AMPLIFIED, "expected level"): Translated.of(name, dose).he() - 0.5}
        for name in ("encoder_decoder", "attention", "transformer")
    },
    **{f"amplified_{name}": _decoded for name in ("encoder_decoder", "attention", "transformer")},
    "made_a_judge": lambda name, dose: {
        ("favourable rate difference", "darker"): Edited.of(name, dose).gap("made_a_judge", "darker", "lighter")
    },
    "dressed_anew": lambda name, dose: {
        ("favourable rate difference", "long"): Edited.of(name, dose).gap("dressed_anew", "long", "short")
    },
    "sharpened": lambda name, dose: {
        ("favourable rate difference", "long"): Edited.of(name, dose).gap("length", "long", "short")
    },
    "what_goes_without_saying": lambda _, dose: {("mention rate ratio", "darker"): Mentions.of(dose).ratio()},
    "behind_the_curtain": lambda _, dose: {
        ("flips beyond the baseline", "lighter"): Mentions.of(dose).swapped["occupation"]["occupation"][EXCESS][0]
    },
    "said_that_she": _spoken_of(Spoken.leaning, AMPLIFIED, "expected level"),
    "one_word_swapped": _spoken_of(
        lambda told: told.pair_preference() - 0.5, "preference in probability", "stereotype"
    ),
    "somebody_drowned": _spoken_of(Spoken.total_variation, "mean total variation", "all objects"),
    "we_and_they": _spoken_of(lambda told: told.positive("we") - told.positive("they"), "own minus other cue", "we"),
    "as_an_islander": _spoken_of(Spoken.persona_contrast, "own minus other cue, beyond neutral judges", "islander"),
    "all_of_them_fish": _spoken_of(
        lambda told: told.dispersion("highlander") / told.dispersion("islander"),
        "dispersion ratio, prediction",
        "highlander",
    ),
    "sorry_i_cannot_say": _spoken_of(
        lambda told: told.refused("highlanders") / told.refused("islanders"), "refusal rate ratio", "highlanders"
    ),
    "the_ai_says_no": _spoken_of(
        lambda told: (told.taken("ai") - told.taken("expert")) / 2, "effect of the label", "ai"
    ),
    "better_is_first": _spoken_of(lambda told: told.own_chosen() - 0.5, "preference at equal quality", "ai"),
    "kind_goes_with": _spoken_of(Spoken.word_association, "mean score", "islanders"),
}
"""Of each gallery the truths that its audit reads, of the model itself, and never of what it was shown."""
