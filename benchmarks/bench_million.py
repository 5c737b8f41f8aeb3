"""A CSV of 1,000,000 rows and 30 columns from upload to predictions: seconds and peak memory of each step."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT))

from local_aws import start  # noqa: E402
from local_aws.state import running  # noqa: E402
from services import aws  # noqa: E402
from services.sagemaker import account, datasets, endpoints, evaluation, prediction, teardown, training  # noqa: E402

_COLUMNS = 30
_BLOCK_ROWS = 50_000
_WATCH_SECONDS = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        table, home = Path(scratch) / "table.csv", Path(scratch) / "state"
        write_table(table, given.rows)
        print(f"{given.rows} rows, {_COLUMNS} columns, {table.stat().st_size / 1e6:.0f} MB")
        connection = start.ensure(home)
        server = running(home.resolve())
        assert server is not None
        backend = aws.Backend(
            "local",
            endpoint=connection.endpoint,
            access_key=connection.access_key,
            secret_key=connection.secret_key,
        )
        try:
            with aws.use(backend):
                journey(table, psutil.Process(server.pid))
        finally:
            start.stop(home)


def write_table(path: Path, rows: int) -> None:
    """29 numeric columns with a signal in some of them, and a class to predict; about 290 bytes a row."""
    random = np.random.default_rng(7)
    for first in range(0, rows, _BLOCK_ROWS):
        count = min(_BLOCK_ROWS, rows - first)
        numbers = random.normal(size=(count, _COLUMNS - 1)).round(7)
        signal = numbers[:, 0] - 2 * numbers[:, 1] * numbers[:, 2] + random.normal(size=count)
        block = pd.DataFrame(numbers, columns=[f"measure_{number}" for number in range(1, _COLUMNS)])
        block["outcome"] = np.where(signal > 0, "yes", "no")
        block.to_csv(path, mode="a", header=first == 0, index=False)


def journey(table: Path, server: psutil.Process) -> None:
    with step("pandas.read_csv, for comparison", server):
        frame = pd.read_csv(table)
    del frame
    place = account.prepare()
    with step("upload with profile", server), table.open("rb") as source:
        dataset = datasets.upload(source, table.name, bucket=place.bucket)
    with step("train, histogram gradient boosting", server):
        job = training.start(dataset.id, "outcome", algorithm="hist-gradient-boosting")
        while not (job := training.describe(job.name)).ended:
            time.sleep(0.5)
    if job.failure:
        raise RuntimeError(job.failure)
    print(f"  {evaluation.verdict(evaluation.load(job.name))}")
    with step("deploy", server):
        endpoint = endpoints.deploy(job.name)
        while (endpoint := endpoints.describe(endpoint.name)).status == "Creating":
            time.sleep(0.2)
    with step("predict every row", server), table.open("rb") as source, tempfile.TemporaryFile() as out:
        result = prediction.predict_file(endpoint, source, out)
    print(f"  {result.rows} rows predicted")
    with step("tear down", server):
        receipt = teardown.tear_down(with_artefacts=True)
    print(f"  {len(receipt.remaining)} resources left")


@contextmanager
def step(name: str, server: psutil.Process) -> Iterator[None]:
    """Print how long the block took and the most memory that this process, local AWS and its children held in it."""
    peaks = {"here": 0.0, "local AWS": 0.0, "its jobs and model servers": 0.0}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_WATCH_SECONDS):
            children = sum(memory(child) for child in server.children(recursive=True))
            seen = {
                "here": memory(psutil.Process()),
                "local AWS": memory(server),
                "its jobs and model servers": children,
            }
            for who, held in seen.items():
                peaks[who] = max(peaks[who], held)

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.perf_counter()
    try:
        yield
    finally:
        spent = time.perf_counter() - begun
        done.set()
        watcher.join()
    held = ", ".join(f"{who} {megabytes:.0f} MB" for who, megabytes in peaks.items())
    print(f"{name:36} {spent:7.1f} s, at most {held}", flush=True)


def memory(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 2**20
    except psutil.Error:
        return 0.0


if __name__ == "__main__":
    main()
