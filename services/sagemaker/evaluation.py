"""How good a trained model is: the figures its job wrote, read from S3. Computes nothing of its own.

The shape of what `load` returns is in report.py.
"""

from __future__ import annotations

import json
import tarfile
import threading
import zlib
from collections import OrderedDict
from typing import IO, Any, cast

from services import aws
from services.errors import ServiceError
from services.sagemaker import training
from services.sagemaker.refusals import NOT_FOUND, sagemaker_errors
from services.sagemaker.report import (
    CalibrationBin,
    Candidate,
    ClassFigures,
    Confusion,
    Curve,
    Dropped,
    Evaluation,
    Feature,
    Figure,
    Importance,
    LeftOut,
    Residual,
    parse,
)
from services.sagemaker.training import TrainingJob
from services.text import Text, text

__all__ = [
    "CalibrationBin",
    "Candidate",
    "ClassFigures",
    "Confusion",
    "Curve",
    "Dropped",
    "Evaluation",
    "Feature",
    "Figure",
    "Importance",
    "LeftOut",
    "Residual",
]

_FILE = "evaluation.json"
_LARGEST_ARCHIVE_BYTES = 100_000_000
_MOST_MEMBERS = 10_000
_MOST_KEPT = 16
_TELLS_APART = 0.6
"""An area under the ROC curve clearly above chance, which is 0.5."""
_NOT_MEASURED = text("Its quality could not be measured: too few rows were held out.")


_kept: OrderedDict[tuple[aws.Backend, str], Evaluation] = OrderedDict()
_lock = threading.Lock()


def load(job: TrainingJob | str) -> Evaluation:
    """Read evaluation.json out of the job's output.tar.gz; the last few are kept in memory, as they never change.

    Raises ServiceError of code "NoEvaluation" when the job has not written one, or it is not readable.
    """
    name = job if isinstance(job, str) else job.name
    key = (aws.current(), name)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    read = _read(training.describe(job) if isinstance(job, str) else job)
    with _lock:
        _kept[key] = read
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return read


def verdict(evaluation: Evaluation) -> Text:
    """One plain sentence on how much better than guessing the model is."""
    if evaluation.problem == "regression":
        return _on_numbers(evaluation.figure("mae"))
    return _on_classes(evaluation, evaluation.figure("accuracy"), evaluation.figure("roc_auc"))


def _on_numbers(mae: Figure | None) -> Text:
    if mae is None or mae.value is None or not mae.baseline:
        return _NOT_MEASURED
    error, guess = _three_digits(mae.value), _three_digits(mae.baseline)
    if mae.value >= mae.baseline:
        return text(
            "No better than guessing: it is off by {error:,} on average, always answering the mean by {guess:,}.",
            error=error, guess=guess,
        )  # fmt: skip
    return text(
        "On rows it had not seen it is off by {error:,} on average; always answering the mean would be off by "
        "{guess:,}. That is {less:.0%} less.",
        error=error, guess=guess, less=1 - mae.value / mae.baseline,
    )  # fmt: skip


def _on_classes(evaluation: Evaluation, accuracy: Figure | None, auc: Figure | None) -> Text:
    if accuracy is None or accuracy.value is None or accuracy.baseline is None:
        return _NOT_MEASURED
    values = {"share": accuracy.value, "baseline": accuracy.baseline, "guess": evaluation.guess}
    if accuracy.value > accuracy.baseline:
        right, rows = round(accuracy.value * evaluation.rows_tested), evaluation.rows_tested
        return text(
            "It predicts {right:,} of {rows:,} rows right that it had not seen ({share:.1%}); always answering "
            "“{guess}” would get {baseline:.1%}.",
            right=right, rows=rows, **values,
        )  # fmt: skip
    if evaluation.positive is not None and auc is not None and (auc.value or 0) >= _TELLS_APART:
        return text(
            "It is right no more often than always answering “{guess}” ({share:.1%} against {baseline:.1%}), but it "
            "tells the classes apart: in {auc:.0%} of pairs the row that is “{positive}” gets the higher probability.",
            positive=evaluation.positive, auc=auc.value, **values,
        )  # fmt: skip
    return text(
        "No better than guessing: {share:.1%} of the rows it had not seen are right, always answering “{guess}” would "
        "get {baseline:.1%}.",
        **values,
    )


def _three_digits(value: float) -> float:
    """Rounded to three significant digits, without a fraction where it would have none."""
    rounded = float(f"{value:.3g}")
    return int(rounded) if rounded.is_integer() else rounded


def _read(job: TrainingJob) -> Evaluation:
    bucket, _, key = job.output_data.removeprefix("s3://").partition("/")
    try:
        with sagemaker_errors():
            body = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
            content = _extract(body)
        return parse(job.name, json.loads(content))
    except ServiceError as error:
        if error.code != NOT_FOUND:
            raise
        raise _none(job, error) from error
    except (tarfile.TarError, EOFError, OSError, zlib.error, ValueError, LookupError, TypeError) as error:
        raise _none(job, error) from error


def _none(job: TrainingJob, why: Exception) -> ServiceError:
    return ServiceError(
        text("There is no evaluation of {job} that can be read.", job=job.name),
        code="NoEvaluation",
        hint=text("A job writes it when it completes. If its files were deleted, train again."),
        detail=str(why),
    )


def _extract(body: Any) -> bytes:
    """The bytes of evaluation.json, read from the archive as a stream: nothing is unpacked to disk."""
    with tarfile.open(fileobj=body, mode="r|gz") as archive:
        for number, member in enumerate(archive):
            if number >= _MOST_MEMBERS or member.offset + member.size > _LARGEST_ARCHIVE_BYTES:
                break
            if member.name.removeprefix("./") == _FILE and member.isfile():
                return cast("IO[bytes]", archive.extractfile(member)).read()
    raise LookupError(f"{_FILE} is not in the archive")
