"""The reader's words for what SageMaker and the training script name by codes."""

from __future__ import annotations

from i18n import _, figure, moment, money, ngettext, percent
from services.sagemaker import prices
from services.sagemaker.training import TrainingJob
from ui import plain

_SHARES = {"accuracy", "balanced_accuracy"}


def steps() -> dict[str, str]:
    return {
        "data": _("Data"),
        "train": _("Train"),
        "evaluate": _("Evaluate"),
        "deploy": _("Deploy"),
        "predict": _("Predict"),
        "tear-down": _("Tear down"),
    }


def column_types() -> dict[str, str]:
    return {
        "numeric": _("Numeric"),
        "category": _("Category"),
        "date": _("Date"),
        "text": _("Text"),
        "identifier": _("Identifier"),
        "constant": _("Constant"),
    }


def columns_of_type(kind: str, count: int) -> str:
    """So many columns of a type, within a list of them."""
    counted = {
        "numeric": ngettext("{count} numeric", "{count} numeric", count),
        "category": ngettext("{count} category", "{count} categories", count),
        "date": ngettext("{count} date", "{count} dates", count),
        "text": ngettext("{count} text", "{count} texts", count),
        "identifier": ngettext("{count} identifier", "{count} identifiers", count),
        "constant": ngettext("{count} constant", "{count} constants", count),
    }
    return counted[kind]


def stages() -> dict[str, str]:
    """The stages in a training job's life."""
    return {
        "Pending": _("Pending"),
        "Starting": _("Starting"),
        "LaunchingMLInstances": _("Launching instances"),
        "PreparingTrainingStack": _("Preparing"),
        "Downloading": _("Downloading data"),
        "DownloadingTrainingImage": _("Downloading image"),
        "Training": _("Training"),
        "Uploading": _("Uploading model"),
        "Completed": _("Completed"),
        "Failed": _("Failed"),
        "Stopping": _("Stopping"),
        "Stopped": _("Stopped"),
        "MaxRuntimeExceeded": _("Time limit exceeded"),
        "Interrupted": _("Interrupted"),
    }


def training_stage(words: str) -> str:
    """What the training script says it is doing; it says so in English, its first word tells the stage."""
    stages = {
        "reading": _("Reading the data"),
        "choosing": _("Choosing the rows to learn from"),
        "comparing": _("Comparing the algorithms"),
        "training": _("Training the model"),
        "compiling": _("Compiling the model for quick answers"),
        "measuring": _("Measuring on rows the model has not seen"),
        "done": _("Finishing"),
    }
    return stages.get(words.partition(" ")[0], words)


def algorithms() -> dict[str, str]:
    return {
        "compare": _("Compare them all"),
        "random-forest": _("Random forest"),
        "hist-gradient-boosting": _("Histogram gradient boosting"),
        "xgboost": _("XGBoost"),
        "linear": _("Linear or logistic regression"),
    }


def problems() -> dict[str, str]:
    return {
        "auto": _("Find out from the column"),
        "binary": _("Binary classification: one of two classes"),
        "multiclass": _("Multiclass classification: one of several classes"),
        "regression": _("Regression: a number"),
    }


def figures() -> dict[str, str]:
    return {
        "accuracy": _("Accuracy"),
        "balanced_accuracy": _("Balanced accuracy"),
        "f1": _("F1"),
        "f1_macro": _("F1, mean of classes"),
        "roc_auc": _("ROC AUC"),
        "pr_auc": _("PR AUC"),
        "log_loss": _("Log loss"),
        "neg_log_loss": _("Log loss"),
        "rmse": _("RMSE"),
        "mae": _("MAE"),
        "r2": _("R²"),
    }


def figure_help() -> dict[str, str]:
    """What a figure means, in one sentence."""
    return {
        "accuracy": _("The share of held-out rows whose class was predicted right."),
        "balanced_accuracy": _("The share predicted right in each class, averaged: rare classes count as much."),
        "f1": _("The harmonic mean of precision and recall, from 0 to 1."),
        "f1_macro": _("F1 of each class, averaged: rare classes count as much."),
        "roc_auc": _("How often a row of a class gets a higher score than a row that is not: 0.5 is guessing."),
        "pr_auc": _("The area under the precision-recall curve: telling when a class is rare."),
        "log_loss": _("How wrong the probabilities are; lower is better."),
        "rmse": _("The typical error in the unit of the column, large errors weighing more; lower is better."),
        "mae": _("The mean absolute error in the unit of the column; lower is better."),
        "r2": _("The share of the column's variance that the model explains: 1 is perfect, 0 is the mean."),
    }


def figure_value(name: str, value: float) -> str:
    return percent(value) if name in _SHARES else figure(value)


def job_label(job: TrainingJob) -> str:
    """A training job as one line of a list."""
    algorithm = algorithms().get(job.algorithm, job.algorithm)
    return f"{job.target} · {algorithm} · {moment(job.created)}"


def price_per_hour(dollars: float | None) -> str:
    """What an instance costs an hour, for a sentence; local AWS costs nothing."""
    if dollars is None:
        return _("price not known")
    if dollars == 0:
        return _("no cost")
    return plain(_("about {price} an hour", price=money(dollars)))


def instance(name: str, dollars: float | None) -> str:
    """An instance type as one line of a list."""
    found = next(one for one in prices.instance_types() if one.name == name)
    sentence = _("{name}: {vcpus} vCPU, {memory} GiB", name=name, vcpus=found.vcpus, memory=f"{found.memory_gib:g}")
    if dollars == 0 or dollars is None:
        return sentence
    return _("{instance}, {price} an hour", instance=sentence, price=money(dollars))
