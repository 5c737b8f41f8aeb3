"""InvokeEndpoint of a random forest of 100 trees: local AWS, signed and checked, beside MLServer and the bare model."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import boto3
import joblib
import pandas as pd
from bench_gateway import free_port, process, timed
from load import Load, raw, run, signed
from sklearn.datasets import load_breast_cancer

PROJECT = Path(__file__).parent.parent
CONTAINER = PROJECT / "services" / "sagemaker" / "container"
sys.path.insert(0, str(PROJECT))

from local_aws import start  # noqa: E402

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
MLSERVER = ["mlserver==1.7.1", "mlserver-sklearn==1.7.1", "scikit-learn==1.9.1"]
NAME = "forest"
MANY_ROWS = 1000

IN_PROCESS = """
import sys, time
sys.path.insert(0, sys.argv[1])
import inference
model = inference.model_fn(sys.argv[2])
body = open(sys.argv[3]).read()
def predict():
    return inference.predict_fn(inference.input_fn(body, "text/csv"), model)
def answer():
    return inference.output_fn(predict(), "text/csv")
for ask in (predict, answer):
    for _ in range(20): ask()
    times = []
    until = time.perf_counter() + float(sys.argv[4]) / 2
    while time.perf_counter() < until:
        begun = time.perf_counter(); ask(); times.append(time.perf_counter() - begun)
    print(*times)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mlserver", type=Path, help="a Python that has MLServer; else one is made for this run")
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="of all servers in turn; the median counts")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        model = train(directory)
        one, many = write_bodies(directory)
        python = given.mlserver or make_mlserver(directory / "mlserver")
        with endpoint(directory, model) as connection, mlserver(python, directory, model) as other:
            compare_servers(connection, other, one, many, given)
            compare_to_in_process(connection, model, directory, given)


def train(directory: Path) -> Path:
    """Train as a SageMaker job does, on scikit-learn's breast cancer data; returns the model's directory."""
    data = load_breast_cancer(as_frame=True).frame
    (directory / "train").mkdir()
    data.to_csv(directory / "train" / "data.csv", index=False)
    model = directory / "model"
    environment = {
        "SM_CHANNEL_TRAIN": str(directory / "train"),
        "SM_MODEL_DIR": str(model),
        "SM_OUTPUT_DATA_DIR": str(directory / "output"),
    }
    command = [sys.executable, str(CONTAINER / "train.py"), "--target", "target", "--algorithm", "random-forest"]
    subprocess.run(command, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL)
    about = json.loads((model / "model.json").read_text())
    print(f"compiled: {about['compiled']}")
    return model


def write_bodies(directory: Path) -> tuple[bytes, bytes]:
    """One row and many, as CSV without a header."""
    rows = load_breast_cancer().data
    lines = [",".join(map(str, row)) for row in rows]
    many = [lines[number % len(lines)] for number in range(MANY_ROWS)]
    (directory / "one.csv").write_text(lines[0])
    (directory / "many.csv").write_text("\n".join(many))
    return lines[0].encode(), "\n".join(many).encode()


@contextmanager
def endpoint(directory: Path, model: Path) -> Iterator[start.Connection]:
    """The model on an endpoint of a local AWS of this run."""
    connection = start.ensure(directory / "state")
    try:
        clients = {service: client(connection, service) for service in ("s3", "sagemaker")}
        archive = directory / "model.tar.gz"
        with tarfile.open(archive, "w:gz") as members:
            for path in model.iterdir():
                members.add(path, arcname=path.name)
        clients["s3"].create_bucket(Bucket="benchmark")
        clients["s3"].upload_file(str(archive), "benchmark", "model.tar.gz")
        sagemaker = clients["sagemaker"]
        container = {"Image": IMAGE, "ModelDataUrl": "s3://benchmark/model.tar.gz"}
        sagemaker.create_model(ModelName=NAME, PrimaryContainer=container)
        variant = {
            "VariantName": "AllTraffic",
            "ModelName": NAME,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        sagemaker.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
        sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=NAME, WaiterConfig={"Delay": 1})
        yield connection
    finally:
        start.stop(directory / "state")


def client(connection: start.Connection, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=connection.endpoint,
        region_name=connection.region,
        aws_access_key_id=connection.access_key,
        aws_secret_access_key=connection.secret_key,
    )


@contextmanager
def mlserver(python: Path, directory: Path, model: Path) -> Iterator[str]:
    """The same forest, without the encoding of columns, served by MLServer in its fastest setting."""
    place = directory / "served"
    place.mkdir()
    # One thread: starting more for one row costs a forest milliseconds.
    joblib.dump(forest(model).set_params(n_jobs=1), place / "model.joblib")
    parameters = {"uri": str(place / "model.joblib")}
    settings = {"name": NAME, "implementation": "mlserver_sklearn.SKLearnModel", "parameters": parameters}
    (place / "model-settings.json").write_text(json.dumps(settings))
    ports = {"http_port": free_port(), "grpc_port": free_port(), "metrics_port": free_port()}
    # Without its worker process: that costs MLServer time, and does not start under the newest uvloop.
    (place / "settings.json").write_text(json.dumps({"host": "127.0.0.1", "parallel_workers": 0} | ports))
    command = [str(python.with_name("mlserver")), "start", str(place)]
    with process(command, ports["http_port"]) as found:
        wait_for_answer(found)
        yield found


