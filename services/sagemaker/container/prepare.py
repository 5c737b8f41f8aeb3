"""From the channel's files to what is learnt from: the typed table, its target, and rows kept back to measure on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from columns import Column, reason
from features import describe_features
from holdout import split
from journal import Journal, say
from settings import Settings
from table import read_table
from target import Target, read_target


@dataclass(frozen=True)
class Data:
    """Frames hold the columns to learn from, `trained` and `tested` the target's values of their rows."""

    columns: tuple[Column, ...]
    target: Target
    train: pd.DataFrame
    trained: np.ndarray
    test: pd.DataFrame
    tested: np.ndarray
    features: list[dict[str, Any]]
    left_out: tuple[tuple[Column, str], ...]
    rows_read: int


def prepare(channel: Path, settings: Settings, journal: Journal) -> Data:
    """Raises TrainingFailure."""
    with journal.stage("read", 0.02, "reading the data"):
        table = read_table(channel, settings.target, settings.exclude)
        rows_read = len(table.frame)
        target = read_target(table.frame.pop(settings.target), settings.problem)
        frame = table.frame if target.kept.all() else table.frame[target.kept]
        names = [column.name for column in table.columns]
        frame = frame if list(frame.columns) == names else frame[names]
    what = f"one of {len(target.classes)} classes" if target.classes else "a number"
    say(f"[1/5] read {rows_read} rows, {len(names)} columns to learn from; {target.name} is {what}")
    journal.note((*table.notes, *target.notes))
    for note in target.dropped:
        say(f"left out {note.values['rows']} rows: {note.message}")
    for column, why in table.left_out:
        say(f'left out "{column.name}": {reason(why)}')
    with journal.stage("split", 0.20, "choosing the rows to measure on"):
        features = describe_features(frame, table.columns)
        train, test = split(target.values, settings.test_share, settings.seed, bool(target.classes))
        return Data(
            table.columns, target, frame.iloc[train], target.values[train], frame.iloc[test], target.values[test],
            features, table.left_out, rows_read,
        )  # fmt: skip
