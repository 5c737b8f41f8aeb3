"""The algorithms on offer, each as one scikit-learn pipeline from table to prediction."""

from __future__ import annotations

from typing import Any

from columns import Column
from failures import TrainingFailure
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from tableencoder import TableEncoder

NAMES = {
    "linear": "linear model",
    "random-forest": "random forest",
    "hist-gradient-boosting": "histogram gradient boosting",
    "xgboost": "XGBoost",
}

_TREES = 100
_MOST_LEAVES_A_TREE = 10_000
_MOST_ROWS_A_TREE = 200_000
_BOOSTING_ROUNDS = 200
_ONE_HOT_OF_LINEAR = 30


def pipeline(algorithm: str, problem: str, columns: tuple[Column, ...], rows: int, seed: int, jobs: int) -> Pipeline:
    """An untrained pipeline for `rows` rows. Raises TrainingFailure where XGBoost is not installed."""
    regression = problem == "regression"
    named = [(column.name, column.type, column.date_format) for column in columns]
    if algorithm == "linear":
        encoder = TableEncoder(named, one_hot=_ONE_HOT_OF_LINEAR, rank=False)
        return Pipeline([("encode", encoder), ("scale", StandardScaler()), ("model", _linear(regression, seed))])
    if algorithm == "random-forest":
        encoder = TableEncoder(named, dtype="float32")
        return Pipeline([("encode", encoder), ("model", _forest(regression, rows, seed, jobs))])
    if algorithm == "hist-gradient-boosting":
        boosting = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
        return Pipeline([("encode", TableEncoder(named, fill=False)), ("model", boosting(random_state=seed))])
    encoder = TableEncoder(named, fill=False, dtype="float32")
    return Pipeline([("encode", encoder), ("model", _xgboost(regression, seed, jobs))])


def has_xgboost() -> bool:
    try:
        import xgboost  # noqa: F401
    except ImportError:
        return False
    return True


def _linear(regression: bool, seed: int) -> Any:
    return Ridge(random_state=seed) if regression else LogisticRegression(max_iter=1000, random_state=seed)


def _forest(regression: bool, rows: int, seed: int, jobs: int) -> Any:
    """Full-grown trees on small data; on large data leaves and rows of a tree are bounded, and so is the model."""
    settings: dict[str, Any] = {
        "n_estimators": _TREES,
        "min_samples_leaf": max(1, rows // _MOST_LEAVES_A_TREE),
        "max_samples": min(1.0, _MOST_ROWS_A_TREE / rows),
        "n_jobs": jobs,
        "random_state": seed,
    }
    return RandomForestRegressor(**settings) if regression else RandomForestClassifier(**settings)


def _xgboost(regression: bool, seed: int, jobs: int) -> Any:
    try:
        from xgboost import XGBClassifier, XGBRegressor
    except ImportError as error:
        raise TrainingFailure(
            "XGBoost is not installed in this container. Choose another algorithm, or AWS's XGBoost container."
        ) from error
    settings = {
        "n_estimators": _BOOSTING_ROUNDS,
        "learning_rate": 0.1,
        "max_depth": 6,
        "tree_method": "hist",
        "n_jobs": jobs,
        "random_state": seed,
    }
    return XGBRegressor(**settings) if regression else XGBClassifier(**settings)
