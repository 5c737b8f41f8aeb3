"""The files a job leaves: model.json and the serving code in the model archive, evaluation.json in its output."""

from __future__ import annotations

import json
import resource
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import sklearn
from columns import reason
from comparison import Comparison
from compiled import Compilation
from encoding import Encoding
from journal import Journal
from prepare import Data
from settings import Settings

SERVING_CODE = (
    "inference.py", "payload.py", "csvrows.py", "largecsv.py", "jsonrows.py", "rows.py", "cells.py", "encoding.py",
    "tableencoder.py", "scoring.py", "answer.py", "refusal.py",
)  # fmt: skip
"""What an endpoint needs of this directory."""

_UNIT_OF_PEAK_MEMORY = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Trained:
    """A finished model: how it came about and what it measures."""

    settings: Settings
    data: Data
    algorithm: str
    comparison: Comparison | None
    encoding: Encoding
    compilation: Compilation
    measured: dict[str, Any]


def write_model(trained: Trained, directory: Path) -> None:
    """model.json and code/: the archive serves itself with SAGEMAKER_SUBMIT_DIRECTORY=/opt/ml/model/code."""
    about = {
        **_head(trained),
        "features": trained.data.features,
        "encoding": trained.encoding.as_json(),
        **_tail(trained),
    }
    _write(directory / "model.json", about)
    code = directory / "code"
    code.mkdir(exist_ok=True)
    for name in SERVING_CODE:
        shutil.copyfile(Path(__file__).parent / name, code / name)


def write_evaluation(trained: Trained, journal: Journal, directory: Path) -> None:
    """evaluation.json, as evaluation.py documents it."""
    evaluation = {
        **_head(trained),
        **trained.measured,
        **_leaderboard(trained, journal),
        "features": trained.data.features,
        "left_out": [
            {"column": column.name, "code": why, "reason": reason(why)} for column, why in trained.data.left_out
        ],
        "warnings": [note.as_json() for note in journal.notes],
        **_tail(trained),
        "seconds": journal.seconds,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT_OF_PEAK_MEMORY,
    }
    _write(directory / "evaluation.json", evaluation)


def _head(trained: Trained) -> dict[str, Any]:
    target = trained.data.target
    return {
        "format": 1,
        "problem": target.problem,
        "target": target.name,
        "algorithm": trained.algorithm,
        "classes": list(target.classes),
        "positive": target.positive,
        "rows": {
            "read": trained.data.rows_read,
            "used": len(target.values),
            "train": len(trained.data.trained),
            "test": len(trained.data.tested),
            "dropped": [
                {"code": note.code, "reason": note.message, "rows": note.values["rows"]} for note in target.dropped
            ],
        },
    }


def _tail(trained: Trained) -> dict[str, Any]:
    versions = {
        "python": sys.version.split()[0],
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "joblib": joblib.__version__,
    }
    if trained.algorithm == "xgboost":
        import xgboost

        versions["xgboost"] = xgboost.__version__
    return {
        "compiled": trained.compilation.as_json(),
        "settings": trained.settings.as_json(),
        "versions": versions,
    }


def _leaderboard(trained: Trained, journal: Journal) -> dict[str, Any]:
    if trained.comparison is not None:
        return trained.comparison.as_json()
    only = {
        "algorithm": trained.algorithm, "score": None, "deviation": None, "seconds": journal.seconds["fit"],
        "chosen": True, "failed": None,
    }  # fmt: skip
    return {"leaderboard": [only], "leaderboard_metric": None, "leaderboard_rows": None, "leaderboard_folds": None}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1), "utf-8")
