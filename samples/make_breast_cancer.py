"""Writes breast_cancer.csv: the Wisconsin diagnostic data that scikit-learn carries, with the diagnosis as a word."""

from __future__ import annotations

import csv
from pathlib import Path

from sklearn.datasets import load_breast_cancer

FILE = Path(__file__).with_name("breast_cancer.csv")


def write(path: Path) -> None:
    data = load_breast_cancer()
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*(name.replace(" ", "_") for name in data.feature_names), "diagnosis"])
        for measures, diagnosis in zip(data.data.tolist(), data.target, strict=True):
            table.writerow([*measures, data.target_names[diagnosis]])


if __name__ == "__main__":
    write(FILE)