def forest(model: Path) -> Any:
    sys.path.insert(0, str(CONTAINER))
    return joblib.load(model / "model.joblib")[-1]


def make_mlserver(directory: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(directory)], check=True)
    python = directory / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *MLSERVER], check=True)
    return python


def wait_for_answer(where: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            run(where, infer_request(where, b"0," * 29 + b"0"), connections=1, seconds=0.1)
            return
        except (OSError, RuntimeError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def infer_request(where: str, rows: bytes) -> bytes:
    """The same rows in the V2 inference protocol that MLServer speaks."""
    matrix = [[float(cell) for cell in row.split(b",")] for row in rows.split(b"\n")]
    tensor = {
        "name": "x",
        "shape": [len(matrix), len(matrix[0])],
        "datatype": "FP64",
        "data": [cell for row in matrix for cell in row],
    }
    body = json.dumps({"inputs": [tensor], "outputs": [{"name": "predict_proba"}]}).encode()
    return raw(where, path=f"/v2/models/{NAME}/infer", body=body, headers={"Content-Type": "application/json"})


def invoke_request(connection: start.Connection, rows: bytes) -> bytes:
    return signed(
        connection.endpoint,
        "sagemaker",
        (connection.access_key, connection.secret_key),
        path=f"/endpoints/{NAME}/invocations",
        body=rows,
        headers={"Content-Type": "text/csv", "Accept": "text/csv"},
    )


def compare_servers(connection: start.Connection, other: str, one: bytes, many: bytes, given: Any) -> None:
    for rows, what in ((one, "one row"), (many, f"{MANY_ROWS} rows")):
        for connections in (1, 8):
            asked: dict[str, Callable[[], Load]] = {
                "local AWS": lambda rows=rows, connections=connections: run(
                    connection.endpoint,
                    invoke_request(connection, rows),
                    connections=connections,
                    seconds=given.seconds,
                ),
                "MLServer": lambda rows=rows, connections=connections: run(
                    other, infer_request(other, rows), connections=connections, seconds=given.seconds
                ),
            }
            results: dict[str, list[Load]] = {name: [] for name in asked}
            for _ in range(given.rounds):
                for name, ask in asked.items():
                    results[name].append(ask())
            middle = {name: sorted(found, key=rate)[len(found) // 2] for name, found in results.items()}
            print(f"\n{what}, {connections} connection(s)")
            for name, load in middle.items():
                print(f"  {name:12}{load}")
            print(f"  local AWS / MLServer {rate(middle['local AWS']) / rate(middle['MLServer']):.1f} times")


def rate(load: Load) -> float:
    return load.requests_per_second


def compare_to_in_process(connection: start.Connection, model: Path, directory: Path, given: Any) -> None:
    """The least disturbed of short rounds in turn: both are work of one process, and so noise only adds to them."""
    request = invoke_request(connection, (directory / "many.csv").read_bytes())
    served, predicted, answered = [], [], []
    for _ in range(3 * given.rounds):
        served.append(run(connection.endpoint, request, connections=1, seconds=given.seconds / 3).p50)
        predicting, answering = in_process(model, directory / "many.csv", given.seconds / 3)
        predicted.append(1000 * median(predicting))
        answered.append(1000 * median(answering))
    print(f"\n{MANY_ROWS} rows: endpoint {min(served):.2f} ms")
    for what, times in (("parsing and predicting", predicted), ("and formatting the answer", answered)):
        ratio = min(served) / min(times)
        print(f"  in process, {what:26}{min(times):.2f} ms; the endpoint takes {ratio:.2f} times that")
    original = forest(model).set_params(n_jobs=1)
    many = directory / "many.csv"
    plain = 1000 * median(timed(lambda: by_pandas_and_scikit_learn(original, many)) for _ in range(100))
    print(f"  in process, by pandas and scikit-learn {plain:.2f} ms; {min(served) / plain:.2f} times")
    print(f"\none row in process: {of_times(in_process(model, directory / 'one.csv', given.seconds)[1])}")
    row = load_breast_cancer().data[:1]
    times = [timed(lambda: original.predict_proba(row)) for _ in range(300)]
    print(f"one row by scikit-learn, not compiled: {of_times(times)}")


def by_pandas_and_scikit_learn(model: Any, rows: Path) -> Any:
    return model.predict_proba(pd.read_csv(rows, header=None).to_numpy())


def in_process(model: Path, rows: Path, seconds: float) -> tuple[list[float], list[float]]:
    """Times of predicting, and of predicting and answering, by the same code without any server, in its own process."""
    command = [sys.executable, "-c", IN_PROCESS, str(model / "code"), str(model), str(rows), str(seconds)]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    predicting, answering = ([float(word) for word in line.split()] for line in found.splitlines())
    return predicting, answering


def of_times(times: list[float]) -> str:
    cuts = quantiles(times, n=100)
    return f"{len(times) / sum(times):.0f} a second, p50 {1000 * cuts[49]:.3f} ms, p99 {1000 * cuts[98]:.3f} ms"


if __name__ == "__main__":
    main()
