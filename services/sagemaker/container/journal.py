"""What the job tells while it runs: its stages and how far it is on stdout, their seconds, and notes for the reader."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from failures import Note


class Journal:
    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.seconds: dict[str, float] = {}
        self._started = time.perf_counter()

    @contextmanager
    def stage(self, name: str, share: float, sentence: str) -> Iterator[None]:
        """A stage that starts when `share` of the whole work is done."""
        print(f"progress p={share:.2f} stage={sentence}", flush=True)
        begun = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - begun, 3)

    def note(self, notes: Iterable[Note]) -> None:
        for note in notes:
            self.notes.append(note)
            say(f"note: {note.message}")

    def finish(self) -> None:
        self.seconds["total"] = round(time.perf_counter() - self._started, 3)


def say(line: str) -> None:
    print(line, flush=True)
