"""The container code as a container has it: its directory on the path, SM_* variables, AWS's versions beside ours."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

PROJECT = Path(__file__).parents[4]
CONTAINER = PROJECT / "services" / "sagemaker" / "container"
INTERPRETERS = {"ours": sys.executable, "aws": str(PROJECT / ".venv-container" / "bin" / "python")}

sys.path.append(str(CONTAINER))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as train.py has it; it must be there before scikit-learn is


@dataclass(frozen=True)
class Job:
    """A finished job: what it left and printed."""

    code: int
    model: Path
    data: Path
    said: str
    errors: str

    @property
    def failure(self) -> str:
        return (self.data.parent / "failure").read_text("utf-8")

    @property
    def evaluation(self) -> dict[str, Any]:
        return json.loads((self.data / "evaluation.json").read_text("utf-8"), parse_constant=_no_such_number)

    @property
    def about(self) -> dict[str, Any]:
        return json.loads((self.model / "model.json").read_text("utf-8"), parse_constant=_no_such_number)

    def figure(self, name: str) -> dict[str, Any]:
        return next(figure for figure in self.evaluation["figures"] if figure["name"] == name)


def _no_such_number(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def put_channel(directory: Path, table: pd.DataFrame | str, schema: dict[str, Any] | None = None) -> Path:
    """The training channel with this data."""
    directory.mkdir(parents=True, exist_ok=True)
    text = table if isinstance(table, str) else table.to_csv(index=False)
    (directory / "data.csv").write_text(text, "utf-8")
    if schema:
        (directory / "schema.json").write_text(json.dumps(schema), "utf-8")
    return directory


def run_job(place: Path, table: pd.DataFrame | str, *arguments: str, schema: dict[str, Any] | None = None) -> Job:
    """Run the job in this process, its directories under `place`."""
    from train import main

    said, errors = io.StringIO(), io.StringIO()
    model, data = place / "model", place / "output" / "data"
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(errors):
        patch.setenv("SM_CHANNEL_TRAIN", str(put_channel(place / "input", table, schema)))
        patch.setenv("SM_MODEL_DIR", str(model))
        patch.setenv("SM_OUTPUT_DATA_DIR", str(data))
        patch.setenv("SM_NUM_CPUS", "1")
        code = main(list(arguments))
    return Job(code, model, data, said.getvalue(), errors.getvalue())


def run_python(
    python: str, code: str, cwd: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run code in a process that has nothing of ours on its path."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(cwd), "LANG": "C.UTF-8", "SM_NUM_CPUS": "1", **environment}
    return subprocess.run(
        [python, "-c", code, *arguments], cwd=cwd, env=clean, capture_output=True, text=True, timeout=120, check=False
    )


def patients(rows: int = 300, seed: int = 0) -> pd.DataFrame:
    """A table of every kind of column; "ill" follows from some of them."""
    random = np.random.default_rng(seed)
    age = random.integers(20, 90, rows).astype(float)
    pressure = np.round(random.normal(120, 15, rows), 3)
    clinic = random.choice(["north", "south", "east", "west, old"], rows)
    since = np.datetime64("2020-01-01") + random.integers(0, 1_500, rows)
    risk = (age - 55) / 15 + (pressure - 120) / 12 + 1.5 * (clinic == "north") + random.normal(0, 0.7, rows)
    table = pd.DataFrame(
        {
            "patient_id": [f"P{number:05d}" for number in range(rows)],
            "age": age,
            "pressure": pressure,
            "clinic": clinic,
            "street": random.choice([f"street {number}" for number in range(40)], rows),
            "since": since.astype(str),
            "unit": "mmHg",
            "days": np.round(np.exp(risk / 2) * 10, 2),
            "stage": np.where(risk < -0.7, "none", np.where(risk < 1, "mild", "severe")),
            "ill": np.where(risk > 0.6, "yes", "no"),
        }
    )
    table.loc[::11, "age"] = np.nan
    table.loc[::13, "clinic"] = None
    table.loc[::17, "since"] = None
    return table
