"""The training job, run by SageMaker in script mode: one CSV in, a model, its evaluation and its serving code out.

Reads SM_CHANNEL_TRAIN, writes SM_MODEL_DIR (model.joblib, model.json, model.onnx, code/) and SM_OUTPUT_DATA_DIR
(evaluation.json). Prints `progress p=0.40 stage=…` and `metric name=value` lines. A failure ends the process with one
line on stderr, which is also in the file `failure` that SageMaker reports.
"""

from __future__ import annotations

import os
import sys

from failures import TrainingFailure
from settings import Places, parse, places


def main(arguments: list[str] | None = None) -> int:
    where = places()
    # Threads that wait by spinning make gradient boosting twenty times slower where processors are shared. OpenMP reads
    # this when it is loaded, so before scikit-learn is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        settings = parse(arguments)
        from job import train

        train(settings, where)
    except TrainingFailure as failure:
        _report(where, str(failure))
        # AWS's training toolkit recognises a failure by the name of a built-in error.
        print(f"ValueError: {failure}", file=sys.stderr, flush=True)
        return 1
    except MemoryError:
        _report(where, "The job ran out of memory. Choose a larger instance, or train on fewer rows or columns.")
        raise
    except Exception as error:
        _report(where, f"{type(error).__name__}: {' '.join(str(error).split())}")
        raise
    return 0


def _report(where: Places, message: str) -> None:
    """Leave the reason where SageMaker looks for it."""
    where.output.mkdir(parents=True, exist_ok=True)
    (where.output / "failure").write_text(message, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
