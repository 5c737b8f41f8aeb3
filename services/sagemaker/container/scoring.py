"""The stored model as a function from encoded rows to probabilities or numbers: compiled, else the original."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

COMPILED = "model.onnx"
ORIGINAL = "model.joblib"
_ROWS_WORTH_THREADS = 64


class Scorer:
    """scores(matrix): a line a row; a probability a class, or for a regression one number."""

    def __init__(self, directory: Path, regression: bool, compiled: bool) -> None:
        self._directory = directory
        self._regression = regression
        self.compiled = compiled and _has_runtime() and (directory / COMPILED).exists()
        if self.compiled:
            self._one_thread = self._session(threads=1)
        else:
            self._steps = _load_steps(directory)

    def scores(self, matrix: np.ndarray) -> np.ndarray:
        if self.compiled:
            session = self._one_thread if len(matrix) < _ROWS_WORTH_THREADS else self._all_threads
            scores: np.ndarray = session.run(None, {"rows": matrix.astype("float64", copy=False)})[0]
            return scores
        model = self._steps[-1]
        if hasattr(model, "n_jobs"):  # Threads cost a forest milliseconds, more than a few rows do.
            model.n_jobs = os.cpu_count() if len(matrix) >= _ROWS_WORTH_THREADS else 1
        if self._regression:
            return np.asarray(self._steps.predict(matrix), dtype="float64")[:, None]
        return np.asarray(self._steps.predict_proba(matrix), dtype="float64")

    @cached_property
    def _all_threads(self) -> Any:
        return self._session(threads=0)

    def _session(self, threads: int) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(
            str(self._directory / COMPILED), options, providers=["CPUExecutionProvider"]
        )


def _has_runtime() -> bool:
    try:
        import onnxruntime  # noqa: F401
    except ImportError:
        return False
    return True


def _load_steps(directory: Path) -> Any:
    """The pipeline without its first step: rows come encoded."""
    # Threads that wait by spinning slow each other down. OpenMP reads this when scikit-learn loads it.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import joblib

    return joblib.load(directory / ORIGINAL)[1:]
