"""What the job was asked for, and where SageMaker's training contract puts its files."""

from __future__ import annotations

import argparse
import ast
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from failures import TrainingFailure

ALGORITHMS = ("linear", "random-forest", "hist-gradient-boosting", "xgboost")
"""From the plainest to the most involved: of equals in a comparison the first wins."""
COMPARE = "compare"
PROBLEMS = ("auto", "binary", "multiclass", "regression")

_TEST_SHARES = (0.01, 0.9)
_SEEDS = 2**32


@dataclass(frozen=True)
class Settings:
    target: str
    problem: str
    algorithm: str
    test_share: float
    seed: int
    exclude: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "exclude": list(self.exclude)}


@dataclass(frozen=True)
class Places:
    """Directories of the job, and how many processors it may use."""

    channel: Path
    model: Path
    data: Path
    output: Path
    processors: int


def places() -> Places:
    """From the SM_* variables, else where a container has them."""
    data = Path(os.environ.get("SM_OUTPUT_DATA_DIR", "/opt/ml/output/data"))
    return Places(
        Path(os.environ.get("SM_CHANNEL_TRAIN", "/opt/ml/input/data/train")),
        Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model")),
        data,
        Path(os.environ.get("SM_OUTPUT_DIR", data.parent)),
        int(os.environ.get("SM_NUM_CPUS") or os.cpu_count() or 1),
    )


def parse(arguments: list[str] | None = None) -> Settings:
    """The settings as SageMaker's toolkit passes hyperparameters: --name value. Raises TrainingFailure."""
    parser = _Parser(allow_abbrev=False)
    parser.add_argument("--target", required=True, help="the column to predict")
    parser.add_argument("--problem", default="auto", choices=PROBLEMS)
    parser.add_argument("--algorithm", default=COMPARE, choices=(*ALGORITHMS, COMPARE))
    parser.add_argument("--test-share", type=float, default=0.2, help="share of the rows to measure on")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--exclude", default="[]", help="JSON list of columns to leave out")
    found = parser.parse_args(_joined(sys.argv[1:] if arguments is None else arguments))
    least, most = _TEST_SHARES
    if not least <= found.test_share <= most:
        raise TrainingFailure(f"--test-share is {found.test_share}; it must be between {least} and {most}.")
    if not 0 <= found.seed < _SEEDS:
        raise TrainingFailure(f"--seed is {found.seed}; it must be between 0 and {_SEEDS - 1}.")
    return Settings(
        found.target, found.problem, found.algorithm, found.test_share, found.seed, _names(found.exclude)
    )  # fmt: skip


def _joined(arguments: list[str]) -> list[str]:
    """Pairs as --name=value: a column may be called "-x", which argparse would take for an option."""
    names, values = arguments[::2], arguments[1::2]
    if len(names) != len(values) or not all(name.startswith("--") and "=" not in name for name in names):
        return arguments
    return [f"{name}={value}" for name, value in zip(names, values, strict=True)]


def _names(text: str) -> tuple[str, ...]:
    """A JSON list; the toolkit hands a hyperparameter that decodes to a list over as Python writes it."""
    try:
        names = json.loads(text)
    except ValueError:
        try:
            names = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TrainingFailure(f'--exclude must be a JSON list of column names, like ["id"]; it is {text}')
    return tuple(names)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise TrainingFailure(f"The settings are not understood: {message}")
