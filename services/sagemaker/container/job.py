"""The training job's stages in order: read, compare, fit, compile, measure, write. Knows not how it was started."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from comparison import Comparison, compare
from compiled import Compilation, compile_model
from estimators import NAMES, pipeline
from evaluation import HeldOut, evaluate
from failures import Note
from journal import Journal, say
from prepare import Data, prepare
from results import Trained, write_evaluation, write_model
from scoring import COMPILED, ORIGINAL, Scorer
from settings import ALGORITHMS, COMPARE, Places, Settings
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline

_MOST_ROWS_CHECKED = 100_000
"""How many training rows the compiled model is held against the original on."""


def train(settings: Settings, where: Places) -> None:
    """The whole job. Raises TrainingFailure."""
    journal = Journal()
    for directory in (where.model, where.data):
        directory.mkdir(parents=True, exist_ok=True)
    data = prepare(where.channel, settings, journal)
    algorithm, comparison = _choose(settings, data, journal, where.processors)
    model = _fit(algorithm, settings, data, journal, where)
    compilation = _compile(model, algorithm, settings, data, journal, where.model)
    measured = _measure(model, compilation, settings, data, journal, where.model)
    trained = Trained(settings, data, algorithm, comparison, model[0].encoding_, compilation, measured)
    write_model(trained, where.model)
    journal.finish()
    write_evaluation(trained, journal, where.data)
    say("progress p=1.00 stage=done")


def _choose(settings: Settings, data: Data, journal: Journal, processors: int) -> tuple[str, Comparison | None]:
    if settings.algorithm != COMPARE:
        return settings.algorithm, None
    with journal.stage("compare", 0.25, f"comparing {len(ALGORITHMS)} algorithms"):
        say(f"[2/5] comparing {len(ALGORITHMS)} algorithms by cross-validation")
        comparison = compare(data.train, data.trained, data.target.problem, data.columns, settings.seed, processors)
    journal.note(comparison.notes)
    return comparison.best, comparison


def _fit(algorithm: str, settings: Settings, data: Data, journal: Journal, where: Places) -> Pipeline:
    rows = len(data.trained)
    with journal.stage("fit", 0.60, f"training {NAMES[algorithm]} on {rows} rows"):
        say(f"[3/5] training {NAMES[algorithm]} on {rows} rows")
        model = pipeline(algorithm, data.target.problem, data.columns, rows, settings.seed, where.processors)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.fit(data.train, data.trained)
        joblib.dump(model, where.model / ORIGINAL)
    if any(issubclass(warning.category, ConvergenceWarning) for warning in caught):
        journal.note([Note("not-converged", "The linear model was still improving when its rounds were used up.")])
    return model


def _compile(
    model: Pipeline, algorithm: str, settings: Settings, data: Data, journal: Journal, directory: Path
) -> Compilation:
    with journal.stage("compile", 0.80, "compiling the model for quick answers"):
        matrix = model[0].transform(_some(data.train, settings.seed))
        compilation = compile_model(model[1:], algorithm, data.target.problem, matrix, directory / COMPILED)
    say(f"[4/5] {'compiled' if compilation.compiled else f'not compiled: {compilation.reason}'}")
    return compilation


def _measure(
    model: Pipeline, compilation: Compilation, settings: Settings, data: Data, journal: Journal, directory: Path
) -> dict[str, Any]:
    """Of the stored model, in the form that will serve."""
    with journal.stage("evaluate", 0.88, f"measuring on {len(data.tested)} rows"):
        say(f"[5/5] measuring on {len(data.tested)} rows the model has not seen")
        scorer = Scorer(directory, data.target.problem == "regression", compilation.compiled)
        held_out = HeldOut(model[0].transform(data.test), data.tested, data.trained)
        measured = evaluate(scorer, data.target, held_out, model[0].encoding_, settings.seed)
    for figure in measured["figures"]:
        if figure["value"] is not None:
            say(f"metric {figure['name']}={figure['value']:.10g}")
    return measured


def _some(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    if len(frame) <= _MOST_ROWS_CHECKED:
        return frame
    return frame.iloc[np.sort(np.random.default_rng(seed).permutation(len(frame))[:_MOST_ROWS_CHECKED])]
