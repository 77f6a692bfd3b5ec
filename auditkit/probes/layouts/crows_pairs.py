"""CrowS-Pairs: `crows_pairs_anonymized.csv`, 1,508 pairs with the columns sent_more, sent_less and bias_type.

"sent_more" is the more stereotyped sentence. The factor `direction` is stereo, where it says a stereotype of a
disadvantaged group, or antistereo, where the other one violates it. Many pairs differ in more than the stereotype, or
are no stereotype at all (Blodgett et al. 2021): give a file that somebody cleaned.
References
    Nangia, Vania, Bhalerao & Bowman, EMNLP (2020) 1953; Blodgett, Lopez, Olteanu, Sim & Wallach, ACL (2021) 1004.
"""

from __future__ import annotations

from pathlib import Path

from auditkit.probes.layouts.pairs import Found, Pair
from auditkit.probes.layouts.reading import found, rows_of


def read(path: Path) -> Found:
    """The pairs of a file, or of the one of that name in a folder."""
    rows = rows_of(found(path, "crows_pairs_anonymized.csv"), ["sent_more", "sent_less", "bias_type"])
    pairs, blank = [], 0
    for row in rows:
        if not row["sent_more"] or not row["sent_less"] or row["sent_more"] == row["sent_less"]:
            blank += 1
            continue
        factors = {"direction": row["stereo_antistereo"]} if row.get("stereo_antistereo") else {}
        pairs.append(Pair(row["sent_more"], row["sent_less"], row["bias_type"], factors=factors))
    return Found(tuple(pairs), {"not two different sentences": blank} if blank else {})
