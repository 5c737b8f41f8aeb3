"""What it costs to read, check and profile a CSV, beside pandas.read_csv of the same file, in turn and in processes of
their own. The aim is at most 1.5 times pandas, and memory that does not grow with the file."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT))

_ROWS_AT_ONCE = 100_000
_AIM = 1.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of 30 columns: a million are 270 MB")
    parser.add_argument("--rounds", type=int, default=5, help="of both ways in turn; the median counts")
    parser.add_argument("--spanish", action="store_true", help="also with semicolons and decimal commas")
    parser.add_argument("--child", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        way, path = given.child
        print(json.dumps(measured(way, Path(path))))
        return
    with tempfile.TemporaryDirectory() as folder:
        compare("comma-separated", write(Path(folder) / "table.csv", given.rows), given.rounds, {})
        if given.spanish:
            spanish = write(Path(folder) / "tabla.csv", given.rows, sep=";", decimal=",")
            compare("semicolons and decimal commas", spanish, given.rounds, {"sep": ";", "decimal": ","})


def compare(what: str, path: Path, rounds: int, options: dict[str, str]) -> None:
    figures: dict[str, list[dict[str, float]]] = {"nothing": [], "pandas": [], "profile": []}
    for _ in range(rounds):
        for way, found in figures.items():
            found.append(in_a_process(f"pandas {json.dumps(options)}" if way == "pandas" else way, path))
    print(f"{what}, {path.stat().st_size / 1e6:.0f} MB")
    for way, found in figures.items():
        seconds, cpu, peak = (median(one[name] for one in found) for name in ("seconds", "cpu", "peak"))
        print(f"  {way:8} {seconds:6.2f} s   processor {cpu:6.2f} s   peak memory {peak:5.0f} MB")
    ratios = [
        ours["seconds"] / theirs["seconds"] for ours, theirs in zip(figures["profile"], figures["pandas"], strict=True)
    ]
    print(f"  profile takes {median(ratios):.2f} times as long as pandas.read_csv (aim: {_AIM})")


def in_a_process(way: str, path: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", way, str(path)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def measured(way: str, path: Path) -> dict[str, float]:
    work = prepared(way, path)
    began, cpu_began = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    return {"seconds": seconds, "cpu": cpu, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def prepared(way: str, path: Path) -> Callable[[], object]:
    """The work to measure, its modules imported."""
    if way == "nothing":
        from services.sagemaker import datasets

        return lambda: None
    if way == "profile":
        from services.sagemaker import datasets

        def profile() -> object:
            with path.open("rb") as source:
                return datasets.profile(source)

        return profile
    options = json.loads(way.removeprefix("pandas "))
    return lambda: pd.read_csv(path, **options)


def write(path: Path, rows: int, **options: str) -> Path:
    """18 columns of fractions, 6 of whole numbers, 4 of categories, a date and a target."""
    random = np.random.default_rng(0)
    for first in range(0, rows, _ROWS_AT_ONCE):
        count = min(_ROWS_AT_ONCE, rows - first)
        columns: dict[str, object] = {f"fraction_{n}": random.normal(100, 15, count).round(6) for n in range(18)}
        columns |= {f"whole_{n}": random.integers(0, 10 ** (n + 1), count) for n in range(6)}
        columns |= {
            f"kind_{n}": random.choice([f"category {value}" for value in range(5 * (n + 1))], count) for n in range(4)
        }
        days = pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 1500, count), "D")
        columns |= {"day": days.strftime("%Y-%m-%d"), "target": random.choice(["yes", "no"], count)}
        pd.DataFrame(columns).to_csv(path, mode="a", header=first == 0, index=False, **options)  # type: ignore[call-overload]
    return path


if __name__ == "__main__":
    main()
