"""The compiled form of a model equals the original, or is not used."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from columns import Column
from compiled import Compilation, compile_model
from estimators import pipeline
from scoring import COMPILED, Scorer
from settings import ALGORITHMS

COLUMNS = (
    Column("a", "numeric"), Column("b", "numeric"), Column("c", "category"), Column("d", "date", "%Y-%m-%d"),
)  # fmt: skip
PROBLEMS = ("binary", "multiclass", "regression")


def table(rows: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "a": random.normal(size=rows),
            "b": random.normal(size=rows) * 1e7,
            "c": pd.Categorical(random.choice(list("xyz"), rows)),
            "d": random.integers(15_000, 19_000, rows).astype(float),
        }
    )
    score = frame["a"] + frame["b"] / 1e7 + (frame["c"] == "x") + random.normal(0, 0.3, rows)
    frame.loc[::7, "a"] = np.nan
    frame.loc[::9, "c"] = None
    frame.loc[::11, "d"] = np.nan
    return frame, score.to_numpy()


def values_of(problem: str, score: np.ndarray) -> np.ndarray:
    if problem == "regression":
        return 1_000 * score
    return np.digitize(score, [0.2] if problem == "binary" else [-1, 1, 2])


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_compiled_form_equals_the_original(algorithm: str, problem: str, tmp_path: Path) -> None:
    frame, score = table()
    model = pipeline(algorithm, problem, COLUMNS, len(frame), 0, 1)
    model.fit(frame, values_of(problem, score))
    fresh, _ = table(900)
    matrix = model[0].transform(fresh)
    compilation = compile_model(model[1:], algorithm, problem, model[0].transform(frame), tmp_path / COMPILED)
    assert compilation.compiled
    assert compilation.difference is not None
    assert compilation.difference < 1e-5
    found = Scorer(tmp_path, problem == "regression", compiled=True).scores(matrix)
    if problem == "regression":
        expected = model[1:].predict(matrix)[:, None]
        np.testing.assert_allclose(found, expected, atol=1e-5 * expected.std())
    else:
        np.testing.assert_allclose(found, model[1:].predict_proba(matrix), atol=1e-5)
        assert found.sum(axis=1) == pytest.approx(1)


def test_a_tree_without_a_split_is_compiled_too(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0] * 30, "b": [2.0] * 30})
    model = pipeline("random-forest", "binary", COLUMNS[:2], 30, 0, 1).fit(frame, [0, 1, 1] * 10)
    matrix = model[0].transform(frame)
    assert compile_model(model[1:], "random-forest", "binary", matrix, tmp_path / COMPILED).compiled
    found = Scorer(tmp_path, False, compiled=True).scores(matrix[:1])
    np.testing.assert_allclose(found, model[1:].predict_proba(matrix[:1]), atol=1e-12)


class Drifted:
    """Steps of a pipeline whose probabilities are not those of its last step."""

    def __init__(self, steps: Any, drift: float) -> None:
        self._steps, self._drift = steps, drift

    def __getitem__(self, place: int) -> Any:
        return self._steps[place]

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        return self._steps.predict_proba(matrix) + np.array([self._drift, -self._drift])


@pytest.mark.parametrize("drift", [2e-5, 0.6])
def test_a_compiled_form_that_differs_is_dropped(drift: float, tmp_path: Path) -> None:
    frame, score = table()
    model = pipeline("random-forest", "binary", COLUMNS, len(frame), 0, 1).fit(frame, values_of("binary", score))
    matrix = model[0].transform(frame)
    found = compile_model(Drifted(model[1:], drift), "random-forest", "binary", matrix, tmp_path / COMPILED)
    assert (found.compiled, found.reason) == (False, "The compiled form answers differently from the original.")
    assert found.difference == pytest.approx(drift)
    assert not (tmp_path / COMPILED).exists()


def test_a_compiled_form_that_gives_another_label_is_dropped_however_near_it_is(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0] * 40})
    model = pipeline("hist-gradient-boosting", "binary", COLUMNS[:1], 40, 0, 1).fit(frame, [0, 1] * 20)
    matrix = model[0].transform(frame)
    assert model[1:].predict_proba(matrix)[0].tolist() == [0.5, 0.5]
    same = compile_model(model[1:], "hist-gradient-boosting", "binary", matrix, tmp_path / COMPILED)
    other = compile_model(Drifted(model[1:], -1e-7), "hist-gradient-boosting", "binary", matrix, tmp_path / COMPILED)
    assert (same.compiled, other.compiled) == (True, False)


def test_a_model_beyond_the_bound_is_not_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compiled.MOST_NODES", 50)
    frame, score = table()
    model = pipeline("random-forest", "binary", COLUMNS, len(frame), 0, 1).fit(frame, values_of("binary", score))
    matrix = model[0].transform(frame)
    found = compile_model(model[1:], "random-forest", "binary", matrix, tmp_path / COMPILED)
    assert found == Compilation(False, "The model has more than 50 nodes.")
