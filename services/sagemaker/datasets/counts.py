"""How often each value of a column stands there, for as long as there are few enough."""

from __future__ import annotations

import numpy as np

from services.sagemaker.datasets.figures import CountedNumbers


class ValueCounts:
    """Counts of up to `most` different values; beyond that they are given up, and `most` is 0."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.texts: dict[str, int] = {}
        self._numbers: list[CountedNumbers] = []
        self._kept = 0

    def add(self, numbers: CountedNumbers | None, texts: dict[str, int] | None) -> dict[str, int]:
        """Add a block's counts, None where it had too many values. Returns the texts' counts given up by that."""
        if texts is not None:
            for text, count in texts.items():
                self.texts[text] = self.texts.get(text, 0) + count
        if numbers is not None and self.most:
            self._numbers.append(numbers)
            self._kept += len(numbers[0])
            if self._kept > 8 * self.most:
                self._join()
        few = (numbers is not None or texts is not None) and len(self.texts) <= self.most >= self._different()
        if few:
            return {}
        given_up, self.texts = self.texts, {}
        self._numbers, self._kept, self.most = [], 0, 0
        return given_up

    @property
    def complete(self) -> bool:
        """Whether all values could be counted."""
        return self.most > 0

    def items(self) -> list[tuple[str | float, int]]:
        """The values and their counts."""
        self._join()
        found: list[tuple[str | float, int]] = list(self.texts.items())
        for values, counts in self._numbers:
            found += zip(values.tolist(), counts.tolist(), strict=True)
        return found

    def _different(self) -> int:
        """At least how many different numbers there are."""
        return max((len(values) for values, _ in self._numbers), default=0)

    def _join(self) -> None:
        if len(self._numbers) < 2:
            return
        values = np.concatenate([values for values, _ in self._numbers])
        counts = np.concatenate([counts for _, counts in self._numbers])
        different, places = np.unique(values, return_inverse=True)
        joined = np.bincount(places, weights=counts).astype(np.int64)
        self._numbers, self._kept = [(different, joined)], len(different)
