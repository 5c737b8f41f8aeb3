"""How predictions are spread, counted as they come: classes, or ranges of numbers. Memory stays the same."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

MOST_RANGES = 40


class Classes:
    """Counts of classes."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, predictions: Iterable[str]) -> None:
        self._counts.update(predictions)

    def counts(self) -> tuple[tuple[str, int], ...]:
        """The most frequent first."""
        return tuple(self._counts.most_common())


class Numbers:
    """Counts of numbers in ranges of one round width: 1 or 5 times a power of ten.

    The ranges need not be known beforehand: when they would be too many, several become one of the next width.
    """

    def __init__(self) -> None:
        self._power: int | None = None
        """The width is 10 ** (power // 2), five times that where the power is odd."""
        self._counts: dict[int, int] = {}

    def add(self, predictions: npt.NDArray[np.float64]) -> None:
        if not len(predictions):
            return
        low, high = float(predictions.min()), float(predictions.max())
        if self._power is None:
            self._power = _power(low, high)
        while self._span(low, high) > MOST_RANGES:
            self._merge()
        places, counts = np.unique(np.floor(predictions / self.width), return_counts=True)
        for place, count in zip(places.astype(int).tolist(), counts.tolist(), strict=True):
            self._counts[place] = self._counts.get(place, 0) + count

    @property
    def width(self) -> float:
        exponent, odd = divmod(self._power or 0, 2)
        return float(f"{5 if odd else 1}e{exponent}")

    def counts(self) -> tuple[tuple[str, int], ...]:
        """Every range from the lowest to the highest number, the empty ones too."""
        if not self._counts:
            return ()
        places = range(min(self._counts), max(self._counts) + 1)
        return tuple((self._label(place), self._counts.get(place, 0)) for place in places)

    def _span(self, low: float, high: float) -> int:
        """How many ranges there would be with numbers from low to high."""
        places = [math.floor(low / self.width), math.floor(high / self.width), *self._counts]
        return max(places) - min(places) + 1

    def _merge(self) -> None:
        power = self._power or 0
        together = 2 if power % 2 else 5  # 5 to 10, or 1 to 5
        merged: dict[int, int] = {}
        for place, count in self._counts.items():
            merged[place // together] = merged.get(place // together, 0) + count
        self._power, self._counts = power + 1, merged

    def _label(self, place: int) -> str:
        return f"{place * self.width:.12g} – {(place + 1) * self.width:.12g}"


def _power(low: float, high: float) -> int:
    """A width that is too fine for these numbers, to be widened from."""
    size = (high - low) / MOST_RANGES or max(abs(low), abs(high)) / MOST_RANGES or 1.0
    return 2 * math.floor(math.log10(size))
