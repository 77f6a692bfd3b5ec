"""A table in place of arrays: its columns, and a predictor that suits most: a logistic regression on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditkit import frames
from auditkit.core.errors import ColumnError, InputError
from auditkit.core.roles import MISSING
from auditkit.levels import spelled
from auditkit.lifecycle import recording
from auditkit.lifecycle.mitigating.mitigation import carried_out, wished
from auditkit.lifecycle.mitigating.people import people
from auditkit.lifecycle.turning import Turn

if TYPE_CHECKING:
    import pandas as pd


def mitigate_table(
    table: str | Path,
    *,
    group: str,
    outcome: str,
    features: Sequence[str],
    unit: str | None = None,
    positive: str | None = None,
    by: str = "threshold_optimizer",
    constraint: str = "demographic_parity",
    held_out: float = 0.5,
    policy: str | Path | None = None,
    margin: float = 0.02,
    out: str | Path,
    seed: int = 0,
) -> Turn:
    """`mitigate` for a CSV, TSV or Parquet file and a logistic regression on some of its columns."""
    table, out = Path(table), Path(out)
    read = _read(table, {"outcome": outcome, "group": group, "unit": unit}, features)
    features = list(dict.fromkeys(features))
    shared = None if unit is None else read[unit]
    everyone = people(_clean(read[features]), read[outcome], read[group], shared, positive)
    wish = wished(everyone, by, constraint, held_out, margin, seed, None, policy)
    took = (recording.thing("data", table, out),)
    return carried_out(predictor(everyone.X), everyone, wish, took, out, table.name)


def predictor(X: pd.DataFrame) -> Any:
    """A logistic regression: numbers scaled, missing ones by their median and a mark, levels as 0 and 1."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [name for name in X.columns if X[name].dtype.kind in "iuf"]
    levels = [name for name in X.columns if name not in numbers]
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    read = [("numbers", Pipeline([("imputer", imputer), ("scaler", StandardScaler())]), numbers)]
    read += [("levels", OneHotEncoder(handle_unknown="ignore"), levels)]
    columns = ColumnTransformer([part for part in read if part[2]])
    return Pipeline([("columns", columns), ("model", LogisticRegression(max_iter=1000))])


def _read(table: Path, roles: Mapping[str, str | None], features: Sequence[str]) -> pd.DataFrame:
    """The columns that are needed; every name is checked before a row is read."""
    relation: Any = frames.open_data(table)
    there = frames.columns(relation)
    for role, name in roles.items():
        if name is not None and name not in there:
            raise ColumnError.missing(name, role, there)
    free = [name for name in there if name not in roles.values()]
    if not features:
        raise InputError(f"Say what to predict from: --features {','.join(free)}, or those of them that may be used.")
    for name in features:
        if name not in there:
            raise ColumnError.missing(name, "feature", there)
        if name in (roles["outcome"], roles["unit"]):
            raise InputError(f'"{name}" is among the features, and it is what is predicted, or who. Leave it out.')
    frame: pd.DataFrame = relation.df()
    return frame


def _clean(features: pd.DataFrame) -> pd.DataFrame:
    """Numbers as they are, all else as levels; raises `InputError` for a column that names rows."""
    out = features.copy()
    for name in features.columns:
        if features[name].dtype.kind in "iuf":
            continue
        levels = spelled(features[name].astype(object).tolist(), str(name))
        out[name] = levels
        many = len(set(levels) - {MISSING})
        if many > len(levels) / 2:
            raise InputError(
                f'"{name}" has {many:,} levels in {len(levels):,} rows: it names them, and nothing can be learned from '
                "it. Leave it out of the features."
            )
    return out
