"""How often each value of a column stands there, for as long as there are few enough."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.sagemaker.datasets.figures import CountedNumbers, CountedTexts, Counts

_JOINED_AT = 8
"""Blocks' counts of numbers are put together when they hold this many times the values there may be."""


class ValueCounts:
    """Counts of up to `most` different values; beyond that they are given up, and `most` is 0."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._places: dict[str, int] = {}
        self._counts: Counts = np.zeros(0, np.int64)
        self._numbers: list[CountedNumbers] = []
        self._kept = 0

    def add(self, numbers: CountedNumbers | None, texts: CountedTexts | None) -> dict[str, int]:
        """Add a block's counts, None where it had too many values. Returns the texts' counts given up by that."""
        if numbers is not None and self.most:
            self._add_numbers(numbers)
        if texts is not None:
            self._add_texts(*texts)
        known = numbers is not None or texts is not None
        if known and self._different() <= self.most:
            return {}
        given_up = self.texts
        self._places, self._counts, self._numbers, self._kept, self.most = {}, np.zeros(0, np.int64), [], 0, 0
        return given_up

    @property
    def complete(self) -> bool:
        """Whether all values could be counted."""
        return self.most > 0

    @property
    def texts(self) -> dict[str, int]:
        """The texts and their counts."""
        return dict(zip(self._places, self._counts.tolist(), strict=True))

    def items(self) -> list[tuple[str | float, int]]:
        """The values and their counts."""
        self._join()
        found: list[tuple[str | float, int]] = list(self.texts.items())
        for values, counts in self._numbers:
            found += zip(values.tolist(), counts.tolist(), strict=True)
        return found

    def _add_texts(self, texts: Sequence[str], counts: Counts) -> None:
        for text in texts:
            self._places.setdefault(text, len(self._places))
        self._counts.resize(len(self._places), refcheck=False)
        np.add.at(self._counts, list(map(self._places.__getitem__, texts)), counts)

    def _add_numbers(self, numbers: CountedNumbers) -> None:
        self._numbers.append(numbers)
        self._kept += len(numbers[0])
        if self._kept > _JOINED_AT * self.most:
            self._join()

    def _different(self) -> int:
        """At least how many different values there are."""
        return max([len(self._places), *(len(values) for values, _ in self._numbers)])

    def _join(self) -> None:
        if len(self._numbers) < 2:
            return
        values = np.concatenate([values for values, _ in self._numbers])
        counts = np.concatenate([counts for _, counts in self._numbers])
        different, places = np.unique(values, return_inverse=True)
        joined = np.bincount(places, weights=counts).astype(np.int64)
        self._numbers, self._kept = [(different, joined)], len(different)
