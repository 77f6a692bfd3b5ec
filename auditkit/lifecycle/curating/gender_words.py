"""English words that say a gender, in pairs, and words before which "her" is an object and no possessive."""

from __future__ import annotations

import re

GENDER: tuple[tuple[str, str], ...] = (
    ("he", "she"),
    ("him", "her"),
    ("his", "her"),
    ("his", "hers"),
    ("himself", "herself"),
    ("man", "woman"),
    ("men", "women"),
    ("boy", "girl"),
    ("boys", "girls"),
    ("male", "female"),
    ("males", "females"),
    ("masculine", "feminine"),
    ("gentleman", "lady"),
    ("gentlemen", "ladies"),
    ("sir", "madam"),
    ("mr", "ms"),
    ("mr", "mrs"),
    ("father", "mother"),
    ("fathers", "mothers"),
    ("dad", "mum"),
    ("dad", "mom"),
    ("daddy", "mommy"),
    ("son", "daughter"),
    ("sons", "daughters"),
    ("brother", "sister"),
    ("brothers", "sisters"),
    ("husband", "wife"),
    ("husbands", "wives"),
    ("boyfriend", "girlfriend"),
    ("fiancé", "fiancée"),
    ("groom", "bride"),
    ("uncle", "aunt"),
    ("uncles", "aunts"),
    ("nephew", "niece"),
    ("nephews", "nieces"),
    ("grandfather", "grandmother"),
    ("grandson", "granddaughter"),
    ("stepfather", "stepmother"),
    ("stepson", "stepdaughter"),
    ("widower", "widow"),
    ("king", "queen"),
    ("prince", "princess"),
    ("duke", "duchess"),
    ("emperor", "empress"),
    ("heir", "heiress"),
    ("hero", "heroine"),
    ("host", "hostess"),
    ("actor", "actress"),
    ("actors", "actresses"),
    ("waiter", "waitress"),
    ("waiters", "waitresses"),
    ("steward", "stewardess"),
    ("monk", "nun"),
    ("monks", "nuns"),
    ("landlord", "landlady"),
    ("businessman", "businesswoman"),
    ("businessmen", "businesswomen"),
    ("policeman", "policewoman"),
    ("policemen", "policewomen"),
    ("fireman", "firewoman"),
    ("salesman", "saleswoman"),
    ("spokesman", "spokeswoman"),
    ("chairman", "chairwoman"),
    ("congressman", "congresswoman"),
    ("sportsman", "sportswoman"),
    ("schoolboy", "schoolgirl"),
    ("cowboy", "cowgirl"),
)
"""English words by gender; where a word stands in two pairs, the first is taken but for "his" and "her"."""

NOT_NEXT = frozenset(
    re.findall(
        r"\w+",
        "a about above after again against all also although always am an and another any are around as at away back "
        "be because been before being below between both but by can could did do does done down during each either "
        "even ever every for from had has have he her here hers herself him himself his how i if in into is it its "
        "itself later may me might must my never no nor not now of off often on once or our out outside over quickly "
        "said shall she should since slowly so some soon still than that the their them then there these they this "
        "those though through to today together tomorrow too toward under until up upon us very was we were what when "
        "where whether which while who whom whose why will with within without would yesterday yet you your",
    )
)
"""Words that no noun phrase begins with after a possessive: before one of them, or at an end, "her" is an object."""
