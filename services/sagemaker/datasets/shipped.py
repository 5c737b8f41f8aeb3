"""The samples that ship with the app: small files that make a first dataset without one of one's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from services.sagemaker.datasets.model import Problem
from services.text import Text, text

FOLDER = Path(__file__).parents[3] / "samples"

_WORDING = (
    text("Breast cancer"),
    text("Measures of cell nuclei in 569 tissue samples: is the tumour benign or malignant?"),
    text("Employee retention"),
    text("3,000 invented employees of a company: who will leave?"),
    text("House prices"),
    text("2,500 invented homes of a town: what will one sell for?"),
    text("Orders of a Spanish shop"),
    text(
        "3,000 invented orders, saved as a Spanish Excel does (semicolons, decimal commas): how will the buyer rate it?"
    ),
)
"""The words of samples/index.json, repeated so that they are found for translation."""


@dataclass(frozen=True)
class Sample:
    """One sample; `name` is its file's. synthetic: made by a script, of nobody real."""

    name: str
    title: Text
    about: Text
    target: str
    problem: Problem
    synthetic: bool
    source: str
    licence: str

    def open(self) -> BinaryIO:
        return (FOLDER / self.name).open("rb")


@lru_cache
def samples() -> tuple[Sample, ...]:
    """All samples, in the order to show them."""
    index = json.loads((FOLDER / "index.json").read_text("utf-8"))
    return tuple(
        Sample(
            name=entry["file"],
            title=Text(entry["title"]),
            about=Text(entry["about"]),
            target=entry["target"],
            problem=entry["problem"],
            synthetic=entry["synthetic"],
            source=entry["source"],
            licence=entry["licence"],
        )
        for entry in index["samples"]
    )
